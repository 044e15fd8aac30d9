import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { unroll } from "./shared/compilers.ts";
import { PAIR_ROWS, pairParams, pairRow } from "./shared/sweep.ts";

const TILE = 8; // rows and columns of the Gram matrix that one thread sums

/** First row and column of the tiles on and above the diagonal; the others are their mirror images. */
const tiles = Array.from({ length: (PAIR_ROWS / TILE) ** 2 }, (_, i) => [
  TILE * Math.floor(i / (PAIR_ROWS / TILE)),
  TILE * (i % (PAIR_ROWS / TILE)),
]).filter(([top = 0, left = 0]) => top <= left);

/** Slices of the columns that one workgroup sums. */
export const SLICES_PER_WORKGROUP = 8;

export const blockGram = kernel(
  {
    name: "block-gram",
    does: "Sums the Gram matrices of a round's block pairs over slices of the columns",
    unit: `One workgroup = ${SLICES_PER_WORKGROUP} slices (x) of one pair (y); one thread = an ${TILE} × ${TILE} tile of one slice's sum`,
  },
  {
    params: {
      ...pairParams,
      row_stride: ["u32", "vec4s from one working row to the next"],
      cols: ["u32", "vec4s of a row that the rotations make orthogonal; they turn the rest of the row too"],
      slices: ["u32", "parts of the columns, each with a Gram matrix of its own"],
      slice_cols: ["u32", "vec4s of a slice"],
    },
    reads: {
      working: ["array<vec4f>", "batch × rows × row_stride"],
      left_over: [
        "array<u32>",
        "batch: row pairs that the sweep before found not orthogonal; a matrix with 0 is skipped",
      ],
    },
    writes: { gram: ["array<f32>", "batch × pairs × slices × 32 × 32"] },
  },
  wgsl`
${pairRow}

const TILES = array<vec2u, ${tiles.length}>(${tiles.map((tile) => `vec2u(${tile})`).join(", ")});

@compute @workgroup_size(${SLICES_PER_WORKGROUP * tiles.length})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let slice = group.x * ${SLICES_PER_WORKGROUP} + thread / ${tiles.length};
  if (slice >= params.slices || left_over[(params.first_pair + group.y) / (params.blocks / 2)] == 0) { return; }
  let top = TILES[thread % ${tiles.length}].x;
  let left = TILES[thread % ${tiles.length}].y;

  let pair = params.first_pair + group.y;
  let a = pair_row(pair, top) * params.row_stride;
  let b = pair_row(pair, left) * params.row_stride;
  let begin = slice * params.slice_cols;
  let end = min(begin + params.slice_cols, params.cols);

  ${unroll(TILE * TILE, (i) => `var sum${i} = 0.0;`, " ")}
  for (var col = begin; col < end; col++) {
    ${unroll(TILE, (i) => `let a${i} = working[a + ${i} * params.row_stride + col];`)}
    ${unroll(
      TILE,
      (j) => `{
      let b${j} = working[b + ${j} * params.row_stride + col];
      ${unroll(TILE, (i) => `sum${i * TILE + j} += dot(a${i}, b${j});`, " ")}
    }`,
    )}
  }

  let base = (pair * params.slices + slice) * ${PAIR_ROWS * PAIR_ROWS};
  let upper = base + top * ${PAIR_ROWS} + left;
  let lower = base + left * ${PAIR_ROWS} + top;
  ${unroll(TILE * TILE, (entry) => {
    const [i, j] = [Math.floor(entry / TILE), entry % TILE];
    return `gram[upper + ${i * PAIR_ROWS + j}] = sum${entry}; gram[lower + ${j * PAIR_ROWS + i}] = sum${entry};`;
  })}
}
`,
);
