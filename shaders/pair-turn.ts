import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { unroll } from "./shared/compilers.ts";
import { findRotation } from "./shared/rotation.ts";
import { BLOCK_ROWS, PAIR_ROWS, pairParams, pairRow } from "./shared/sweep.ts";

const THREADS = 256;

/** A thread sums a 4 × 4 tile of the Gram matrix over every fourth column. */
const TILE = 4;
const TILES = (PAIR_ROWS / TILE) ** 2;
const SLICES = THREADS / TILES;
/** Columns of a slice whose products are added one after the other: see shared/sums.ts. */
const CHUNK = 16;

/** A thread turns a vec4 column: 8 of its new rows, which are sums over all of its old ones. */
const ROWS = 8;
const LANES = THREADS / (PAIR_ROWS / ROWS);
/** Old rows that a thread reads at once. */
const AT_ONCE = 4;

const tileEntries = Array.from(
  { length: TILE * TILE },
  (_, entry) => [Math.floor(entry / TILE), entry % TILE] as const,
);
const eachEntry = (statement: (i: number, j: number) => string) =>
  tileEntries.map(([i, j]) => statement(i, j)).join(" ");

/**
 * Does for short rows what block-gram, pair-rotation and apply-rotation do. One workgroup takes a pair, whose rows come
 * from the cache when they are read again. A round is then one dispatch instead of three.
 */
export const pairTurn = kernel(
  {
    name: "pair-turn",
    does: "Takes one round of block Jacobi on short rows: finds the rotation of a pair's rows and turns them",
    unit: "One workgroup = one pair (x); pairs whose rows are orthogonal are skipped",
  },
  {
    params: {
      ...pairParams,
      row_stride: ["u32", "vec4s from one working row to the next"],
      cols: ["u32", "vec4s of a row that the rotations make orthogonal; they turn the rest of the row too"],
      tolerance: ["f32", "rows p, q count as orthogonal when |p·q| <= tolerance·|p|·|q|"],
    },
    reads: {
      left_over: [
        "array<u32>",
        "batch: row pairs that the sweep before found not orthogonal; a matrix with 0 is skipped",
      ],
    },
    writes: {
      working: ["array<vec4f>", "batch × rows × row_stride"],
      skew_pairs: ["array<atomic<u32>>", "batch: row pairs found not orthogonal since it was cleared"],
    },
  },
  wgsl`
${pairRow}

${findRotation({ threads: THREADS, inQuads: false })}

/// Sums the Gram matrix of the pair into sh_g.
fn sum_gram(thread: u32, pair: u32) {
  let tile = thread % ${TILES};
  let slice = thread / ${TILES};
  let top = tile / ${PAIR_ROWS / TILE} * ${TILE};
  let left = tile % ${PAIR_ROWS / TILE} * ${TILE};
  let a = pair_row(pair, top) * params.row_stride;
  let b = pair_row(pair, left) * params.row_stride;
  ${eachEntry((i, j) => `var sum${i}${j} = 0.0;`)}
  for (var chunk = slice; chunk < params.cols; chunk += ${SLICES * CHUNK}) {
    ${eachEntry((i, j) => `var part${i}${j} = 0.0;`)}
    for (var col = chunk; col < min(params.cols, chunk + ${SLICES * CHUNK}); col += ${SLICES}) {
      ${unroll(TILE, (i) => `let a${i} = working[a + ${i} * params.row_stride + col];`)}
      ${unroll(TILE, (j) => `let b${j} = working[b + ${j} * params.row_stride + col];`)}
      ${eachEntry((i, j) => `part${i}${j} += dot(a${i}, b${j});`)}
    }
    ${eachEntry((i, j) => `sum${i}${j} += part${i}${j};`)}
  }
  for (var turn = 0u; turn < ${SLICES}; turn++) {
    if (turn == slice) {
      ${eachEntry((i, j) => `sh_g[(top + ${i}) * PITCH + left + ${j}] += sum${i}${j};`)}
    }
    workgroupBarrier(); // the next slice adds its sums
  }
}

/// Multiplies the rows of the pair by J + D.
fn turn_rows(thread: u32, pair: u32) {
  let bits = atomicLoad(&sh_bits);
  let top = thread / ${LANES} * ${ROWS};
  let upper = pair_row(pair, 0) * params.row_stride;
  let lower = pair_row(pair, ${BLOCK_ROWS}) * params.row_stride;
  let own = pair_row(pair, top) * params.row_stride;
  for (var first = 0u; first < params.row_stride; first += ${LANES}) {
    // Columns beyond the last one are the last one: several threads then write the same numbers.
    let col = min(first + thread % ${LANES}, params.row_stride - 1);
    ${unroll(ROWS, (i) => `var sum${i} = vec4f(0);`)}
    for (var k = 0u; k < ${PAIR_ROWS}; k += ${AT_ONCE}) {
      let old = select(lower + (k - ${BLOCK_ROWS}) * params.row_stride, upper + k * params.row_stride, k < ${BLOCK_ROWS}) + col;
      ${unroll(AT_ONCE, (step) => `let old${step} = working[old + ${step} * params.row_stride];`)}
      ${unroll(AT_ONCE * ROWS, (at) => {
        const [step, i] = [Math.floor(at / ROWS), at % ROWS];
        return `sum${i} += sh_g[(top + ${i}) * PITCH + k + ${step}] * old${step};`;
      })}
    }
    ${unroll(ROWS, (i) => `sum${i} += select(vec4f(0), working[own + ${i} * params.row_stride + col], ((bits >> (top + ${i})) & 1) == 1);`)}
    storageBarrier(); // the old rows are read
    ${unroll(ROWS, (i) => `working[own + ${i} * params.row_stride + col] = sum${i};`)}
  }
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let pair = params.first_pair + group.x;
  if (left_over[pair / (params.blocks / 2)] == 0) { return; }
  sum_gram(thread, pair);
  // In three of four rounds, the sweep on G pairs only rows of different blocks.
  let skew = find_rotation(thread, params.blocks > 2 && params.round % 4 != 0);
  if (skew == 0) { return; }
  if (thread == 0) { atomicAdd(&skew_pairs[pair / (params.blocks / 2)], skew); }
  turn_rows(thread, pair);
}
`,
);
