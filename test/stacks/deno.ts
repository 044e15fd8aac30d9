/** Set-up of Deno's threads: vitest takes its listeners off the port at their end, a call that Deno 2.9 only throws at. */
import { parentPort } from "node:worker_threads";

if (parentPort) parentPort.removeAllListeners = () => parentPort as NonNullable<typeof parentPort>;
