import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import { requireInteger, requireNotNegative, requirePositive } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix, Precision } from "../gpu/matrix.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { aboveNoise, type Projection, project, requireTargets } from "../svd/project.ts";
import { shrink } from "../svd/shrink.ts";
import type { Svd } from "../svd/singular-vectors.ts";
import { computeSvd } from "../svd/svd.ts";
import type { Mask } from "../theory/masks.ts";
import type { Method } from "../theory/methods/method.ts";
import { discrepancyRidge, gcvRidge, looRidge, ridgeMask } from "../theory/ridge.ts";
import { powerOfTwoNear } from "../theory/scale.ts";
import { equilibrate } from "./column-scaling.ts";
import { refine } from "./refine.ts";

/** How λ of a ridge is chosen from the data. */
export type RidgeRule = "gcv" | "loo" | "discrepancy";

/** What `leastSquares` takes besides A and y. At most one of `ridge`, `mask` and `method` is given. */
export interface LeastSquaresOptions extends RunOptions {
  /** Default: the precision of A. "extended" computes all of it in two-floats, and corrects the solution in float64. */
  readonly precision?: Precision;
  /** σ below rcond·σ₁ count as 0. Default: those below the noise floor of the SVD. */
  readonly rcond?: number;
  /**
   * λ of min ‖y − A·w‖² + λ‖w‖², or the rule that chooses one for each run: generalised cross-validation, leaving one
   * sample out, or the discrepancy principle. Default 0.
   */
  readonly ridge?: number | RidgeRule;
  /** The standard deviation of the noise of a sample, which the rule "discrepancy" needs. */
  readonly noise?: number;
  /** Another shrinkage of the singular values. */
  readonly mask?: Mask;
  /** One of `methods`, stopped after `iterations`. */
  readonly method?: Method;
  readonly iterations?: number;
  /**
   * "columns" scales the columns of A by powers of two until their largest entries are alike, and undoes that in the
   * answer; a ridge then counts for the scaled columns. "none" does not. Default: "columns" for least squares without
   * any shrinkage where A has full column rank, whose answer no scaling changes, else "none".
   */
  readonly scaling?: "columns" | "none";
}

/** Solutions of min ‖y − A·w‖, of minimum norm, or shrunk. */
export interface LeastSquares {
  /** w, runs × M. */
  readonly coefficients: Float64Array;
  /** A·w, runs × N. */
  readonly fitted: Float64Array;
  /** ‖y − A·w‖, runs. */
  readonly residualNorms: Float64Array;
  /** How many σ are above the cutoff. */
  readonly rank: number;
  /** Σm(σ), runs: the rank, without shrinkage. */
  readonly degreesOfFreedom: Float64Array;
  /** λ, runs; empty where a mask or a method was given. 0 is least squares, Infinity is w = 0. */
  readonly lambda: Float64Array;
  /** min(N, M), of A or of the scaled columns. */
  readonly singularValues: Float64Array;
  /** σ below it count as 0. */
  readonly cutoff: number;
  /** Whether the columns of A were scaled. */
  readonly scaling: "columns" | "none";
  /** That of the SVD, and of the products with U and V. */
  readonly precision: Precision;
  /** How many times the solution was corrected in float64. */
  readonly corrections: number;
  /** Whether the SVD has converged. */
  readonly converged: boolean;
  /** What was chosen, and why, in a sentence or two. */
  readonly explanation: string;
}

/**
 * Least squares by the SVD, for y of N numbers or runs × N.
 * @throws ArgumentError where lengths or options do not fit; NotFiniteError where A or y is not finite.
 */
