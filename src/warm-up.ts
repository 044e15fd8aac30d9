/** Compiles kernels before they are needed: each operation runs once on an example. */
import type { TwoFloatForm } from "./adapter/two-float-check.ts";
import { descend } from "./descent/descent.ts";
import type { Gpu } from "./gpu/gpu.ts";
import type { Matrix } from "./gpu/matrix.ts";
import { allDone } from "./gpu/waits.ts";
import { computeActivationMatrix } from "./operator/activation-matrix.ts";
import { planActivations } from "./operator/activation-plan.ts";
import { uploadMatrix } from "./operator/upload-matrix.ts";
import { project } from "./svd/project.ts";
import { shrink } from "./svd/shrink.ts";
import { computeSingularValues, computeSvd } from "./svd/svd.ts";
import { computeLargestSingularValue, computeTruncatedSvd } from "./svd/truncated.ts";
import { activationNames } from "./theory/activations.ts";

/**
 * Rows and columns of the example: above 64, so that the SVD is the one of large matrices; more than 2¹⁴ entries, so
 * that descent is; and whole vec4s.
 */
const SIZE = 132;

/** A call of the engine whose kernels can be compiled before it. */
export type WarmUpCall =
  | "activationMatrix"
  | "svd"
  | "singularValues"
  | "truncatedSvd"
  | "largestSingularValue"
  | "descend"
  | "shrink"
  | "project";

/** Runs an operation on the example. */
type Example = (gpu: Gpu, A: Matrix, form: TwoFloatForm) => Promise<unknown>;

const zeros = new Float64Array(SIZE);

/** In single precision. An activation matrix is made of each named activation. */
const examples: Readonly<Record<WarmUpCall, Example>> = {
  async activationMatrix(gpu, _, twoFloat) {
    const plan = planActivations({ activation: activationNames, scale: 1, x: [0], b: [0] });
    (await computeActivationMatrix(gpu, { twoFloat, extended: false }, plan, {})).destroy();
  },
  async svd(gpu, A) {
    (await computeSvd(gpu, undefined, A, {})).destroy();
  },
  singularValues: (gpu, A) => computeSingularValues(gpu, undefined, A, {}),
  async truncatedSvd(gpu, A) {
    (await computeTruncatedSvd(gpu, A, { components: 1 })).destroy();
  },
  largestSingularValue: (gpu, A) => computeLargestSingularValue(gpu, A, {}),
  descend: (gpu, A) => descend(gpu, A, zeros, { learningRate: 1, iterations: 1 }),
  shrink: (gpu, A, form) => shrink(gpu, form, { U: A, V: A, singularValues: zeros }, zeros, () => 1, {}),
  project: (gpu, A, form) => project(gpu, form, { U: A, singularValues: zeros }, zeros, {}),
};

export const warmUpCalls = Object.keys(examples) as readonly WarmUpCall[];

/** Compiles the kernels of all these calls, side by side. */
export async function warmUp(gpu: Gpu, form: TwoFloatForm, calls: readonly WarmUpCall[]): Promise<void> {
  const diagonal = Float32Array.from({ length: SIZE ** 2 }, (_, i) => (i % (SIZE + 1) === 0 ? 1 / (1 + i) : 0));
  using A = await uploadMatrix(gpu, { data: diagonal, rows: SIZE, cols: SIZE });
  await allDone(calls.map((call) => examples[call](gpu, A, form)));
}
