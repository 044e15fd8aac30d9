import type { Matrix, Precision } from "../gpu/matrix.ts";
import type { RunOptions } from "../gpu/schedule.ts";

/** LAPACK's limit too; behind the pivoted QR the activations take 10 sweeps at 256 × 256, ReLU 14 at 1024 × 1024. */
export const MOST_SWEEPS = 30;

export interface SvdOptions extends RunOptions {
  /** "extended" computes σ, U and V in two-floats, about 44 bits; default: the precision of the matrix. */
  readonly precision?: Precision;
  /** Sweeps, of each precision, after which the iteration is given up; default 30, as in LAPACK. */
  readonly maxSweeps?: number;
}

/** Singular values of a batch of matrices, with n = min(rows, cols) of them a matrix. */
export interface Spectrum {
  /** batch × n, descending in each matrix. */
  readonly singularValues: Float64Array;
  /**
   * batch: an estimate of how far σ may be from that of the matrix as stored, 2e-7 to 8e-7 of σ₁ in single precision
   * and 2.4e-7·√n where n of them are alike; singular values below it are rounding noise. Large σ of nearly diagonal
   * matrices were seen to err by twice as much.
   */
  readonly noiseFloor: Float64Array;
  /** Sweeps over all pairs of rows, of both precisions, for the whole batch together. */
  readonly sweeps: number;
  /** For the whole batch: false where `maxSweeps` ended the iteration with some rows not yet orthogonal. */
  readonly converged: boolean;
}

/** A = U·diag(σ)·Vᵀ, economy size. Owns `U` and `V`. */
export interface Svd extends Spectrum {
  /** batch × rows × n, orthonormal columns: the principal components over the samples. */
  readonly U: Matrix;
  /** batch × cols × n, orthonormal columns. */
  readonly V: Matrix;
  destroy(): void;
  [Symbol.dispose](): void;
}

/** The SVD of a matrix whose shorter side has the vectors `short`, and whose longer side `long`. */
export function toSvd(spectrum: Spectrum, long: Matrix, short: Matrix, isTransposed: boolean): Svd {
  const [U, V] = isTransposed ? [long, short] : [short, long];
  const destroy = () => {
    U.destroy();
    V.destroy();
  };
  return { ...spectrum, U, V, destroy, [Symbol.dispose]: destroy };
}
