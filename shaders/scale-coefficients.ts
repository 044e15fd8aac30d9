import { elementKernel } from "../src/gpu/kernel.ts";

export const scaleCoefficients = elementKernel(
  {
    name: "scale-coefficients",
    does: "Multiplies coefficients in the basis of singular vectors by their filter factors",
    element: "coefficient",
  },
  {
    params: { count: ["u32", "runs · components"] },
    reads: { coefficients: ["array<f32>", "runs × components"], factors: ["array<f32>", "runs × components"] },
    writes: { scaled: ["array<f32>", "runs × components"] },
  },
  {
    elements: ({ count }) => count,
    each: /* wgsl */ `scaled[index] = factors[index] * coefficients[index];`,
  },
);
