import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { BLOCK_WORKGROUP, PAIR_ROWS, sweepParams } from "./shared/sweep.ts";
import { tournament } from "./shared/tournament.ts";

/** vec4 columns in a workgroup's tile. */
export const TILE_COLS = 16;

// Rows of a pair ← Wᵀ · rows, in place, over all of their columns.
// One workgroup = 16 vec4 columns (x) of the 32 rows of one pair (y) of one matrix (z); one thread = 8 rows of a column.
export const applyRotation = wgsl`
${tournament}
${sweepParams}

@group(0) @binding(0) var<uniform> params: sweep_params;
@group(0) @binding(1) var<storage, read> rotation: array<vec4f>;         // batch × pairs × 32 (old row) × 8 (4 new rows)
@group(0) @binding(2) var<storage, read> turned: array<u32>;             // batch × pairs
@group(0) @binding(3) var<storage, read_write> working: array<vec4f>;    // batch × rows × row_stride

const SIZE = ${PAIR_ROWS}u;
const COLS = ${TILE_COLS}u;
const ROWS_A_THREAD = SIZE * COLS / ${BLOCK_WORKGROUP}u;

var<workgroup> sh_rows: array<vec4f, SIZE * COLS>;
var<workgroup> sh_w: array<vec4f, SIZE * SIZE / 4>;

@compute @workgroup_size(${BLOCK_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let pair = group.z * groups.y + group.y;
  if (turned[pair] == 0) { return; }

  let matrix = group.z * params.blocks * (SIZE / 2);
  let local_col = thread % COLS;
  let col = group.x * COLS + local_col;
  let inside = col < params.row_stride;
  let first = thread / COLS * ROWS_A_THREAD;
  for (var i = first; i < first + ROWS_A_THREAD; i++) {
    let row = matrix + pair_row(params, group.y, i);
    sh_rows[i * COLS + local_col] = working[row * params.row_stride + min(col, params.row_stride - 1)];
  }
  for (var i = thread; i < SIZE * SIZE / 4; i += ${BLOCK_WORKGROUP}) {
    sh_w[i] = rotation[pair * SIZE * SIZE / 4 + i];
  }
  workgroupBarrier();

  var sums: array<vec4f, ROWS_A_THREAD>;
  for (var k = 0u; k < SIZE; k++) {
    let old = sh_rows[k * COLS + local_col];
    let w0 = sh_w[(k * SIZE + first) / 4];
    let w1 = sh_w[(k * SIZE + first) / 4 + 1];
    sums[0] += w0.x * old;
    sums[1] += w0.y * old;
    sums[2] += w0.z * old;
    sums[3] += w0.w * old;
    sums[4] += w1.x * old;
    sums[5] += w1.y * old;
    sums[6] += w1.z * old;
    sums[7] += w1.w * old;
  }
  if (!inside) { return; }
  for (var i = 0u; i < ROWS_A_THREAD; i++) {
    working[(matrix + pair_row(params, group.y, first + i)) * params.row_stride + col] = sums[i];
  }
}
`;
