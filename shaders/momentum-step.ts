import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";

/**
 * From the gradient at the point p:
 *   d ← momentum·d − rate·P·gradient,  w ← w + d,  p ← w + extrapolation·d
 * with P = 1, or `preconditioned` identity·1 + V diag(factors) Vᵀ, whose second part comes as a vector of its own.
 */
export const momentumStep = oncePerVariant(({ preconditioned }: { preconditioned: boolean }) =>
  elementKernel(
    {
      name: "momentum-step",
      does: "Takes a step of a linear method with momentum, of a batch of runs",
      element: "weight of a run",
    },
    {
      params: {
        cols: ["u32", "weights of a run"],
        runs: ["u32", ""],
        shares: ["u32", "of the gradient"],
        methods: ["u32", "rows of a step's coefficients: one for all runs, or one a run"],
        table: ["u32", "steps of the table of coefficients, which repeats"],
        identity: ["f32", ""],
      },
      reads: {
        gradients: ["array<f32>", "shares × runs × cols"],
        coefficients: ["array<vec4f>", "table × methods: momentum, rate, extrapolation"],
        step: ["array<u32>", "steps done before this one"],
        ...(preconditioned
          ? ({ correction: ["array<f32>", "runs × cols: V diag(factors) Vᵀ·gradient"] } as const)
          : {}),
      },
      writes: {
        weights: ["array<f32>", "runs × cols"],
        velocity: ["array<f32>", "runs × cols"],
        point: ["array<f32>", "runs × cols"],
      },
    },
    {
      elements: ({ cols, runs }) => runs * cols,
      work: ({ shares }) => shares,
      each: wgsl`
  var gradient = 0.0;
  for (var share = 0u; share < params.shares; share++) {
    gradient += gradients[share * params.runs * params.cols + index];
  }
#if ${preconditioned}
  gradient = params.identity * gradient + correction[index];
#endif
  let method = select(index / params.cols, 0u, params.methods == 1);
  let own = coefficients[(step[0] % params.table) * params.methods + method];
  let moved = own.x * velocity[index] - own.y * gradient;
  let weight = weights[index] + moved;
  velocity[index] = moved;
  weights[index] = weight;
  point[index] = weight + own.z * moved;
`,
    },
  ),
);
