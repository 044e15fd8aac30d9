import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { oncePerVariant } from "../src/gpu/once.ts";
import { addShares, type Panels, panel, panelKernel } from "./shared/panel-product.ts";

export const transposedProduct = oncePerVariant((panels: Panels) =>
  panelKernel(
    { name: "transposed-product", does: "Multiplies Aᵀ by the inputs of a batch of runs, as one share a workgroup" },
    panels,
    {
      reads: { input: ["array<f32>", "runs × rows"] },
      writes: { shares: ["array<f32>", "workgroups in x × runs × cols"] },
    },
    {
      helpers: /* wgsl */ `
/// Entry \`row\` of a run's input; 0 behind the strip's end.
fn factor(run: u32, row: u32, end: u32) -> f32 {
  return select(0.0, input[min(run, params.runs - 1) * params.rows + min(row, params.rows - 1)], row < end);
}`,
      each: wgsl`
    ${panel(panels.shape).pairs((i, k) => `let factor_${i}_${k} = factor(run + ${k}, row + ${i}, end);`)}
    ${addShares(panels.shape)}
`,
    },
  ),
);
