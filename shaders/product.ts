import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { oncePerVariant } from "../src/gpu/once.ts";
import { type Panels, panelKernel, rowSums, rowTotals } from "./shared/panel-product.ts";
import { watch } from "./shared/watch.ts";

/** What becomes of A·input: it is the output itself, or its difference from targets, watched for divergence. */
export type ProductEnd = "product" | "residual";

/** What a product reads and writes beside the entries. */
export function productBuffers(end: ProductEnd) {
  const residual = end === "residual";
  return {
    reads: {
      input: ["array<f32>", "runs × cols"],
      ...(residual ? ({ targets: ["array<f32>", "runs × rows"], ...watch.reads } as const) : {}),
    },
    writes: { output: ["array<f32>", "runs × rows"], ...(residual ? watch.writes : {}) },
  } as const;
}

export const product = oncePerVariant(({ end, ...panels }: Panels & { readonly end: ProductEnd }) => {
  const { rows, runs } = panels.shape;
  return panelKernel(
    {
      name: "product",
      does: "Multiplies A by the inputs of a batch of runs, and subtracts targets where the residual is wanted",
    },
    panels,
    productBuffers(end),
    {
      helpers: (end === "residual" ? watch.code : "") + rowTotals(panels.shape),
      each: wgsl`
    ${rowSums(panels.shape)}
    for (var pair = thread; pair < ${rows * runs}; pair += threads) {
      var value = sh_totals[pair];
      let own_row = row + pair / ${runs};
      let own_run = run + pair % ${runs};
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
`,
    },
  );
});
