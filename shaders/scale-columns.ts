import { elementKernel } from "../src/gpu/kernel.ts";
import { shifts } from "./shared/shifts.ts";

export const scaleColumns = elementKernel(
  {
    name: "scale-columns",
    does: "Multiplies each column of a matrix by a power of two",
    element: "entry",
  },
  {
    params: { entries: ["u32", "rows · cols"], cols: ["u32", ""] },
    reads: {
      source: ["array<u32>", "rows × cols, bits of f32"],
      exponents: ["array<i32>", "cols: −127 to 149"],
    },
    writes: { columns: ["array<f32>", "rows × cols: source · 2^exponent of its column"] },
  },
  {
    elements: ({ entries }) => entries,
    helpers: shifts,
    each: /* wgsl */ `columns[index] = scaled(source[index], exponents[index % params.cols]);`,
  },
);
