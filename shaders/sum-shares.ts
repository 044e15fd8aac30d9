import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";

/** Shares that are added one after the other before their sum joins a larger one: there are up to about 1000. */
const CHUNK = 32;

export const sumShares = elementKernel(
  {
    name: "sum-shares",
    does: "Sums the shares that workgroups have left of a product",
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
    each: wgsl`
  var sum = 0.0;
  for (var first = 0u; first < params.count; first += ${CHUNK}) {
    var chunk = 0.0;
    for (var share = first; share < min(params.count, first + ${CHUNK}); share++) {
      chunk += shares[share * params.length + index];
    }
    sum += chunk;
  }
  sums[index] = sum;
`,
  },
);
