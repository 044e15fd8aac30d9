import { defaultDevice, init, type Array as JaxArray, jit, numpy } from "@jax-js/jax";
import type { Prepare } from "../libraries.ts";
import { transpose } from "../transpose.ts";

/** jax-js on WebGPU, on a device of its own: a step compiled by `jit`, in float32. */
export async function jaxJs(): Promise<Prepare> {
  const devices = await init("webgpu");
  if (!devices.includes("webgpu")) throw new Error("jax-js gets no WebGPU device");
  defaultDevice("webgpu");
  return async ({ n, runs, entries, targets, learningRate }) => {
    const shape = runs === 1 ? [n] : [n, runs];
    // jax-js keeps the arrays that it is given, and takes each argument's reference.
    const a = numpy.array(entries.slice()).reshape([n, n]);
    const y = numpy.array(transpose(targets, runs, n)).reshape(shape);
    const step = jit((a: JaxArray, y: JaxArray, w: JaxArray) => {
      const residual = numpy.matmul(a.ref, w.ref).sub(y);
      return w.sub(numpy.matmul(numpy.matrixTranspose(a), residual).mul(learningRate));
    });
    return {
      async descend(count) {
        let w = numpy.zeros(shape);
        for (let i = 0; i < count; i++) w = step(a.ref, y.ref, w);
        return transpose(Float32Array.from(await w.data()), n, runs);
      },
      free() {
        for (const held of [a, y, step]) held.dispose();
      },
    };
  };
}
