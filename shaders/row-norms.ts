import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { gridKernel } from "../src/gpu/kernel.ts";
import { checkedGrid } from "../src/gpu/workgroups.ts";
import { opaqueZero } from "./shared/compilers.ts";
import { runningSum } from "./shared/running-sum.ts";

export const rowNorms = gridKernel(
  {
    name: "row-norms",
    does: "Takes the Euclidean norms of the first cols vec4s of each working row",
    unit: "One workgroup = one row (x) of one matrix (y)",
  },
  {
    params: {
      batch: ["u32", "matrices"],
      working_rows: ["u32", ""],
      row_stride: ["u32", "vec4s"],
      cols: ["u32", "vec4s"],
      ...opaqueZero,
    },
    reads: { working: ["array<vec4f>", "batch × working_rows × row_stride"] },
    writes: { norms: ["array<f32>", "batch × working_rows"] },
    overrides: { threads: ["u32", "see src/adapter/shapes.ts"] },
  },
  {
    workgroups: ({ batch, working_rows }) => checkedGrid(working_rows, batch),
    work: ({ batch, working_rows, cols }) => batch * working_rows * 4 * cols,
    main: wgsl`
var<workgroup> sh_sums: array<vec4f, threads>;

${runningSum("vec4f")}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = group.y * params.working_rows + group.x;
  opaque_zero = params.opaque_zero;
  var sum = sum_vec4f();
  for (var col = thread; col < params.cols; col += threads) {
    let value = working[row * params.row_stride + col];
    sum = added_vec4f(sum, value * value);
  }
  sh_sums[thread] = sum.value;
  workgroupBarrier();
  if (thread == 0) {
    var total = sum_vec4f();
    for (var i = 0u; i < threads; i++) { total = added_vec4f(total, sh_sums[i]); }
    norms[row] = sqrt(dot(total.value, vec4f(1)));
  }
}
`,
  },
);
