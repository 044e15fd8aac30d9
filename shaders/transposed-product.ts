import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import {
  addShares,
  type EntrySource,
  entries,
  nextBinding,
  openPanel,
  type PanelShape,
  panel,
} from "./shared/product.ts";

// Products Aᵀ·input of a batch of runs, as one share a workgroup.
// One workgroup = a strip of rows of A (x), taken a panel at a time, for a few runs (y); one thread = one column in `threads`.
export const transposedProduct = ({ source, shape }: { source: EntrySource; shape: PanelShape }) => {
  const at = nextBinding(source);
  const { pairs } = panel(shape);
  return wgsl`
${entries(source)}
@group(0) @binding(${at}) var<storage, read> input: array<f32>;              // runs × rows
@group(0) @binding(${at + 1}) var<storage, read_write> shares: array<f32>;   // workgroups in x × runs × cols

override threads: u32;

/// Entry \`row\` of a run's input; 0 behind the strip's end.
fn factor(run: u32, row: u32, end: u32) -> f32 {
  return select(0.0, input[min(run, params.runs - 1) * params.rows + min(row, params.rows - 1)], row < end);
}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  begin_entries();
  let run = group.y * ${shape.runs};
  let begin = group.x * params.strip;
  let end = min(begin + params.end, params.rows);
  for (var row = begin + params.first; row < end; row += ${shape.rows}) {
    ${openPanel(shape)}
    ${pairs((i, k) => `let factor_${i}_${k} = factor(run + ${k}, row + ${i}, end);`)}
    ${addShares(shape)}
  }
}
`;
};
