import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { unroll } from "./shared/compilers.ts";
import { gramTiles, pairParams, pairRow, SLICES, TILE, TILES } from "./shared/sweep.ts";

/** The slices take turns in the columns. Neighbouring threads sum neighbouring slices, so that they read whole cache lines. */
export const blockGram = kernel(
  {
    name: "block-gram",
    does: "Sums the Gram matrices of a round's block pairs over slices of the columns",
    unit: `One workgroup = ${SLICES} slices (x) of one pair (y); one thread = an ${TILE} × ${TILE} tile of one slice's sum`,
  },
  {
    params: {
      ...pairParams,
      row_stride: ["u32", "vec4s from one working row to the next"],
      cols: ["u32", "vec4s of a row that the rotations make orthogonal; they turn the rest of the row too"],
      group_cols: ["u32", `vec4s whose products one workgroup sums; every ${SLICES}th of them is of one slice`],
      slices: ["u32", `${SLICES} for each workgroup of a pair`],
    },
    reads: {
      working: ["array<vec4f>", "batch × rows × row_stride"],
      left_over: [
        "array<u32>",
        "batch: row pairs that the sweep before found not orthogonal; a matrix with 0 is skipped",
      ],
    },
    writes: {
      gram: ["array<vec4f>", `batch × pairs × slices × tiles × ${TILE} × ${TILE / 4}, tiles on and above the diagonal`],
    },
  },
  wgsl`
${pairRow}

${gramTiles}

@compute @workgroup_size(${SLICES * TILES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let pair = params.first_pair + group.y;
  if (left_over[pair / (params.blocks / 2)] == 0) { return; }
  let tile = thread / ${SLICES};
  let a = pair_row(pair, TILES[tile].x) * params.row_stride;
  let b = pair_row(pair, TILES[tile].y) * params.row_stride;
  let begin = group.x * params.group_cols;
  let end = min(begin + params.group_cols, params.cols);

  ${unroll(TILE * TILE, (i) => `var sum${i} = 0.0;`, " ")}
  for (var col = begin + thread % ${SLICES}; col < end; col += ${SLICES}) {
    ${unroll(TILE, (i) => `let a${i} = working[a + ${i} * params.row_stride + col];`)}
    ${unroll(
      TILE,
      (j) => `{
      let b${j} = working[b + ${j} * params.row_stride + col];
      ${unroll(TILE, (i) => `sum${i * TILE + j} += dot(a${i}, b${j});`, " ")}
    }`,
    )}
  }

  let slice = pair * params.slices + group.x * ${SLICES} + thread % ${SLICES};
  let first = (slice * ${TILES} + tile) * ${TILE ** 2 / 4};
  ${unroll(TILE ** 2 / 4, (i) => `gram[first + ${i}] = vec4f(${unroll(4, (lane) => `sum${4 * i + lane}`, ", ")});`)}
}
`,
);
