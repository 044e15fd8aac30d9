import { type Engine, linspace } from "../../../src/index.ts";
import { type BenchmarkOptions, compare, origin } from "../measure.ts";
import { fitExponent } from "../power-law.ts";
import { RELU_MATRIX } from "../report.ts";
import { type StepTiming, timeSteps } from "../step-timing.ts";
import { type Form, widthComparison } from "./forms.ts";
import { type Problem, referenceWeights } from "./reference.ts";
import { CHECKED_STEPS, FITTED_SIZES, type WidthMeasurement, type WidthReport } from "./report.ts";

interface Sample {
  readonly problem: Problem;
  readonly reference: Float64Array;
}

/** Times a step of gradient descent with the ReLU matrix of n × n in each form of the engine's operator. */
export async function benchmarkWidth(engine: Engine, options: BenchmarkOptions<WidthReport>): Promise<WidthReport> {
  return compare(widthComparison, engine.info.software, options, {
    async prepare(n): Promise<Sample> {
      const problem = createProblem(n);
      return { problem, reference: referenceWeights(problem, CHECKED_STEPS) };
    },
    measure: ({ name }, _, sample, signal) => measure(engine, name, sample, signal),
    report(measured): WidthReport {
      const measurements = measured.map(({ library, task: _, ...rest }) => ({ form: library as Form, ...rest }));
      return {
        benchmark: "width",
        ...origin(engine.info),
        matrix: RELU_MATRIX,
        measurements,
        exponents: {
          stored: exponent(measurements, "stored"),
          generated: exponent(measurements, "generated"),
          scan: exponent(measurements, "scan"),
        },
      };
    },
  });
}

/** The learning rate is 1/‖A‖² in the Frobenius norm, which is below 1/σ₁²: ‖A‖² = n²(n + 1) / 3(n − 1). */
function createProblem(n: number): Problem {
  const x = linspace(-1, 1, n);
  return { x, y: x.map((at) => Math.cos((Math.PI / 2) * at)), learningRate: (3 * (n - 1)) / (n ** 2 * (n + 1)) };
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
    // A call prepares, sends and reads back O(n) numbers on the host, at a million more than a scan takes for its step.
    const { minimum, median, overhead } = timing;
    return { ...timing, minimum: minimum - overhead, median: median - overhead };
  } finally {
    operator.destroy();
  }
}

function exponent(measurements: readonly WidthMeasurement[], form: Form): number | null {
  const points = measurements
    .flatMap((one) => (one.form === form && "median" in one ? [[one.n, one.median] as const] : []))
    .slice(-FITTED_SIZES);
  return fitExponent(points) ?? null;
}
