import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { multiply, type Part } from "../svd/multiply.ts";
import type { Svd } from "../svd/singular-vectors.ts";
import { augmentedResiduals } from "../theory/augmented-residuals.ts";

/** Solutions of a least-squares problem: runs × M and runs × N. */
export interface Solutions {
  readonly weights: Float64Array;
  /** y − A·w. */
  readonly residuals: Float64Array;
}

/** More are needed only where A is singular up to its precision. */
const MOST_CORRECTIONS = 10;

/** A correction smaller than this share of the weights changes none of their digits. */
const NEGLIGIBLE = 2 ** -54;

/**
 * Corrects least-squares solutions of a matrix of full column rank until they are as accurate as float64 allows for the
 * stored A (Å. Björck, "Iterative refinement of linear least squares solutions I", BIT 7, 1967). Each correction solves the
 * augmented system r + A·w = y, Aᵀ·r = 0 by the SVD, for what float64 of twice the precision finds left of it. Without the
 * second equation a large residual would limit the accuracy.
 * @param A rows × cols, row-major, as the SVD has it
 */
export async function refine(
  gpu: Gpu,
  form: TwoFloatForm,
  { U, V, singularValues }: Pick<Svd, "U" | "V" | "singularValues">,
  A: Float64Array,
  y: Float64Array,
  { weights, residuals }: Solutions,
  part: Part,
): Promise<Solutions & { readonly corrections: number }> {
  const { rows, cols } = { rows: U.rows, cols: V.rows };
  const runs = y.length / rows;
  let now: Solutions = { weights, residuals };
  let last = Number.POSITIVE_INFINITY;
  for (let corrections = 0; ; corrections++) {
    const left = Array.from({ length: runs }, (_, run) =>
      augmentedResiduals(A, {
        y: y.subarray(run * rows, (run + 1) * rows),
        residual: now.residuals.subarray(run * rows, (run + 1) * rows),
        weights: now.weights.subarray(run * cols, (run + 1) * cols),
      }),
    );
    const ofTargets = joined(left.map((run) => run.ofTargets));
    const ofNormal = joined(left.map((run) => run.ofNormal));
    const [inU, inV] = await multiply(
      gpu,
      form,
      [
        { Q: U, transposed: true, vectors: ofTargets, runs },
        { Q: V, transposed: true, vectors: ofNormal, runs },
      ],
      part,
    );
    const sigma = (i: number) => singularValues[i % cols] as number;
    const fitted = inU.map((c, i) => c - (inV[i] as number) / sigma(i));
    const [moved, step] = await multiply(
      gpu,
      form,
      [
        { Q: U, transposed: false, vectors: fitted, runs },
        { Q: V, transposed: false, vectors: fitted.map((c, i) => c / sigma(i)), runs },
      ],
      part,
    );
    const size = Math.sqrt(sumOfSquares(step) / sumOfSquares(now.weights)) || 0;
    if (size < NEGLIGIBLE || !(size < last / 2) || corrections === MOST_CORRECTIONS) return { ...now, corrections };
    last = size;
    now = {
      weights: now.weights.map((w, j) => w + (step[j] as number)),
      residuals: now.residuals.map((r, i) => r + (ofTargets[i] as number) - (moved[i] as number)),
    };
  }
}

function joined(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => Array.from(part)));
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
