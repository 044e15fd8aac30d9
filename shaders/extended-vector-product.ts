import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { ELEMENT_INDEX, ELEMENT_WORKGROUP } from "../src/gpu/workgroups.ts";
import { opaqueZero } from "./shared/compilers.ts";
import { CHUNK } from "./shared/sums.ts";
import { SUM_CHUNK, type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

/** Threads that share the sum of one element: they read neighbouring entries, which a GPU fetches together. */
export const SUM_THREADS = 8;

/**
 * Terms that a thread sums, in chunks, before it adds them to the total: the roundings of one long sum may all have one
 * sign.
 */
const BLOCK = CHUNK * SUM_CHUNK;

export const extendedVectorProduct = oncePerVariant((form: TwoFloatForm) =>
  kernel(
    {
      name: "extended-vector-product",
      does: "Computes A·input or Aᵀ·input of a batch of runs in two-floats, for an A that is stored as two buffers",
      unit: `One workgroup = ${ELEMENT_WORKGROUP / SUM_THREADS} elements of the output of all runs, one run after another; one thread = every ${SUM_THREADS}th term of an element`,
    },
    {
      params: {
        inner: ["u32", "terms of an element: entries of a run's input"],
        outer: ["u32", "elements of a run's output"],
        inner_step: ["u32", "from one term's entry of A to that of the next term"],
        outer_step: ["u32", "from one element's entries of A to those of the next element"],
        matrix_step: ["u32", "from one run's matrix to the next; 0 where all runs share one"],
        begin: ["u32", "first element of the output in this dispatch"],
        end: ["u32", "the element after the last one"],
        ...opaqueZero,
      },
      reads: {
        high: ["array<f32>", "A's entries, rounded"],
        low: ["array<f32>", "as high: what its rounding lost, in low_unit"],
        input: ["array<two_float>", "runs × inner"],
      },
      writes: { output: ["array<two_float>", "runs × outer"] },
      overrides: { low_unit: ["f32", "see LOW_SCALE of src/gpu/matrix.ts"] },
    },
    wgsl`
var<workgroup> sh_sums: array<two_float, ${ELEMENT_WORKGROUP}>;

${twoFloatArithmetic(form)}

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  opaque_zero = params.opaque_zero;
  let wanted = params.begin + (${ELEMENT_INDEX}) / ${SUM_THREADS};
  let element = min(wanted, params.end - 1); // beyond the end the last element is computed again, and not written
  let run = element / params.outer;
  let entries = run * params.matrix_step + element % params.outer * params.outer_step;

  var total = two_float(0, 0);
  for (var block = thread % ${SUM_THREADS}; block < params.inner; block += ${BLOCK * SUM_THREADS}) {
    let block_end = min(block + ${BLOCK * SUM_THREADS}, params.inner);
    var block_sum = two_float(0, 0);
    for (var chunk = block; chunk < block_end; chunk += ${SUM_CHUNK * SUM_THREADS}) {
      let chunk_end = min(chunk + ${SUM_CHUNK * SUM_THREADS}, block_end);
      var sum = two_float(0, 0);
      for (var term = chunk; term < chunk_end; term += ${SUM_THREADS}) {
        let at = entries + term * params.inner_step;
        sum = tf_accumulate(sum, two_float(high[at], low[at] * low_unit), input[run * params.inner + term]);
      }
      block_sum = tf_add(block_sum, tf_sum(sum));
    }
    total = tf_add(total, block_sum);
  }
  sh_sums[thread] = total;
  workgroupBarrier(); // the first of an element's threads adds the parts of all

  if (thread % ${SUM_THREADS} == 0 && wanted < params.end) {
    for (var part = 1u; part < ${SUM_THREADS}; part++) { total = tf_add(total, sh_sums[thread + part]); }
    output[element] = total;
  }
}
`,
  ),
);
