import { elementKernel } from "../src/gpu/kernel.ts";

export const keepWeights = elementKernel(
  { name: "keep-weights", does: "Keeps the weights of the runs whose loss says so", element: "weight of a run" },
  {
    params: { cols: ["u32", "weights of a run"], runs: ["u32", ""] },
    reads: { weights: ["array<f32>", "runs × cols"], keep: ["array<u32>", "runs: 1 where they are to be kept"] },
    writes: { kept: ["array<f32>", "runs × cols"] },
  },
  {
    elements: ({ cols, runs }) => runs * cols,
    each: /* wgsl */ `if (keep[index / params.cols] == 1) { kept[index] = weights[index]; }`,
  },
);
