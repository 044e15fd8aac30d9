import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { sumOfShares } from "./shared/sums.ts";

/**
 * From the gradient at the point p:
 *   d ← momentum·d − rate·P·gradient,  w ← w + d,  p ← w + extrapolation·d
 * with P = 1, or with `preconditioned` P = identity·1 + V diag(factors) Vᵀ, whose second part times the gradient comes
 * as a vector of its own. The kernel also counts the step. There are two counts: all threads read one of them, and one
 * thread writes the other.
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
        own: ["u32", "which of the counts is the number of steps done before this one"],
      },
      reads: {
        gradients: ["array<f32>", "shares × runs × cols"],
        coefficients: ["array<vec4f>", "table × methods: momentum, rate, extrapolation"],
        ...(preconditioned
          ? ({ correction: ["array<f32>", "runs × cols: V diag(factors) Vᵀ·gradient"] } as const)
          : {}),
      },
      writes: {
        weights: ["array<f32>", "runs × cols"],
        velocity: ["array<f32>", "runs × cols"],
        point: ["array<f32>", "runs × cols"],
        counts: ["array<u32>", "2: steps done, after an even and after an odd number of them"],
      },
    },
    {
      elements: ({ cols, runs }) => runs * cols,
      work: ({ shares }) => shares,
      helpers: sumOfShares("gradients"),
      each: wgsl`
  var gradient = sum_of_shares(index, params.runs * params.cols, params.shares);
#if ${preconditioned}
  gradient = params.identity * gradient + correction[index];
#endif
  let method = select(index / params.cols, 0u, params.methods == 1);
  let step = counts[params.own];
  let own = coefficients[(step % params.table) * params.methods + method];
  let moved = own.x * velocity[index] - own.y * gradient;
  let weight = weights[index] + moved;
  velocity[index] = moved;
  weights[index] = weight;
  point[index] = weight + own.z * moved;
  if (index == 0) { counts[1 - params.own] = step + 1; }
`,
    },
  ),
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
