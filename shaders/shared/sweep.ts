import { tournament } from "./tournament.ts";

/** Rows in a block; a pair of blocks has twice as many. 16 keeps a pair's Gram matrix and rotation within 16 KiB. */
export const BLOCK_ROWS = 16;
export const PAIR_ROWS = 2 * BLOCK_ROWS;

/**
 * A working row this short, 2⁻⁵⁶ of the largest entry, counts as zero: it stands for a singular value of 0, shrinks to
 * the rounding of its rotations in every sweep, and would never be orthogonal to the others.
 */
export const NEGLIGIBLE_NORM = 2 ** -16;

/** Which pairs of blocks the kernels of one round of a Jacobi sweep work on. `working` holds `blocks · 16` rows a matrix. */
export const pairParams = {
  round: ["u32", ""],
  blocks: ["u32", "even"],
  first_pair: ["u32", "of the pairs of all matrices, one matrix after another, at which this dispatch begins"],
} as const;

/** For kernels that take `pairParams`. */
export const pairRow = /* wgsl */ `
${tournament}

/// The working row, of all matrices, of row local (0..31) of a pair, counted over all matrices.
fn pair_row(index: u32, local: u32) -> u32 {
  let matrix = index / (params.blocks / 2);
  let pair = tournament_pair(params.blocks, params.round, index % (params.blocks / 2));
  let block = select(pair.y, pair.x, local < ${BLOCK_ROWS});
  return (matrix * params.blocks + block) * ${BLOCK_ROWS} + local % ${BLOCK_ROWS};
}
`;
