/** Serves the demo, and opens it where there is a desktop. */
import { createServer } from "vite";

const { env, platform } = process;
const desktop = platform === "darwin" || platform === "win32" || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);

const server = await createServer({ server: { open: desktop } });
await server.listen();
server.printUrls();
if (!desktop) {
  const { port } = new URL(server.resolvedUrls?.local[0] ?? "");
  console.log(
    `  There is no desktop here: forward the port (ssh -L ${port}:localhost:${port} …) and open the address in a browser with WebGPU.`,
  );
}
