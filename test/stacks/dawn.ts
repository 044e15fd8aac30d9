/** Set-up of a process in which tests run on Dawn: `navigator.gpu` and WebGPU's globals, as a browser has them. */
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);
// Node 20 has no navigator. This property also keeps Dawn's GPU from being collected, which would end the process.
if (!("navigator" in globalThis)) Object.assign(globalThis, { navigator: {} });
Object.defineProperty(globalThis.navigator, "gpu", { value: create([]), configurable: true });
