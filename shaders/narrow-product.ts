import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import type { ProductEnd } from "./product.ts";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";
import { entries, nextBinding } from "./shared/product.ts";
import { watch } from "./shared/watch.ts";

// Products A·input of a batch of runs, or residuals A·input − targets, for a stored A of few columns, whose rows are too
// short to be shared among threads.
// One thread = one row for one run.
export const narrowProduct = (end: ProductEnd) => {
  const at = nextBinding("stored");
  return wgsl`
${elementIndex}
${entries("stored")}
@group(0) @binding(${at}) var<storage, read> input: array<f32>;              // runs × cols
#if ${end === "residual"}
@group(0) @binding(${at + 1}) var<storage, read> targets: array<f32>;        // runs × rows
@group(0) @binding(${at + 2}) var<storage, read> limits: array<u32>;         // runs
@group(0) @binding(${at + 3}) var<storage, read> step: array<u32>;           // the step under way
@group(0) @binding(${at + 4}) var<storage, read_write> output: array<f32>;   // runs × rows
@group(0) @binding(${at + 5}) var<storage, read_write> diverged: array<atomic<u32>>; // runs
${watch}
#else
@group(0) @binding(${at + 1}) var<storage, read_write> output: array<f32>;   // runs × rows
#endif

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = params.first + element_index(group, groups, thread);
  let run = index / params.rows;
  if (index >= params.end) { return; }
  let row = open_row(run, index % params.rows);
  var value = 0.0;
  for (var col = 0u; col < params.cols; col++) {
    value += entry(row, open_col(col)) * input[run * params.cols + col];
  }
#if ${end === "residual"}
  value -= targets[index];
  note_divergence(run, value);
#endif
  output[index] = value;
}
`;
};
