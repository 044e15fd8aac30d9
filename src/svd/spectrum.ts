import { exponentOf } from "../theory/scale.ts";
import type { WorkingLayout } from "./working-layout.ts";

/** The unit roundoff of float32, and what two-floats keep of a matrix on its way through the SVD. */
export const HALF_ULP = 2 ** -24;
export const EXTENDED_HALF_ULP = 2 ** -47;

/**
 * Rows count as orthogonal when |p·q| <= tolerance·|p|·|q|: some roundings more than a dot product of m float32 products,
 * summed in parts, leaves of an exact zero. LAPACK's SGESVJ takes √m·ε, with which n singular values that are alike were
 * seen to err by ¼·n·ε; with 8·ε it is 3·√n·ε.
 */
export function sweepTolerance(length: number): number {
  return Math.max(8, Math.sqrt(length) / 4) * HALF_ULP;
}

/** The same for two-floats: their products lose about 2⁻⁴⁶ of |p|·|q|, whatever their length. */
export const EXTENDED_TOLERANCE = 2 ** -44;

/**
 * The exponent of the power of two by which the working matrix is scaled: it brings the largest entry to about 2⁴⁰.
 * Squares of rows then stay below 2¹²⁷ up to 10⁷ entries a row, and products of rows a float32 apart keep their digits.
 */
export function scaleExponent(largestEntry: number): number {
  return 40 - exponentOf(largestEntry);
}

/** Singular values count as alike when they differ by less than this share. */
const ALIKE = 2 ** -12;

/**
 * How far singular values may be from those of the matrix as it is stored, in float64, where singular vectors spread over
 * their entries; those below it are rounding noise.
 * It is `halfUlp` times the sum of
 * - 3·σ₁: the entries, norms and products of the QR. Measured, up to 2.5, where all roundings go one way;
 * - ⅓·√rounds·σ₁, at random, with `rounds` rotations of each row. Measured, up to 9.3 after 780;
 * - 4·√m·σ, where a σ has m others alike below it: their rows are orthogonal to a tolerance only. Measured, 46 at m = 199.
 * That is 3 to 12 of σ₁, or 4·√n where n values are alike. Over 650 matrices the errors stay below 0.8 of it. No bound for
 * all matrices:
 * - where singular vectors are nearly single entries, as of nearly diagonal matrices and some graphs' Laplacians, all of a
 *   row's roundings are those of one number, and none cancel: large σ err by up to 14 half ulps of σ₁, 2.1 times the floor
 *   (n to 240). What is 0 in exact arithmetic stays below ⅓ of it there too;
 * - where every two rows are at the tolerance from orthogonal, and all to one side, σ₁ errs by 4·n. I + c·J, J of ones and
 *   c = 2.3e-7, is such a matrix.
 */
export function noiseFloor(
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

/** The largest √m·σ of descending values, with m the others that are alike below σ. */
function mostAlike(values: Float64Array): number {
  let most = 0;
  let end = 0;
  for (const [k, value] of values.entries()) {
    while (end < values.length && (values[end] as number) >= value * (1 - ALIKE)) end++;
    most = Math.max(most, Math.sqrt(end - 1 - k) * value);
  }
  return most;
}

/** Rows by descending norm, and their norms, for each matrix: batch × layout.rows. */
export function order(
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
