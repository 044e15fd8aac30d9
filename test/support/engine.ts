import { createEngine } from "../../src/index.ts";
import { test as withDevice } from "./gpu.ts";

/** `test` with an `engine` on the fixture's device, destroyed after the test: the device counts the buffers that it leaves. */
export const test = withDevice.extend("engine", async ({ device }, { onCleanup }) => {
  const engine = await createEngine({ device });
  onCleanup(() => engine.destroy());
  return engine;
});
