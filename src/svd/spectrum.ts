import type { WorkingLayout } from "../kernels/working-layout.ts";

const HALF_ULP = 2 ** -24; // float32's unit roundoff

/**
 * Rows count as orthogonal when |p·q| <= tolerance·|p|·|q|: √m·ε as in LAPACK's SGESVJ, what a dot product of m float32
 * products leaves of an exact zero.
 */
export function sweepTolerance(length: number): number {
  return Math.sqrt(Math.max(length, 64)) * HALF_ULP;
}

/**
 * The power of two, as exponent, that brings the largest entry into [1, 2): sums of squares then neither overflow nor
 * underflow. `bits` are those of |entry|; 0 for a zero matrix, infinity for NaN and infinity.
 */
export function exponentOf(bits: number): number {
  if (bits >= 0x7f800000) return Number.POSITIVE_INFINITY;
  if (bits === 0) return 0;
  const value = new Float32Array(Uint32Array.of(bits).buffer)[0] ?? 0;
  return Math.max(-126, Math.floor(Math.log2(value)));
}

/** Rounding its entries to float32 moves the singular values of a matrix by about half an ulp of σ₁. */
export function noiseFloor(singularValues: Float64Array, count: number, batch: number): Float64Array {
  return Float64Array.from({ length: batch }, (_, matrix) => HALF_ULP * (singularValues[matrix * count] ?? 0));
}

/** Rows by descending norm, and their norms, for each matrix: batch × layout.rows. */
export function order(
  norms: Float32Array,
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
