import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel, gridKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";

/**
 * From the gradient at the point p:
 *   d ← momentum·d − rate·P·gradient,  w ← w + d,  p ← w + extrapolation·d
 * with P = 1, or with `preconditioned` P = identity·1 + V diag(factors) Vᵀ, whose second part times the gradient comes
 * as a vector of its own.
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
        methods: ["u32", "rows of a step's coefficients: one for all runs, or one for each"],
        table: ["u32", "steps of the table of coefficients, which repeats"],
        identity: ["f32", ""],
      },
      reads: {
        gradients: ["array<f32>", "shares × runs × cols"],
        coefficients: ["array<vec4f>", "table × methods: momentum, rate, extrapolation"],
        step: ["array<u32>", "1: steps done before this one"],
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

/** A dispatch of its own, because all threads of `momentum-step` and the watch over residuals read the count. */
export const countStep = gridKernel(
  { name: "count-step", does: "Counts a step", unit: "One workgroup = one thread" },
  { writes: { step: ["array<u32>", "1: steps done"] } },
  {
    workgroups: () => [1, 1, 1],
    work: () => 1,
    main: /* wgsl */ `
@compute @workgroup_size(1)
fn main() {
  step[0] += 1;
}
`,
  },
);

/** diag(factors)·Vᵀgradient, between the two products of a preconditioned step. */
export const scaleCoefficients = elementKernel(
  {
    name: "scale-coefficients",
    does: "Multiplies coefficients in the basis of singular vectors by their factors",
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
