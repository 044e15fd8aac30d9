import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-webgpu";
import type { Prepare } from "../libraries.ts";
import { transpose } from "../transpose.ts";

/** TensorFlow.js on WebGPU, on a device of its own, in float32. */
export async function tensorFlow(): Promise<Prepare> {
  if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js gets no WebGPU device");
  return async ({ n, runs, entries, targets, learningRate }) => {
    const a = tf.tensor2d(entries, [n, n]);
    const y = tf.tensor2d(transpose(targets, runs, n), [n, runs]);
    const step = (w: tf.Tensor2D) =>
      tf.tidy(() => {
        const residual = tf.sub(tf.matMul(a, w), y);
        return tf.sub<tf.Tensor2D>(w, tf.mul(learningRate, tf.matMul(a, residual, true, false)));
      });
    return {
      async descend(count) {
        let w = tf.zeros<tf.Rank.R2>([n, runs]);
        for (let i = 0; i < count; i++) {
          const next = step(w);
          w.dispose();
          w = next;
        }
        const weights = await w.data<"float32">();
        w.dispose();
        return transpose(weights, n, runs);
      },
      free: () => tf.dispose([a, y]),
    };
  };
}
