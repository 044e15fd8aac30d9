import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type ProductEnd, productBindings } from "./product.ts";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";
import { entries, nextBinding } from "./shared/product.ts";

// Products A·input of a batch of runs, or residuals A·input − targets, for a stored A of few columns, whose rows are too
// short to be shared among threads.
// One thread = one row for one run.
export const narrowProduct = (end: ProductEnd) => wgsl`
${elementIndex}
${entries("stored")}
${productBindings(end, nextBinding("stored"))}

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