export async function leastSquares(
  gpu: Gpu,
  forms: { readonly vectors: TwoFloatForm; readonly extended: TwoFloatForm | undefined },
  a: Matrix,
  y: ArrayLike<number>,
  options: LeastSquaresOptions,
): Promise<LeastSquares> {
  if (a.batch !== 1) throw new ArgumentError(`a: a batch of ${a.batch} matrices given, one matrix expected`);
  requireOptions(options);
  const { targets, runs } = requireTargets(a, y);
  const { precision = a.precision, scaling = isPlain(options) && a.rows >= a.cols ? "where full" : "none" } = options;
  const { signal, onProgress } = options;
  const solve = async (matrix: Matrix, factors?: Float64Array): Promise<LeastSquares | undefined> => {
    using svd = await computeSvd(gpu, forms.extended, matrix, { signal, onProgress });
    const [largest = 0] = svd.singularValues;
    const cutoff = options.rcond === undefined ? (svd.noiseFloor[0] as number) : options.rcond * largest;
    const kept = aboveNoise(svd, cutoff).filter((s) => s > 0);
    const rank = kept.length;
    if (factors && scaling === "where full" && rank < a.cols) return undefined;
    const shrinkage = await chooseShrinkage(gpu, forms.vectors, svd, cutoff, targets, options);
    const fit = await shrink(gpu, forms.vectors, svd, targets, shrinkage.masks, { cutoff, signal });
    const first = { weights: fit.weights, residuals: targets.map((value, i) => value - (fit.prediction[i] as number)) };
    const isRefined = precision === "extended" && isPlain(options) && rank === a.cols;
    const { weights, residuals, corrections } = isRefined
      ? await refineScaled(gpu, forms.vectors, svd, matrix, targets, first, { signal })
      : { ...first, corrections: 0 };
    return {
      coefficients: factors ? weights.map((w, i) => w * (factors[i % a.cols] as number)) : weights,
      fitted: targets.map((value, i) => value - (residuals[i] as number)),
      residualNorms: Float64Array.from({ length: runs }, (_, i) =>
        norm(residuals.subarray(i * a.rows, (i + 1) * a.rows)),
      ),
      rank,
      degreesOfFreedom: Float64Array.from(shrinkage.masks, (mask) => kept.reduce((sum, s) => sum + mask(s), 0)),
      lambda: shrinkage.lambda,
      singularValues: svd.singularValues,
      cutoff,
      scaling: factors ? "columns" : "none",
      precision,
      corrections,
      converged: svd.converged,
      explanation: [
        shrinkage.explanation,
        rankExplanation(rank, a, cutoff, options.rcond),
        ...(factors ? ["The columns are scaled by powers of two."] : []),
        ...(corrections > 0
          ? [`The solution is corrected in float64, ${corrections === 1 ? "once" : `${corrections} times`}.`]
          : []),
      ].join(" "),
    };
  };
  return gpu.withArena(async (arena) => {
    if (scaling !== "none") {
      const { matrix, factors } = await equilibrate(gpu, arena, a, { signal });
      const answer = await solve(matrix, factors);
      if (answer) return answer;
    }
    return (await solve(a)) as LeastSquares;
  });
}

/** Whether nothing shrinks the singular values: the answer is that of least squares. */
function isPlain({ ridge = 0, mask, method }: LeastSquaresOptions): boolean {
  return ridge === 0 && !mask && !method;
}

/** @throws ArgumentError where options exclude each other, or lack another, or a number is out of range. */
function requireOptions({ rcond, ridge, noise, mask, method, iterations }: LeastSquaresOptions): void {
  const given = Object.entries({ ridge, mask, method }).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    throw new ArgumentError(`${given.map(([name]) => name).join(" and ")} given, one of them at most expected`);
  }
  if (rcond !== undefined) requireNotNegative("rcond", rcond);
  if (typeof ridge === "number") requireNotNegative("ridge", ridge);
  if (ridge === "discrepancy") requirePositive("noise", noise);
  else if (noise !== undefined) throw new ArgumentError('noise given without ridge: "discrepancy", which it is for');
  if (method) requireInteger("iterations", iterations, 0);
  else if (iterations !== undefined) throw new ArgumentError("iterations given without method, which they are for");
}

