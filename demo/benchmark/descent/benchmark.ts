import { type Engine, linspace } from "../../../src/index.ts";
import { type BenchmarkOptions, boundsOf, compare, origin, reluMatrix } from "../measure.ts";
import { RELU_MATRIX } from "../report.ts";
import { type StepTiming, timeSteps } from "../step-timing.ts";
import { type DescentLibrary, descentComparison, type Problem, rightHandSides, type Task } from "./libraries.ts";
import { referenceWeights } from "./reference.ts";
import { CHECKED_STEPS, type DescentReport } from "./report.ts";

interface Sample {
  /** The problem with all right-hand sides; the first of them is that with one. */
  readonly problem: Problem;
  readonly reference: Float64Array;
}

/** Times a step of gradient descent with ReLU matrices of n × n by this engine and by its peers. */
export async function benchmarkDescent(
  engine: Engine,
  options: BenchmarkOptions<DescentReport>,
): Promise<DescentReport> {
  const { software } = engine.info;
  return compare(descentComparison, software, options, {
    async prepare(n): Promise<Sample> {
      const problem = createProblem(n);
      return { problem, reference: referenceWeights(problem, CHECKED_STEPS) };
    },
    measure: (library, task, sample, signal) => measure(engine, library, task, sample, signal),
    report: (measurements): DescentReport => ({
      benchmark: "descent",
      ...origin(engine.info),
      matrix: RELU_MATRIX,
      bounds: boundsOf(descentComparison.libraries, software),
      measurements,
    }),
  });
}

/** Right-hand sides cos(πkx/2), k = 1 … 64; the learning rate 1/‖A‖² in the Frobenius norm is below 1/σ₁². */
function createProblem(n: number): Problem {
  const x = linspace(-1, 1, n);
  const runs = rightHandSides.many;
  const entries = reluMatrix(n);
  return {
    n,
    runs,
    entries,
    targets: Float32Array.from({ length: runs * n }, (_, i) =>
      Math.cos((Math.PI / 2) * (Math.floor(i / n) + 1) * (x[i % n] ?? 0)),
    ),
    learningRate: 1 / entries.reduce((sum, entry) => sum + entry ** 2, 0),
  };
}

async function measure(
  engine: Engine,
  library: DescentLibrary,
  task: Task,
  { problem, reference }: Sample,
  signal: AbortSignal,
): Promise<StepTiming> {
  const prepare = await library.load(engine);
  const runs = rightHandSides[task];
  const numbers = runs * problem.n;
  const { descend, free } = await prepare({ ...problem, runs, targets: problem.targets.slice(0, numbers) });
  try {
    return await timeSteps(descend, { reference: reference.subarray(0, numbers), checked: CHECKED_STEPS }, signal);
  } finally {
    free();
  }
}
