/** Rows in a block; a pair of blocks has twice as many. 16 keeps a pair's Gram matrix and rotation within 16 KiB. */
export const BLOCK_ROWS = 16;
export const PAIR_ROWS = 2 * BLOCK_ROWS;

/**
 * A working row this short, 2⁻⁵⁶ of the largest entry, counts as zero. It stands for a singular value of 0. Every sweep
 * shortens it to the rounding errors of its rotations, so that it would never become orthogonal to the other rows.
 */
export const NEGLIGIBLE_NORM = 2 ** -16;

/** Rows and columns of a Gram matrix that one thread of block-gram sums. */
export const TILE = 8;

/** First row and column of the tiles on and above the diagonal; the others are their mirror images. */
const tiles = Array.from({ length: (PAIR_ROWS / TILE) ** 2 }, (_, i) => [
  TILE * Math.floor(i / (PAIR_ROWS / TILE)),
  TILE * (i % (PAIR_ROWS / TILE)),
]).filter(([top = 0, left = 0]) => top <= left);

export const TILES = tiles.length;

/** Slices of the columns that one workgroup of block-gram sums. Each has a Gram matrix of its own. */
export const SLICES = 8;

/** WGSL: `TILES`, the first row and column of each tile of a Gram matrix. */
export const gramTiles = `const TILES = array<vec2u, ${TILES}>(${tiles.map((tile) => `vec2u(${tile})`).join(", ")});`;

/**
 * Round-robin tournament by the circle method: in each of `players − 1` rounds, `players` (even) meet in `players / 2`
 * pairs, and every two meet once. The last player keeps its place, the others move on by one a round.
 */
export const tournament = /* wgsl */ `
/// The two who meet in a slot of a round, the smaller index first.
fn tournament_pair(players: u32, round: u32, slot: u32) -> vec2u {
  let turning = players - 1;
  let after = round + slot;
  let before = round + turning - slot;
  let a = after - select(0u, turning, after >= turning);
  let b = select(before - select(0u, turning, before >= turning), turning, slot == 0);
  return vec2u(min(a, b), max(a, b));
}
`;

/**
 * The pairs of blocks that the kernels of one round of a Jacobi sweep work on. `working` holds `blocks · 16` rows a
 * matrix.
 */
export const pairParams = {
  round: ["u32", ""],
  blocks: ["u32", "of a matrix, even"],
  first_pair: ["u32", "first pair of this dispatch, counted over all matrices, one matrix after another"],
} as const;

/** For kernels that take `pairParams`. */
export const pairRow = /* wgsl */ `
${tournament}

/// The place of row local (0 … 31) of a pair among the working rows of all matrices; index counts the pairs of all
/// matrices.
fn pair_row(index: u32, local: u32) -> u32 {
  let matrix = index / (params.blocks / 2);
  let pair = tournament_pair(params.blocks, params.round, index % (params.blocks / 2));
  let block = select(pair.y, pair.x, local < ${BLOCK_ROWS});
  return (matrix * params.blocks + block) * ${BLOCK_ROWS} + local % ${BLOCK_ROWS};
}
`;
