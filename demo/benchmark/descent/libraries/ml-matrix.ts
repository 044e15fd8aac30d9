import { Matrix } from "ml-matrix";
import type { Prepare } from "../libraries.ts";
import { transpose } from "../transpose.ts";

/** ml-matrix on the CPU, in float64; Aᵀ is made once. */
export const prepare: Prepare = async ({ n, runs, entries, targets, learningRate }) => {
  const a = Matrix.from1DArray(n, n, Array.from(entries));
  const transposed = a.transpose();
  const y = Matrix.from1DArray(n, runs, Array.from(transpose(targets, runs, n)));
  return {
    async descend(count) {
      const w = Matrix.zeros(n, runs);
      for (let i = 0; i < count; i++) w.sub(transposed.mmul(a.mmul(w).sub(y)).mul(learningRate));
      return w.transpose().to1DArray();
    },
    free() {},
  };
};
