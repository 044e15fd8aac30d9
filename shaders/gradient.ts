import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import {
  addShares,
  type EntrySource,
  entries,
  nextBinding,
  openPanel,
  type PanelShape,
  panel,
  rowSums,
  rowTotals,
} from "./shared/product.ts";
import { watch } from "./shared/watch.ts";

// Residuals r = A·input − targets of a batch of runs, and the gradient Aᵀr as one share a workgroup: a panel of rows serves
// both while it is in the cache, so that A is read from memory once.
// One workgroup = a strip of rows of A (x), taken a panel at a time, for a few runs (y); one thread = one column in `threads`.
export const gradient = ({ source, shape }: { source: EntrySource; shape: PanelShape }) => {
  const at = nextBinding(source);
  const { pairs } = panel(shape);
  return wgsl`
${entries(source)}
@group(0) @binding(${at}) var<storage, read> input: array<f32>;              // runs × cols
@group(0) @binding(${at + 1}) var<storage, read> targets: array<f32>;        // runs × rows
@group(0) @binding(${at + 2}) var<storage, read> limits: array<u32>;         // runs
@group(0) @binding(${at + 3}) var<storage, read> current_step: array<u32>;   // the step under way
@group(0) @binding(${at + 4}) var<storage, read_write> shares: array<f32>;   // workgroups in x × runs × cols
@group(0) @binding(${at + 5}) var<storage, read_write> diverged: array<atomic<u32>>; // runs
${watch}

override threads: u32;

${rowTotals(shape)}
var<workgroup> sh_residuals: array<f32, ${shape.rows * shape.runs}>;

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
      let own_run = min(run + pair % ${shape.runs}, params.runs - 1);
      if (own_row < end) {
        value -= targets[own_run * params.rows + own_row];
        note_divergence(own_run, value);
      } else {
        value = 0;
      }
      sh_residuals[pair] = value;
    }
    workgroupBarrier();
    ${pairs((i, k) => `let factor_${i}_${k} = sh_residuals[${i * shape.runs + k}];`)}
    ${addShares(shape)}
  }
}
`;
};
