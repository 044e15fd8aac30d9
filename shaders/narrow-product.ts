import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { type ProductEnd, productBuffers } from "./product.ts";
import { stored } from "./shared/panel-product.ts";
import { watch } from "./shared/watch.ts";

/** As `product`, for a stored A of few columns, whose rows are too short to be shared among threads. */
export const narrowProduct = oncePerVariant((end: ProductEnd) => {
  const { reads, writes } = productBuffers(end);
  return elementKernel(
    {
      name: "narrow-product",
      does: "Multiplies a narrow A by the inputs of a batch of runs, and subtracts targets where the residual is wanted",
      element: "row for one run",
    },
    {
      params: { rows: ["u32", "N"], cols: ["u32", "M"], runs: ["u32", ""], ...stored.params },
      reads: { ...stored.reads, ...reads },
      writes,
    },
    {
      elements: ({ rows, runs }) => runs * rows,
      work: ({ cols }) => cols,
      helpers: stored.code + (end === "residual" ? watch.code : ""),
      each: wgsl`
  let run = index / params.rows;
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
`,
    },
  );
});
