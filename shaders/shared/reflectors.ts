/**
 * A row whose remaining norm is this small makes no reflector. It is far below NEGLIGIBLE_NORM, and its square, 2⁻⁸⁰,
 * is accurate: squares of entries below 2⁻¹²⁶ may become 0 in float32, and 2²² of them change no digit of 2⁻⁸⁰.
 */
export const SMALLEST_NORM = 2 ** -40;

/**
 * Rows that a QR factors, in panels. The rows of a matrix may be cut into blocks, each with a QR of its own. "matrices" in the
 * shape of a buffer counts every block: first those of the first matrix, then those of the next.
 */
export const panelParams = {
  panel: ["u32", "first reflector of the panel, a multiple of the rows of a panel"],
  rows: ["u32", "n, rows of a matrix and of its blocks"],
  working_rows: ["u32", "rows that a matrix has room for"],
  row_stride: ["u32", "vec4s of a row, all blocks"],
  blocks: ["u32", "blocks of a row"],
  block_cols: ["u32", "vec4s of a block; the last block takes the rest of the row"],
} as const;

/** Where a panel's reflectors are kept. */
export const reflectorParams = {
  reflector_rows: ["u32", "reflectors that a matrix has room for"],
  reflector_first: ["u32", "place of the panel's first reflector among them"],
} as const;

/**
 * The shape of `reflectors`: reflector k of a panel, I − τvvᵀ with τ = 2/(v·v), has v = (0, …, 0, x[k] − β, x[k+1], …),
 * where x is the pivot row and β = −sign(x[k])·|x[k…]|.
 */
export const REFLECTORS = "batch × reflector_rows × row_stride: v";

/**
 * The shape of `triangles`. A panel's reflectors together are H₀H₁⋯ = I − VᵀTV, with the v's as rows of V and an upper
 * triangle T (Schreiber & Van Loan, SIAM J. Sci. Stat. Comput. 10, 1989).
 */
export const TRIANGLES = "matrices × reflector_rows in whole panels × rows of a panel: T of each panel, row-major";

/** For kernels that take `panelParams`. */
export const blockColumns = /* wgsl */ `
/// The first vec4 of a block within a row, and the one after its last.
fn block_columns(block: u32) -> vec2u {
  let first = block * params.block_cols;
  return vec2u(first, select(first + params.block_cols, params.row_stride, block + 1 == params.blocks));
}
`;
