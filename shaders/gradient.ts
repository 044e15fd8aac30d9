import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { oncePerVariant } from "../src/gpu/once.ts";
import { addShares, type Panels, panel, panelKernel, rowSums, rowTotals } from "./shared/panel-product.ts";
import { watch } from "./shared/watch.ts";

/** A panel of rows serves both products while it is in the cache, so that A is read from memory once. */
export const gradient = oncePerVariant((panels: Panels) => {
  const { rows, runs } = panels.shape;
  const { pairs } = panel(panels.shape);
  return panelKernel(
    {
      name: "gradient",
      does: "Computes residuals r = A·input − targets of a batch of runs, and the gradient Aᵀr as one share a workgroup",
    },
    panels,
    {
      reads: { input: ["array<f32>", "runs × cols"], targets: ["array<f32>", "runs × rows"], ...watch.reads },
      writes: { shares: ["array<f32>", "workgroups in x × runs × cols"], ...watch.writes },
    },
    {
      helpers: `${watch.code}${rowTotals(panels.shape)}
var<workgroup> sh_residuals: array<f32, ${rows * runs}>;`,
      each: wgsl`
    ${rowSums(panels.shape)}
    for (var pair = thread; pair < ${rows * runs}; pair += threads) {
      var value = sh_totals[pair];
      let own_row = row + pair / ${runs};
      let own_run = min(run + pair % ${runs}, params.runs - 1);
      if (own_row < end) {
        value -= targets[own_run * params.rows + own_row];
        note_divergence(own_run, value);
      } else {
        value = 0;
      }
      sh_residuals[pair] = value;
    }
    workgroupBarrier();
    ${pairs((i, k) => `let factor_${i}_${k} = sh_residuals[${i * runs + k}];`)}
    ${addShares(panels.shape)}
`,
    },
  );
});
