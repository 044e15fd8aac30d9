import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import {
  type EntrySource,
  entries,
  nextBinding,
  openPanel,
  type PanelShape,
  rowSums,
  rowTotals,
} from "./shared/product.ts";
import { watch } from "./shared/watch.ts";

/** What becomes of A·input: it is the output itself, or its difference from targets, watched for divergence. */
export type ProductEnd = "product" | "residual";

/** What a product reads and writes beside the entries, from binding `at` on. */
export const productBindings = (end: ProductEnd, at: number) => wgsl`
@group(0) @binding(${at}) var<storage, read> input: array<f32>;              // runs × cols
#if ${end === "residual"}
@group(0) @binding(${at + 1}) var<storage, read> targets: array<f32>;        // runs × rows
@group(0) @binding(${at + 2}) var<storage, read> limits: array<u32>;         // runs
@group(0) @binding(${at + 3}) var<storage, read> current_step: array<u32>;   // the step under way
@group(0) @binding(${at + 4}) var<storage, read_write> output: array<f32>;   // runs × rows
@group(0) @binding(${at + 5}) var<storage, read_write> diverged: array<atomic<u32>>; // runs
${watch}
#else
@group(0) @binding(${at + 1}) var<storage, read_write> output: array<f32>;   // runs × rows
#endif
`;

// Products A·input of a batch of runs, or residuals A·input − targets.
// One workgroup = a strip of rows of A (x), taken a panel at a time, for a few runs (y); one thread = one column in `threads`.
export const product = ({ source, shape, end }: { source: EntrySource; shape: PanelShape; end: ProductEnd }) => wgsl`
${entries(source)}
${productBindings(end, nextBinding(source))}

override threads: u32;

${rowTotals(shape)}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  begin_entries();
  let run = group.y * ${shape.runs};
  let begin = group.x * params.strip;
  let end = min(begin + params.end, params.rows);
  for (var row = begin + params.first; row < end; row += ${shape.rows}) {
    ${openPanel(shape)}
    ${rowSums(shape)}
    for (var pair = thread; pair < ${shape.rows * shape.runs}; pair += threads) {
      var value = sh_totals[pair];
      let own_row = row + pair / ${shape.runs};
      let own_run = run + pair % ${shape.runs};
      if (own_row < end && own_run < params.runs) {
        let index = own_run * params.rows + own_row;
#if ${end === "residual"}
        value -= targets[index];
        note_divergence(own_run, value);
#endif
        output[index] = value;
      }
    }
    workgroupBarrier(); // before the next panel's sums
  }
}
`;
