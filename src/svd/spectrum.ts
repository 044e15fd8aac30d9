/**
 * Where σ comes from: once the rows of a working matrix are orthogonal, their lengths are its singular values. Here
 * they are sorted, scaled back to the matrix itself, and given the noise floor below which they are rounding noise.
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { largestEntries } from "../operator/largest-entry.ts";
import { exponentOf } from "../theory/scale.ts";
import type { WorkingLayout } from "./working-matrix.ts";

/** Singular values of a batch of matrices, n = min(rows, cols) for each matrix. */
export interface Spectrum {
  /** batch × n, descending in each matrix. */
  readonly singularValues: Float64Array;
  /**
   * batch: an estimate of how far σ may be from that of the stored matrix. In single precision it is 2e-7 to 9e-7 of
   * σ₁, or 2.4e-7·√n where n of the σ are alike; in extended precision about 2⁻²³ of that. Singular values below it are
   * rounding noise. Errors twice as large were seen in large σ of nearly diagonal matrices.
   */
  readonly noiseFloor: Float64Array;
  /**
   * Sweeps over all pairs of rows, up to the first that found all of them orthogonal. It is the largest number of a batch, of
   * both precisions together.
   */
  readonly sweeps: number;
  /** For the whole batch: false where `maxSweeps` ended the iteration before all rows were orthogonal. */
  readonly converged: boolean;
}

/** The unit roundoff of float32, and what two-floats keep of a matrix on its way through the SVD. */
export const HALF_ULP = 2 ** -24;
export const EXTENDED_HALF_ULP = 2 ** -47;

/**
 * Rows p and q count as orthogonal when |p·q| ≤ tolerance·|p|·|q|. The tolerance is a few roundings more than a dot
 * product of `length` float32 products, summed in parts, leaves where its exact value is 0. LAPACK's SGESVJ takes
 * √length·ε, with which n singular values that are alike erred by up to ¼·n·ε; with 8·ε they err by 3·√n·ε.
 */
export function sweepTolerance(length: number): number {
  return Math.max(8, Math.sqrt(length) / 4) * HALF_ULP;
}

/** The same for two-floats: their dot products lose about 2⁻⁴⁶ of |p|·|q|, whatever the length. */
export const EXTENDED_TOLERANCE = 2 ** -44;

/** The largest entry of a scaled matrix is near 2 to this: squares of rows of up to 10⁷ entries stay below 2¹²⁷. */
const LARGEST_EXPONENT = 40;

/**
 * i32, batch: each matrix of the batch is multiplied by 2 to its exponent where it becomes a working matrix. The
 * largest entry is then so far above the least float32 that products of rows whose lengths differ by 2²⁴ keep their
 * digits.
 * @throws NotFiniteError where a matrix holds NaN or infinity.
 */
export async function scaleExponents(
  gpu: Gpu,
  matrix: Matrix,
  { signal }: RunOptions,
): Promise<Int32Array<ArrayBuffer>> {
  const largest = await largestEntries(gpu, matrix, signal);
  return Int32Array.from(largest, (entry) => LARGEST_EXPONENT - exponentOf(entry));
}

/** Rows by descending norm, and their norms, for each matrix: batch × layout.rows. */
export function orderRows(
  norms: Float32Array | Float64Array,
  { batch, rows, workingRows }: Pick<WorkingLayout, "batch" | "rows" | "workingRows">,
): { rows: Uint32Array<ArrayBuffer>; lengths: Float64Array } {
  const ordered = new Uint32Array(batch * rows);
  const lengths = new Float64Array(batch * rows);
  for (let matrix = 0; matrix < batch; matrix++) {
    const own = norms.subarray(matrix * workingRows, matrix * workingRows + rows);
    const indices = Uint32Array.from(own.keys()).sort((a, b) => (own[b] ?? 0) - (own[a] ?? 0) || a - b);
    ordered.set(indices, matrix * rows);
    lengths.set(
      Float64Array.from(indices, (row) => own[row] ?? 0),
      matrix * rows,
    );
  }
  return { rows: ordered, lengths };
}

/**
 * The spectrum of the matrices themselves, from the lengths of the rows of their working matrices: batch × n,
 * descending, after `rounds` rotations of each row.
 */
export function toSpectrum(
  lengths: Float64Array,
  exponents: Int32Array,
  layout: WorkingLayout,
  halfUlp: number,
  { sweeps, rounds, converged }: Pick<Spectrum, "sweeps" | "converged"> & { readonly rounds: number },
): Spectrum {
  const singularValues = lengths.map((length, i) => length * 2 ** -(exponents[Math.floor(i / layout.rows)] as number));
  return { singularValues, noiseFloor: noiseFloor(singularValues, layout, halfUlp, rounds), sweeps, converged };
}

/**
 * How far singular values may be from those of the matrix as it is stored, in float64, where singular vectors spread
 * over their entries. Singular values below it are rounding noise. It is `halfUlp` times the sum of
 * - 3·σ₁: the entries, the norms and the products of the QR. Measured: up to 2.5, where all roundings go one way;
 * - ⅓·√rounds·σ₁: roundings at random in `rounds` rotations of each row. Measured: up to 9.3 after 780 rotations;
 * - 4·√m·σ, where m others below a σ are alike: their rows are orthogonal up to the tolerance only. Measured: 46 at m
 *   = 199.
 *
 * That is 3 to 15 times halfUlp·σ₁, or 4·√n times it where n values are alike. Over 650 matrices the errors stay below
 * 0.8 of it. It is not a bound for all matrices:
 * - where singular vectors are nearly single entries, as of nearly diagonal matrices and of some graphs' Laplacians,
 *   all roundings of a row are those of one number, and none cancel. Large σ then err by up to 14 half ulps of σ₁, 2.1
 *   times the floor (n up to 240). A σ that is 0 in exact arithmetic stays below ⅓ of the floor there too;
 * - where every two rows are at the tolerance from orthogonal, and all on the same side, σ₁ errs by 4·n half ulps. An
 *   example is I + c·J, where J is all ones and c = 2.3e-7.
 */
function noiseFloor(
  singularValues: Float64Array,
  { rows, batch }: Pick<WorkingLayout, "rows" | "batch">,
  halfUlp: number,
  rounds: number,
): Float64Array {
  return Float64Array.from({ length: batch }, (_, matrix) => {
    if (rows === 0) return 0;
    const own = singularValues.subarray(matrix * rows, (matrix + 1) * rows);
    return halfUlp * ((3 + Math.sqrt(rounds) / 3) * (own[0] as number) + 4 * mostAlike(own));
  });
}

/** Singular values count as alike when they differ by less than this share. */
const ALIKE = 2 ** -12;

/** The largest √m·σ of descending values, where m is how many others below σ are alike to it. */
function mostAlike(values: Float64Array): number {
  let most = 0;
  let end = 0;
  for (const [k, value] of values.entries()) {
    while (end < values.length && (values[end] as number) >= value * (1 - ALIKE)) end++;
    most = Math.max(most, Math.sqrt(end - 1 - k) * value);
  }
  return most;
}
