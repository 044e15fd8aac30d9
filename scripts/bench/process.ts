/**
 * A benchmark on Dawn or Deno: `process.ts <name> <sizes>` prints its report as JSON. Peers find WebGPU in
 * `navigator.gpu`, as in a page, and jax-js reads `navigator.userAgent`, which Node 20 does not have.
 */
import { type BenchmarkName, benchmarks } from "../../src/benchmark/benchmarks.ts";
import { createEngine } from "../../src/index.ts";
import { restInWaitsOf } from "../../src/node/rest.ts";
import { dawn } from "../../src/node.ts";

if (!globalThis.navigator?.gpu) {
  if (!("navigator" in globalThis)) {
    Object.assign(globalThis, { navigator: { userAgent: `Node.js/${process.versions.node}` } });
  }
  Object.defineProperty(globalThis.navigator, "gpu", { value: await dawn() });
  // No library's waits occupy a core that a software adapter needs.
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor?: GPUDeviceDescriptor) {
    const device = await requestDevice.call(this, descriptor);
    restInWaitsOf(device);
    return device;
  };
}

const [name, sizes = ""] = process.argv.slice(2);
const report = await benchmarks[name as BenchmarkName].measure(await createEngine(), {
  sizes: sizes.split(",").map(Number),
  signal: new AbortController().signal,
  onStart: (what: string) => console.error(what),
});
// Dawn would keep the process alive.
process.stdout.write(JSON.stringify(report), () => process.exit());
