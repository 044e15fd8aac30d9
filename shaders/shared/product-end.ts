import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** What a kernel of a product A·input writes: the product, or the residual A·input − targets. */
export type ProductEnd = "product" | "residual";

/** Buffers and code of a descent's watch over its residuals: `fn note_divergence`. */
export const watch = {
  reads: {
    limits: ["array<u32>", "runs: bits of the largest |residual| allowed"],
    counts: ["array<u32>", "2: counts of steps, of which the larger is the number of steps done"],
  },
  writes: { diverged: ["array<atomic<u32>>", "runs: first step with a residual beyond the limit"] },
  code: /* wgsl */ `
fn note_divergence(run: u32, value: f32) {
  // Bits of non-negative floats have the order of the floats, with infinity and NaN last.
  if ((bitcast<u32>(value) & 0x7fffffffu) > limits[run]) { atomicMin(&diverged[run], max(counts[0], counts[1])); }
}
`,
} as const;

/** Buffers and code of a product's end: `fn write_output`. */
export function productEnd(end: ProductEnd) {
  const residual = end === "residual";
  return {
    reads: residual ? ({ targets: ["array<f32>", "runs × rows"], ...watch.reads } as const) : {},
    writes: { output: ["array<f32>", "runs × rows"], ...(residual ? watch.writes : {}) } as const,
    code: wgsl`
${residual ? watch.code : ""}
/// Writes element \`index\` of the output, which is one of the run's.
fn write_output(run: u32, index: u32, product: f32) {
#if ${residual}
  let value = product - targets[index];
  note_divergence(run, value);
  output[index] = value;
#else
  output[index] = product;
#endif
}
`,
  };
}