/** One mask for each run, and the λ of those that are ridges. */
interface ChosenShrinkage {
  readonly masks: readonly Mask[];
  readonly lambda: Float64Array;
  readonly explanation: string;
}

const RULES: Readonly<Record<RidgeRule, string>> = {
  gcv: "λ is chosen by generalised cross-validation",
  loo: "λ is chosen by leaving one sample out",
  discrepancy: "λ is the largest whose residual is below the noise",
};

async function chooseShrinkage(
  gpu: Gpu,
  form: TwoFloatForm,
  svd: Svd,
  cutoff: number,
  targets: Float64Array,
  { ridge = 0, noise = 0, mask, method, iterations = 0, signal }: LeastSquaresOptions,
): Promise<ChosenShrinkage> {
  const samples = svd.U.rows;
  const runs = targets.length / samples;
  const same = (one: Mask) => new Array<Mask>(runs).fill(one);
  const none = new Float64Array();
  if (mask)
    return { masks: same(mask), lambda: none, explanation: "The singular values are shrunk by the mask given." };
  if (typeof ridge === "number" && !method) {
    const explanation = ridge === 0 ? "Least squares." : `Ridge with λ = ${ridge}.`;
    return { masks: same(ridgeMask(ridge)), lambda: new Float64Array(runs).fill(ridge), explanation };
  }
  const problems = await project(gpu, form, svd, targets, { cutoff, signal });
  if (method) {
    const own = problems.map((problem) => method.mask(iterations, problem));
    return { masks: own, lambda: none, explanation: `${iterations} iterations of ${method.name}.` };
  }
  const rule = ridge as RidgeRule;
  const left = rule === "loo" ? await svd.U.readExtended() : new Float64Array();
  const choose = (problem: Projection, run: number): number => {
    if (rule === "gcv") return gcvRidge(problem);
    if (rule === "discrepancy") return discrepancyRidge({ ...problem, noise });
    return looRidge(problem, left, targets.subarray(run * samples, (run + 1) * samples));
  };
  const lambda = Float64Array.from(problems, choose);
  return { masks: Array.from(lambda, ridgeMask), lambda, explanation: `Ridge; ${RULES[rule]}.` };
}

function rankExplanation(rank: number, { rows, cols }: Matrix, cutoff: number, rcond: number | undefined): string {
  const full = Math.min(rows, cols);
  if (rank === full) return `The rank is ${rank}, full.`;
  const reason = rcond === undefined ? "the noise floor of the SVD" : `rcond·σ₁, rcond = ${rcond}`;
  return `The rank is ${rank} of ${full}: singular values below ${cutoff.toPrecision(3)}, ${reason}, count as 0.`;
}

/** Refines solutions for targets of any size: each run is divided by a power of two. */
async function refineScaled(
  gpu: Gpu,
  form: TwoFloatForm,
  svd: Svd,
  matrix: Matrix,
  targets: Float64Array,
  { weights, residuals }: { readonly weights: Float64Array; readonly residuals: Float64Array },
  run: RunOptions,
) {
  const [rows, cols] = [svd.U.rows, svd.V.rows];
  const units = Float64Array.from({ length: targets.length / rows }, (_, i) =>
    powerOfTwoNear(targets.subarray(i * rows, (i + 1) * rows)),
  );
  const times = (values: Float64Array, length: number, power: 1 | -1) =>
    values.map((value, i) => value * (units[Math.floor(i / length)] as number) ** power);
  const A = await matrix.readExtended();
  const first = { weights: times(weights, cols, -1), residuals: times(residuals, rows, -1) };
  const refined = await refine(gpu, form, svd, A, times(targets, rows, -1), first, run);
  return {
    weights: times(refined.weights, cols, 1),
    residuals: times(refined.residuals, rows, 1),
    corrections: refined.corrections,
  };
}

function norm(values: Float64Array): number {
  const unit = powerOfTwoNear(values);
  return unit * Math.sqrt(values.reduce((sum, value) => sum + (value / unit) ** 2, 0));
}
