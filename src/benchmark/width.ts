/** A step of gradient descent with ReLU matrices, n × n up to n = 2²⁰, in each form of this engine's operator. */
import { fixed, formatNumber } from "../format.ts";
import { type Engine, linspace } from "../index.ts";
import { type Benchmark, type BenchmarkOptions, compare } from "./compare.ts";
import type { Comparison, Library } from "./library.ts";
import {
  find,
  gapNotes,
  libraryRows,
  type Measurement,
  RELU_MATRIX,
  type Report,
  reportOf,
  type TextReport,
  timeCells,
  timeColumns,
} from "./report.ts";
import { fitExponent, type StepTiming, timeSteps } from "./timing.ts";

type Form = "stored" | "generated" | "scan";

const SMALLEST = 8;
const LARGEST = 20;

/** Steps after which the weights are compared with the reference. */
const CHECKED_STEPS = 4;
/** An exponent is fitted to this many of a form's largest sizes. */
const FITTED_SIZES = 3;

/** The forms of one operator, each with the largest n at which its step is measured. */
export const widthComparison: Comparison<"step", Library<"step"> & { readonly name: Form }> = {
  sizes: Array.from({ length: LARGEST - SMALLEST + 1 }, (_, i) => 2 ** (SMALLEST + i)),
  shape: (n) => `${n} × ${n}`,
  tasks: { step: "a step" },
  libraries: [
    { name: "stored", processor: "GPU", bounds: (software) => ({ step: 2 ** (software ? 13 : 14) }) },
    { name: "generated", processor: "GPU", bounds: (software) => ({ step: 2 ** (software ? 13 : 15) }) },
    { name: "scan", processor: "GPU", bounds: () => ({ step: 2 ** LARGEST }) },
  ],
};

/** Its libraries are the forms. */
export interface WidthReport extends Report<"step", StepTiming> {
  readonly benchmark: "width";
}

/** Least squares with A[n,m] = max(0, x[n] − x[m]), x ascending. */
interface Problem {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly learningRate: number;
}

interface Sample {
  readonly problem: Problem;
  readonly reference: Float64Array;
}

export const widthBenchmark: Benchmark<WidthReport> = {
  description: "a step of gradient descent with ReLU matrices, n × n: stored, generated and as a scan",
  sizes: widthComparison.sizes,
  defaults: widthComparison.sizes.filter((_, i) => i % 2 === 0),
  measure: measureAll,
  text: toText,
};

async function measureAll(engine: Engine, options: BenchmarkOptions<WidthReport>): Promise<WidthReport> {
  return compare(widthComparison, engine.info.software, options, {
    async prepare(n): Promise<Sample> {
      const problem = createProblem(n);
      return { problem, reference: referenceWeights(problem, CHECKED_STEPS) };
    },
    measure: ({ name }, _, sample, signal) => measure(engine, name, sample, signal),
    report: (measurements): WidthReport => reportOf("width", widthComparison, engine.info, RELU_MATRIX, measurements),
  });
}

/** The learning rate is 1/‖A‖² in the Frobenius norm, which is below 1/σ₁²: ‖A‖² = n²(n + 1) / 3(n − 1). */
function createProblem(n: number): Problem {
  const x = linspace(-1, 1, n);
  return { x, y: x.map((at) => Math.cos((Math.PI / 2) * at)), learningRate: (3 * (n - 1)) / (n ** 2 * (n + 1)) };
}

/** Gradient descent in float64 by running sums, O(n) a step: w after `count` steps from w = 0. */
function referenceWeights({ x, y, learningRate }: Problem, count: number): Float64Array {
  const n = x.length;
  const weights = new Float64Array(n);
  const residual = new Float64Array(n);
  for (let step = 0; step < count; step++) {
    // (Aw)[i] = Σ w[j]·(x[i] − x[j]) over j < i.
    let [sum, moment] = [0, 0];
    for (let i = 0; i < n; i++) {
      const [at, weight] = [x[i] as number, weights[i] as number];
      residual[i] = at * sum - moment - (y[i] as number);
      sum += weight;
      moment += weight * at;
    }
    // (Aᵀr)[j] = Σ r[i]·(x[i] − x[j]) over i > j.
    [sum, moment] = [0, 0];
    for (let j = n - 1; j >= 0; j--) {
      const [at, own] = [x[j] as number, residual[j] as number];
      weights[j] = (weights[j] as number) - learningRate * (moment - at * sum);
      sum += own;
      moment += own * at;
    }
  }
  return weights;
}

async function measure(
  engine: Engine,
  form: Form,
  { problem, reference }: Sample,
  signal: AbortSignal,
): Promise<StepTiming> {
  const { x, y, learningRate } = problem;
  const operator = await engine.activationOperator({ activation: "relu", x, b: x, form, signal });
  const descend = async (iterations: number) => {
    const { weights } = await engine.descend(operator, y, { learningRate, iterations, signal });
    return weights;
  };
  try {
    const timing = await timeSteps(descend, { reference, checked: CHECKED_STEPS }, signal);
    // A call prepares, sends and reads back O(n) numbers on the host. At n = 2²⁰ that takes longer than a scan's step.
    const { minimum, median, overhead } = timing;
    return { ...timing, minimum: minimum - overhead, median: median - overhead };
  } finally {
    operator.destroy();
  }
}

/** A row for each size and form. */
function toText(report: WidthReport, last?: WidthReport): TextReport {
  const exponents = widthComparison.libraries.map(({ name }) => {
    const exponent = exponentOf(report.measurements.filter(({ library }) => library === name));
    return `${name} ${exponent === null ? "–" : fixed(exponent, 2)}`;
  });
  return {
    columns: ["n", "Form", ...timeColumns("Time of a step", last), "Entries a second", "Largest error"],
    rows: libraryRows(report, widthComparison, (n, form) => [
      ...timeCells(report, last, { n, library: form, task: "step", base: "scan" }),
      ...rateAndError(find(report, n, form, "step")),
    ]),
    notes: [
      "A step is w ← w − α Aᵀ(Aw − y) with one right-hand side and A of n × n. Its time is that of a call of a quarter of a second or more, minus that of a call of no step, over the number of steps. Times are medians, with the minimum in brackets.",
      "Ratio: a form's time over that of the scan.",
      `Exponents, by least squares on each form's medians at its ${FITTED_SIZES} largest sizes: ${exponents.join(", ")}.`,
      "Entries a second: the n² entries of A over the time of a step. A scan reads O(n) numbers instead of them.",
      `Largest error: max |w − reference| / max |reference| after ${CHECKED_STEPS} steps from w = 0. The reference is in float64.`,
      ...gapNotes(report, widthComparison),
    ],
  };
}

function rateAndError(one: Measurement<"step", StepTiming> | undefined): [rate: string, error: string] {
  if (!one || "failure" in one) return ["", "–"];
  const error = one.error === null ? "not finite" : formatNumber(one.error, 2);
  return [formatNumber((one.n ** 2 / one.median) * 1000, 2), error];
}

/** p of nᵖ; null where there are fewer than two sizes. */
function exponentOf(measurements: readonly Measurement<"step", StepTiming>[]): number | null {
  const points = measurements.flatMap((one) => ("median" in one ? [[one.n, one.median] as const] : []));
  return fitExponent(points.slice(-FITTED_SIZES));
}
