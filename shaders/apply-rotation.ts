import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { BLOCK_ROWS, PAIR_ROWS, sweepParams } from "./shared/sweep.ts";
import { tournament } from "./shared/tournament.ts";
import { unroll } from "./shared/unroll.ts";

/** Threads in a workgroup, each with one vec4 column of all rows of a pair. */
export const APPLY_WORKGROUP = 64;

// Rows of a pair ← Wᵀ · rows, in place, over all of their columns: a thread holds its column's 32 entries before it
// writes the first. Workgroup memory would save loads, but SwiftShader clears it at length: 10 times the time there.
// One workgroup = 64 vec4 columns (x) of one pair (y).
export const applyRotation = wgsl`
${tournament}
${sweepParams}

@group(0) @binding(0) var<uniform> params: sweep_params;
@group(0) @binding(1) var<storage, read> rotation: array<vec4f>;         // batch × pairs × 32 (new row) × 8 (4 old rows)
@group(0) @binding(2) var<storage, read> turned: array<u32>;             // batch × pairs
@group(0) @binding(3) var<storage, read_write> working: array<vec4f>;    // batch × rows × row_stride

@compute @workgroup_size(${APPLY_WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let pair = params.first_pair + group.y;
  let col = group.x * ${APPLY_WORKGROUP} + thread;
  if (turned[pair] == 0 || col >= params.row_stride) { return; }

  let upper = pair_row(params, pair, 0) * params.row_stride + col;
  let lower = pair_row(params, pair, ${BLOCK_ROWS}) * params.row_stride + col;
  ${unroll(BLOCK_ROWS, (k) => `let old${k} = working[upper + ${k} * params.row_stride];`)}
  ${unroll(BLOCK_ROWS, (k) => `let old${BLOCK_ROWS + k} = working[lower + ${k} * params.row_stride];`)}

  for (var i = 0u; i < ${PAIR_ROWS}; i++) {
    let weights = (pair * ${PAIR_ROWS} + i) * ${PAIR_ROWS / 4};
    var sum = vec4f(0);
    ${unroll(
      PAIR_ROWS / 4,
      (k) => `{
      let w = rotation[weights + ${k}];
      sum += w.x * old${4 * k} + w.y * old${4 * k + 1} + w.z * old${4 * k + 2} + w.w * old${4 * k + 3};
    }`,
    )}
    let row = select(lower + (i - ${BLOCK_ROWS}) * params.row_stride, upper + i * params.row_stride, i < ${BLOCK_ROWS});
    working[row] = sum;
  }
}
`;
