import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { BLOCK_WORKGROUP, PAIR_ROWS, sweepParams } from "./shared/sweep.ts";
import { tournament } from "./shared/tournament.ts";

// Gram matrices of a round's block pairs, summed over slices of the columns.
// One workgroup = one slice (x) of one pair (y) of one matrix (z); one thread = a 4 × 4 tile of the 32 × 32 matrix.
export const blockGram = wgsl`
${tournament}
${sweepParams}

@group(0) @binding(0) var<uniform> params: sweep_params;
@group(0) @binding(1) var<storage, read> working: array<vec4f>;    // batch × rows × row_stride
@group(0) @binding(2) var<storage, read_write> gram: array<f32>;   // batch × pairs × slices × 32 × 32

@compute @workgroup_size(${BLOCK_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let tile = vec2u(thread / 8, thread % 8);
  if (tile.x > tile.y) { return; } // the lower triangle is written by its mirror image

  let matrix = group.z * params.blocks * ${PAIR_ROWS / 2};
  let a = (matrix + pair_row(params, group.y, 4 * tile.x)) * params.row_stride;
  let b = (matrix + pair_row(params, group.y, 4 * tile.y)) * params.row_stride;
  let begin = group.x * params.slice_cols;
  let end = min(begin + params.slice_cols, params.cols);

  // sums[4 i + j] holds four partial sums of row i · row j: fewer additions in a chain, so less rounding.
  var sums: array<vec4f, 16>;
  for (var col = begin; col < end; col++) {
    let a0 = working[a + col];
    let a1 = working[a + params.row_stride + col];
    let a2 = working[a + 2 * params.row_stride + col];
    let a3 = working[a + 3 * params.row_stride + col];
    for (var j = 0u; j < 4; j++) {
      let other = working[b + j * params.row_stride + col];
      sums[j] += a0 * other;
      sums[4 + j] += a1 * other;
      sums[8 + j] += a2 * other;
      sums[12 + j] += a3 * other;
    }
  }

  let base = ((group.z * groups.y + group.y) * params.slices + group.x) * ${PAIR_ROWS * PAIR_ROWS};
  for (var i = 0u; i < 4; i++) {
    for (var j = 0u; j < 4; j++) {
      let entry = dot(sums[4 * i + j], vec4f(1));
      gram[base + (4 * tile.x + i) * ${PAIR_ROWS} + 4 * tile.y + j] = entry;
      gram[base + (4 * tile.y + j) * ${PAIR_ROWS} + 4 * tile.x + i] = entry;
    }
  }
}
`;
