/** A step of gradient descent with ReLU matrices, n × n, compared with other libraries: times, ratios, errors. */
import { formatNumber } from "../format.ts";
import { type Engine, linspace } from "../index.ts";
import { type Benchmark, type BenchmarkOptions, compare, reluMatrix } from "./compare.ts";
import {
  type DescentLibrary,
  type DescentProblem,
  type DescentTask,
  descentComparison,
  OPERATOR,
  rightHandSides,
} from "./descent-libraries.ts";
import { keysOf } from "./library.ts";
import {
  find,
  gapNotes,
  libraryRows,
  RATIO_NOTE,
  RELU_MATRIX,
  type Report,
  reportOf,
  type TextReport,
  timeCells,
  timeColumns,
} from "./report.ts";
import { type StepTiming, timeSteps } from "./timing.ts";

/** Steps after which the weights are compared with the reference. */
const CHECKED_STEPS = 10;

export interface DescentReport extends Report<DescentTask, StepTiming> {
  readonly benchmark: "descent";
}

interface Sample {
  /** The problem with all right-hand sides. The first of them is that of the task with one. */
  readonly problem: DescentProblem;
  readonly reference: Float64Array;
}

export const descentBenchmark: Benchmark<DescentReport> = {
  description: "a step of gradient descent with ReLU matrices, n × n: times, ratios to this engine's, errors",
  sizes: descentComparison.sizes,
  defaults: [128, 256, 512],
  measure: measureAll,
  text: toText,
};

async function measureAll(engine: Engine, options: BenchmarkOptions<DescentReport>): Promise<DescentReport> {
  const { software } = engine.info;
  return compare(descentComparison, software, options, {
    async prepare(n): Promise<Sample> {
      const problem = createProblem(n);
      return { problem, reference: referenceWeights(problem, CHECKED_STEPS) };
    },
    measure: (library, task, sample, signal) => measure(engine, library, task, sample, signal),
    report: (measurements): DescentReport =>
      reportOf("descent", descentComparison, engine.info, RELU_MATRIX, measurements),
  });
}

/** Right-hand sides cos(πkx/2), k = 1 … 64. The learning rate 1/‖A‖², in the Frobenius norm, is below 1/σ₁². */
function createProblem(n: number): DescentProblem {
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

/** Gradient descent in float64 loops: w of every run after `count` steps from w = 0, runs × n. */
function referenceWeights({ n, runs, entries, targets, learningRate }: DescentProblem, count: number): Float64Array {
  const a = Float64Array.from(entries);
  const weights = new Float64Array(runs * n);
  for (let run = 0; run < runs; run++) {
    const w = weights.subarray(run * n, (run + 1) * n);
    const y = targets.subarray(run * n, (run + 1) * n);
    for (let step = 0; step < count; step++) {
      const gradient = new Float64Array(n);
      for (let row = 0; row < n; row++) {
        const entriesOfRow = a.subarray(row * n, (row + 1) * n);
        let residual = -(y[row] as number);
        for (let col = 0; col < n; col++) residual += (entriesOfRow[col] as number) * (w[col] as number);
        for (let col = 0; col < n; col++)
          gradient[col] = (gradient[col] as number) + (entriesOfRow[col] as number) * residual;
      }
      for (let col = 0; col < n; col++) w[col] = (w[col] as number) - learningRate * (gradient[col] as number);
    }
  }
  return weights;
}

async function measure(
  engine: Engine,
  library: DescentLibrary,
  task: DescentTask,
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

/** A row for each size and library. */
function toText(report: DescentReport, last?: DescentReport): TextReport {
  const { tasks } = descentComparison;
  return {
    columns: [
      "n",
      "Library",
      ...timeColumns(tasks.one, last),
      "GB/s",
      ...timeColumns(tasks.many, last),
      "GFLOP/s",
      "Largest error",
    ],
    rows: libraryRows(report, descentComparison, (n, library) => [
      ...timeCells(report, last, { n, library, task: "one" }),
      rate(report, n, library, "one", 4 * n ** 2),
      ...timeCells(report, last, { n, library, task: "many" }),
      rate(report, n, library, "many", 4 * n ** 2 * rightHandSides.many),
      errorCell(report, n, library),
    ]),
    notes: [
      "Times are those of one step w ← w − α Aᵀ(Aw − y): the time of a call of about a quarter of a second, over the number of its steps. It includes the read-back of w and, for this engine, the upload of y.",
      RATIO_NOTE,
      `${OPERATOR}: A is given by its activation and positions, in the form that this engine measures as fastest. Its GB/s and GFLOP/s are those that a stored matrix would need for the same time.`,
      `GB/s: the bytes of A in float32, 4n², over the time of a step with ${tasks.one}. A step multiplies by A twice. GFLOP/s: 4n² operations for each right-hand side, over the time of a step with ${tasks.many}.`,
      `Largest error: max |w − reference| / max |reference| after ${CHECKED_STEPS} steps from w = 0, the larger of the two tasks. The reference is in float64.`,
      ...gapNotes(report, descentComparison),
    ],
  };
}

/** Units of 10⁹ a second, at `amount` units a step. */
function rate(report: DescentReport, n: number, library: string, task: DescentTask, amount: number): string {
  const one = find(report, n, library, task);
  return one && "median" in one ? formatNumber(amount / one.median / 1e6, 2) : "";
}

function errorCell(report: DescentReport, n: number, library: string): string {
  const errors = keysOf(descentComparison.tasks).flatMap((task) => {
    const one = find(report, n, library, task);
    return one && "error" in one ? [one.error ?? Number.POSITIVE_INFINITY] : [];
  });
  if (errors.length === 0) return "–";
  const largest = Math.max(...errors);
  return Number.isFinite(largest) ? formatNumber(largest, 2) : "not finite";
}
