import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { gridKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { checkedGrid, TWO_FLOAT_WORK } from "../src/gpu/workgroups.ts";
import { opaqueZero } from "./shared/compilers.ts";
import { SUM_CHUNK, type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

const NORM_WORKGROUP = 64;

export const extendedNorms = oncePerVariant((form: TwoFloatForm) =>
  gridKernel(
    {
      name: "extended-norms",
      does: "Sums the squares of the first cols entries of each working row, in two-floats",
      unit: "One workgroup = one row (x) of one matrix (y)",
    },
    {
      params: {
        batch: ["u32", "matrices"],
        working_rows: ["u32", ""],
        row_length: ["u32", "entries of a working row"],
        cols: ["u32", ""],
        ...opaqueZero,
      },
      reads: { working: ["array<two_float>", "batch × working_rows × row_length"] },
      writes: { squares: ["array<two_float>", "batch × working_rows"] },
    },
    {
      workgroups: ({ working_rows, batch }) => checkedGrid(working_rows, batch),
      work: ({ working_rows, batch, cols }) => batch * working_rows * cols * TWO_FLOAT_WORK,
      main: wgsl`
var<workgroup> sh_sums: array<two_float, ${NORM_WORKGROUP}>;

${twoFloatArithmetic(form)}

@compute @workgroup_size(${NORM_WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  opaque_zero = params.opaque_zero;
  let row = group.y * params.working_rows + group.x;
  var total = two_float(0, 0);
  for (var chunk = thread; chunk < params.cols; chunk += ${NORM_WORKGROUP * SUM_CHUNK}) {
    var sum = two_float(0, 0);
    for (var col = chunk; col < min(params.cols, chunk + ${NORM_WORKGROUP * SUM_CHUNK}); col += ${NORM_WORKGROUP}) {
      let value = working[row * params.row_length + col];
      sum = tf_accumulate(sum, value, value);
    }
    total = tf_add(total, tf_sum(sum));
  }
  sh_sums[thread] = total;
  workgroupBarrier();
  if (thread == 0) {
    for (var i = 1u; i < ${NORM_WORKGROUP}; i++) { total = tf_add(total, sh_sums[i]); }
    squares[row] = total;
  }
}
`,
    },
  ),
);
