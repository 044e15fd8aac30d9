/** Set-up of Deno's threads. At their end vitest removes its listeners from the port, a call at which Deno 2.9 throws. */
import { parentPort } from "node:worker_threads";

if (parentPort) parentPort.removeAllListeners = () => parentPort as NonNullable<typeof parentPort>;
