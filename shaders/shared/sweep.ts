/** Rows in a block; a pair of blocks has twice as many. 16 keeps a pair's Gram matrix and rotation within 16 KiB. */
export const BLOCK_ROWS = 16;
export const PAIR_ROWS = 2 * BLOCK_ROWS;

/**
 * A working row this short, 2⁻⁵⁶ of the largest entry, counts as zero: it stands for a singular value of 0, shrinks to
 * the rounding of its rotations in every sweep, and would never be orthogonal to the others.
 */
export const NEGLIGIBLE_NORM = 2 ** -16;

/** What the kernels of one round of a Jacobi sweep share. `working` holds `blocks · 16` rows a matrix. */
export const sweepParams = /* wgsl */ `
struct sweep_params {
  round: u32,
  blocks: u32,       // even
  row_stride: u32,   // vec4s from one working row to the next
  cols: u32,         // vec4s of a row that the rotations make orthogonal; the rest of the row only follows
  slices: u32,       // parts in which the Gram matrix is summed
  slice_cols: u32,   // vec4s a slice
  tolerance: f32,    // rows p, q count as orthogonal when |p·q| <= tolerance·|p|·|q|
}

/// The working row, in its matrix, of row local (0..31) of the pair in slot.
fn pair_row(params: sweep_params, slot: u32, local: u32) -> u32 {
  let pair = tournament_pair(params.blocks, params.round, slot);
  return select(pair.y * ${BLOCK_ROWS} + local - ${BLOCK_ROWS}, pair.x * ${BLOCK_ROWS} + local, local < ${BLOCK_ROWS});
}
`;
