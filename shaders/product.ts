import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { areInTwoFloats, entryType, stored } from "./shared/entries.ts";
import { addShares, type Panels, panel, panelKernel, rowSums, rowTotals } from "./shared/panel.ts";
import { type ProductEnd, productEnd, watch } from "./shared/product-end.ts";
import { sumOfShares } from "./shared/sums.ts";

/** A·input reads the input as it reads A: in numbers or in vec4s. */
const inputOf = ({ source }: Pick<Panels, "source">) =>
  ({ input: [`array<${entryType(source)}>`, "runs × cols"] }) as const;

export const product = oncePerVariant(({ end, ...panels }: Panels & { readonly end: ProductEnd }) => {
  const { rows, runs } = panels.shape;
  const { reads, writes, code } = productEnd(end);
  return panelKernel(
    {
      name: "product",
      does: "Multiplies A by the inputs of a batch of runs, and subtracts targets where the residual is wanted",
    },
    panels,
    { reads: { ...inputOf(panels), ...reads }, writes },
    {
      helpers: code + rowTotals(panels.shape),
      each: wgsl`
    ${rowSums(panels)}
    for (var pair = thread; pair < ${rows * runs}; pair += threads) {
      let own_row = row + pair / ${runs};
      let own_run = run + pair % ${runs};
      if (own_row < end && own_run < params.runs) {
        write_output(own_run, own_run * params.rows + own_row, sh_totals[pair]);
      }
    }
    workgroupBarrier(); // before the next panel's sums
`,
    },
  );
});

/** As `product`, for a stored A of few columns, whose rows are too short to be shared among threads. */
export const narrowProduct = oncePerVariant((end: ProductEnd) => {
  const { reads, writes, code } = productEnd(end);
  return elementKernel(
    {
      name: "narrow-product",
      does: "Multiplies a narrow A by the inputs of a batch of runs, and subtracts targets where the residual is wanted",
      element: "row for one run",
    },
    {
      params: { rows: ["u32", "N"], cols: ["u32", "M"], runs: ["u32", ""], ...stored.params },
      reads: { ...stored.reads, ...inputOf({ source: "stored" }), ...reads },
      writes,
    },
    {
      elements: ({ rows, runs }) => runs * rows,
      work: ({ cols }) => cols,
      helpers: stored.code + code,
      each: wgsl`
  let run = index / params.rows;
  let row = open_row(run, index % params.rows);
  var sum = 0.0;
  for (var col = 0u; col < params.cols; col++) {
    sum += entry(row, open_col(col)) * input[run * params.cols + col];
  }
  write_output(run, index, sum);
`,
    },
  );
});

export const transposedProduct = oncePerVariant((panels: Panels) =>
  panelKernel(
    {
      name: "transposed-product",
      does: "Multiplies Aᵀ by the inputs of a batch of runs; each workgroup writes a share, the part of the sum from its rows",
    },
    panels,
    {
      reads: { input: ["array<f32>", "runs × rows"] },
      writes: { shares: [`array<${entryType(panels.source)}>`, "workgroups in x × runs × cols"] },
    },
    {
      helpers: /* wgsl */ `
/// Entry \`row\` of a run's input; 0 beyond the end of the strip.
fn factor(run: u32, row: u32, end: u32) -> f32 {
  return select(0.0, input[min(run, params.runs - 1) * params.rows + min(row, params.rows - 1)], row < end);
}`,
      each: wgsl`
    ${panel(panels.shape).pairs((i, k) => `let factor_${i}_${k} = factor(run + ${k}, row + ${i}, end);`)}
    ${addShares(panels)}
`,
    },
  ),
);

/**
 * Both products take a panel of rows while it is in the cache, so that A is read from memory once. An entry in two-floats is
 * computed once: each thread stores the entries of its columns behind the shares, and reads them again.
 */
export const gradient = oncePerVariant((panels: Panels) => {
  const { rows, runs } = panels.shape;
  const areKept = areInTwoFloats(panels.source);
  const { pairs } = panel(panels.shape);
  return panelKernel(
    {
      name: "gradient",
      does: "Computes residuals r = A·input − targets of a batch of runs; each workgroup writes a share of the gradient Aᵀr",
    },
    panels,
    {
      reads: { ...inputOf(panels), targets: ["array<f32>", "runs × rows"], ...watch.reads },
      writes: {
        shares: [
          `array<${entryType(panels.source)}>`,
          `workgroups in x × runs × cols${areKept ? "; then a row of entries, cols, for each workgroup" : ""}`,
        ],
        ...watch.writes,
      },
    },
    {
      helpers: `${watch.code}${rowTotals(panels.shape)}
var<workgroup> sh_residuals: array<f32, ${rows * runs}>;`,
      each: wgsl`
#if ${areKept}
    let strips = (params.rows + params.strip - 1) / params.strip;
    let kept = (strips * (params.runs + group.y) + group.x) * params.cols;
#endif
    ${rowSums(panels, areKept ? "shares[kept + col] = entry_0;" : "")}
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
    workgroupBarrier(); // all threads need all residuals
    ${pairs((i, k) => `let factor_${i}_${k} = sh_residuals[${i * runs + k}];`)}
    ${areKept ? addShares(panels, () => "shares[kept + col]") : addShares(panels)}
`,
    },
  );
});

export const sumShares = elementKernel(
  {
    name: "sum-shares",
    does: "Sums the shares of a product with Aᵀ that workgroups have written",
    element: "element of the sum",
  },
  {
    params: { length: ["u32", "of a share"], count: ["u32", "shares"] },
    reads: { shares: ["array<f32>", "count × length"] },
    writes: { sums: ["array<f32>", "length"] },
  },
  {
    elements: ({ length }) => length,
    work: ({ count }) => count,
    helpers: sumOfShares("shares"),
    each: /* wgsl */ `sums[index] = sum_of_shares(index, params.length, params.count);`,
  },
);
