import { ArgumentError } from "../errors.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import { floats, readBack } from "../gpu/read-back.ts";
import { createScaleCoefficients } from "../kernels/scale-coefficients.ts";
import { productsOf } from "../operator/products.ts";
import { toFloat32 } from "../theory/float32.ts";
import type { Mask } from "../theory/masks.ts";

/** What a shrinkage operator makes of y. */
export interface Shrinkage {
  /** ŷ, runs × N. */
  readonly prediction: Float32Array;
  /** w, runs × M. */
  readonly weights: Float32Array;
}

/**
 * ŷ = U (m(σ) ∘ Uᵀy) and w = V (m(σ)/σ ∘ Uᵀy), for y of N numbers or runs × N. A factor is 0 where σ is 0.
 * @throws ArgumentError where the parts do not fit, NotFiniteError where m(σ) or m(σ)/σ is beyond float32.
 */
export async function shrink(
  gpu: Gpu,
  { U, singularValues, V }: { U: Matrix; singularValues: Float64Array; V: Matrix },
  y: ArrayLike<number>,
  mask: Mask,
): Promise<Shrinkage> {
  const { rows, cols: count, batch } = U;
  if (V.cols !== count || V.batch !== batch || singularValues.length !== batch * count) {
    throw new ArgumentError(
      `U is ${batch}×${rows}×${count}, V ${V.batch}×${V.rows}×${V.cols}, with ${singularValues.length} singular values; ` +
        "expected the three of one svd",
    );
  }
  const runs = y.length / rows;
  if (!Number.isInteger(runs) || runs === 0 || (batch > 1 && runs !== batch)) {
    throw new ArgumentError(
      `y: ${y.length} numbers given, ${rows} for each of ${batch > 1 ? batch : "its"} runs expected`,
    );
  }
  const targets = toFloat32("y", y);
  const factorsOf = (name: string, factor: (s: number) => number) => {
    const factors = Float64Array.from({ length: runs * count }, (_, i) => {
      const s = singularValues[batch > 1 ? i : i % count] ?? 0;
      return s > 0 ? factor(s) : 0;
    });
    return toFloat32(name, factors);
  };
  const maskFactors = factorsOf("mask", mask);
  const weightFactors = factorsOf("mask/σ", (s) => mask(s) / s);

  const [left, right] = [productsOf(gpu, U, runs), productsOf(gpu, V, runs)];
  const [project, predict, weigh, scale] = await Promise.all([
    left.transposedProduct(),
    left.product(),
    right.product(),
    createScaleCoefficients(gpu),
  ]);
  return gpu.withArena(async (arena) => {
    const { prediction, weights, steps } = await gpu.guard("shrink", () => {
      const prediction = arena.storage("prediction", runs * rows * 4);
      const weights = arena.storage("weights", runs * V.rows * 4);
      const coefficients = arena.storage("coefficients", runs * count * 4);
      const filtered = arena.storage("filtered coefficients", runs * count * 4);
      const filteredWeights = arena.storage("filtered weights", runs * count * 4);
      const byMask = arena.upload("mask", maskFactors);
      const byInverse = arena.upload("mask/σ", weightFactors);
      const steps = [
        ...project(arena, { input: arena.upload("y", targets), output: coefficients }),
        scale({ coefficients, factors: byMask, scaled: filtered }, runs * count),
        scale({ coefficients, factors: byInverse, scaled: filteredWeights }, runs * count),
        ...predict(arena, { input: filtered, output: prediction }),
        ...weigh(arena, { input: filteredWeights, output: weights }),
      ];
      return { prediction, weights, steps };
    });
    await execute(gpu, steps);
    const [fitted, found] = await readBack(gpu, [floats(prediction, runs * rows), floats(weights, runs * V.rows)]);
    return { prediction: fitted, weights: found };
  });
}
