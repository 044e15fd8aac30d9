import { defaultDevice, init, numpy } from "@jax-js/jax";
import type { Decompose } from "../libraries.ts";

/** jax-js on WebGPU, on a device of its own: eigenvalues of AᵀA by Jacobi rotations, in float32. */
export async function jaxJs(): Promise<{ readonly values: Decompose }> {
  const devices = await init("webgpu");
  if (!devices.includes("webgpu")) throw new Error("jax-js gets no WebGPU device");
  defaultDevice("webgpu");
  return {
    async values(entries, n) {
      // jax-js keeps the array that it is given.
      const a = numpy.array(entries.slice()).reshape([n, n]);
      return { singularValues: await numpy.linalg.svdvals(a).data() };
    },
  };
}
