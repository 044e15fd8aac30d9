import type { WorkingLayout } from "../kernels/working-layout.ts";

/** The unit roundoff of float32, and what two-floats keep of a matrix on its way through the SVD. */
export const HALF_ULP = 2 ** -24;
export const EXTENDED_HALF_ULP = 2 ** -47;

/**
 * Rows count as orthogonal when |p·q| <= tolerance·|p|·|q|: √m·ε as in LAPACK's SGESVJ, what a dot product of m float32
 * products leaves of an exact zero.
 */
export function sweepTolerance(length: number): number {
  return Math.sqrt(Math.max(length, 64)) * HALF_ULP;
}

/** The same for two-floats: their products lose about 2⁻⁴⁶ of |p|·|q|, whatever their length. */
export const EXTENDED_TOLERANCE = 2 ** -44;

/**
 * The exponent of the power of two by which the working matrix is scaled: it brings the largest entry, given by the bits
 * of its magnitude, to about 2⁴⁰. Squares of rows then stay below 2¹²⁷ up to 10⁷ entries a row, and products of rows a
 * float32 apart keep their digits. NaN where the entry is NaN or infinite.
 */
export function scaleExponent(bits: number): number {
  if (bits >= 0x7f800000) return Number.NaN;
  const largest = new Float32Array(Uint32Array.of(bits).buffer)[0] ?? 0;
  return 40 - Math.floor(Math.log2(largest || 1));
}

/**
 * Singular values below it are rounding noise of the given half ulp. Rounding A to float32 moves them by up to about half
 * an ulp of σ₁; the rotations leave errors of some ulps of the entries' root mean square, at random, and N×M of those
 * have the norm √N + √M: measured, 1.4 to 5.6 times 2⁻²⁴·‖A‖_F·(1/√N + 1/√M) over activations and sizes.
 */
export function noiseFloor(
  singularValues: Float64Array,
  { rows, length, batch }: Pick<WorkingLayout, "rows" | "length" | "batch">,
  halfUlp: number,
): Float64Array {
  return Float64Array.from({ length: batch }, (_, matrix) => {
    const own = singularValues.subarray(matrix * rows, (matrix + 1) * rows);
    if (rows === 0) return 0;
    const frobenius = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0));
    return halfUlp * Math.max(own[0] ?? 0, 8 * frobenius * (1 / Math.sqrt(rows) + 1 / Math.sqrt(length)));
  });
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
