import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { gridKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { checkedGrid, TWO_FLOAT_WORK } from "../src/gpu/workgroups.ts";
import { opaqueZero } from "./shared/compilers.ts";
import { runningSum } from "./shared/sums.ts";
import { SUM_CHUNK, type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

export const rowNorms = gridKernel(
  {
    name: "row-norms",
    does: "Computes the Euclidean norms of the first cols vec4s of each working row",
    unit: "One workgroup = one row (x) of one matrix (y)",
  },
  {
    params: {
      batch: ["u32", "matrices"],
      working_rows: ["u32", ""],
      row_stride: ["u32", "vec4s of a working row"],
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
  opaque_zero = params.opaque_zero;
  let row = group.y * params.working_rows + group.x;
  var sum = sum_vec4f();
  for (var col = thread; col < params.cols; col += threads) {
    let value = working[row * params.row_stride + col];
    sum = added_vec4f(sum, value * value);
  }
  sh_sums[thread] = sum.value;
  workgroupBarrier(); // thread 0 adds the parts of all
  if (thread == 0) {
    var total = sum_vec4f();
    for (var i = 0u; i < threads; i++) { total = added_vec4f(total, sh_sums[i]); }
    norms[row] = sqrt(dot(total.value, vec4f(1)));
  }
}
`,
  },
);

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
  workgroupBarrier(); // thread 0 adds the parts of all
  if (thread == 0) {
    for (var i = 1u; i < ${NORM_WORKGROUP}; i++) { total = tf_add(total, sh_sums[i]); }
    squares[row] = total;
  }
}
`,
    },
  ),
);
