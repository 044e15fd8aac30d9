/** The SVD of ReLU matrices, n × n, compared with other libraries: times, ratios to this engine's, accuracy. */
import { fixed, formatNumber } from "../format.ts";
import type { Engine } from "../index.ts";
import { type Benchmark, type BenchmarkOptions, compare, reluMatrix } from "./compare.ts";
import { OWN } from "./library.ts";
import {
  find,
  gapNotes,
  libraryRows,
  type Measurement,
  RATIO_NOTE,
  type Report,
  reportOf,
  type TextReport,
  timeAndRatio,
} from "./report.ts";
import { mlMatrix, REFERENCE, type SvdLibrary, type SvdTask, svdComparison } from "./svd-libraries.ts";
import { fitExponent, type Timing, time } from "./timing.ts";

/** No further run begins once the timed ones took this many ms together. */
const BUDGET = 5000;
/** Below this n the fixed cost of a call bends the power law. */
const EXPONENT_FROM = 128;

interface Accuracy {
  /** Leading singular values within 1 % of the reference, up to the first that is not. */
  readonly leading: number;
  /** Largest |Δσ| in units of σ₁·2⁻²³, the spacing of float32 at σ₁; null where a value is not finite. */
  readonly error: number | null;
}

interface SvdMeasured extends Timing, Accuracy {
  readonly sweeps?: number;
}

export interface SvdReport extends Report<SvdTask, SvdMeasured> {
  readonly benchmark: "svd";
  /** p of nᵖ, fitted to this engine's median times from n = 128 on; null where there are fewer than two sizes. */
  readonly exponents: Readonly<Record<SvdTask, number | null>>;
}

interface Sample {
  readonly n: number;
  readonly entries: Float32Array<ArrayBuffer>;
  /** Its singular values in float64. */
  readonly reference: ArrayLike<number>;
}

export const svdBenchmark: Benchmark<SvdReport> = {
  description: "SVD of ReLU matrices, n × n: times, ratios to this engine's, accuracy",
  sizes: svdComparison.sizes,
  defaults: [32, 64, 128, 256],
  measure: measureAll,
  text: toText,
};

async function measureAll(engine: Engine, options: BenchmarkOptions<SvdReport>): Promise<SvdReport> {
  const { software } = engine.info;
  const float64 = await mlMatrix();
  return compare(svdComparison, software, options, {
    async prepare(n, signal): Promise<Sample> {
      const entries = reluMatrix(n);
      const { singularValues } = await float64.values(entries, n, signal);
      return { n, entries, reference: singularValues };
    },
    measure: (library, task, sample, signal) => measure(engine, library, task, sample, signal),
    report: (measurements): SvdReport => ({
      ...reportOf("svd", svdComparison, engine.info, measurements),
      exponents: { values: exponent(measurements, "values"), full: exponent(measurements, "full") },
    }),
  });
}

async function measure(
  engine: Engine,
  library: SvdLibrary,
  task: SvdTask,
  { n, entries, reference }: Sample,
  signal: AbortSignal,
): Promise<SvdMeasured> {
  const { [task]: decompose } = await library.load(engine);
  if (!decompose) throw new Error(`${library.name} has no SVD ${svdComparison.tasks[task]}`);
  const call = () => decompose(entries, n, signal);
  await call(); // warms up
  const { result, ...timing } = await time(call, signal, BUDGET);
  const { singularValues, sweeps } = result;
  return { ...timing, ...accuracy(singularValues, reference), ...(sweeps !== undefined && { sweeps }) };
}

/** Both descending, of equal length. */
function accuracy(values: ArrayLike<number>, reference: ArrayLike<number>): Accuracy {
  const errors = Array.from(reference, (exact, k) => Math.abs((values[k] ?? Number.NaN) - exact));
  const miss = errors.findIndex((error, k) => !(error <= 0.01 * (reference[k] ?? 0)));
  const largest = Math.max(...errors);
  return {
    leading: miss < 0 ? errors.length : miss,
    error: Number.isFinite(largest) ? largest / ((reference[0] ?? 0) * 2 ** -23) : null,
  };
}

function exponent(measurements: readonly Measurement<SvdTask, SvdMeasured>[], task: SvdTask): number | null {
  const points = measurements
    .filter((one) => one.library === OWN && one.task === task && one.n >= EXPONENT_FROM)
    .flatMap((one) => ("median" in one ? [[one.n, one.median] as const] : []));
  return fitExponent(points);
}

/** A row for each size and library. */
function toText(report: SvdReport): TextReport {
  return {
    columns: [
      "n",
      "Library",
      "Values only",
      "Ratio",
      "With U and V",
      "Ratio",
      "σ within 1 %",
      "Largest error",
      "Sweeps",
    ],
    rows: libraryRows(report, svdComparison, (n, library) => [
      ...timeAndRatio(report, n, library, "values"),
      ...timeAndRatio(report, n, library, "full"),
      ...accuracyAndSweeps(report, n, library),
    ]),
    notes: [
      RATIO_NOTE,
      `σ within 1 %: the number of leading singular values before the first that differs by more than 1 % from that of ${REFERENCE} in float64, where values alone are computed. Largest error: max |Δσ| in units of σ₁·2⁻²³.`,
      exponentNote(report),
      ...gapNotes(report, svdComparison),
    ],
  };
}

/** Of the task with values only. */
function accuracyAndSweeps(report: SvdReport, n: number, library: string): [string, string, string] {
  const one = find(report, n, library, "values");
  if (!one || "failure" in one) return ["–", "–", ""];
  const { leading, error, sweeps } = one;
  const words = error === null ? "not finite" : formatNumber(error, 2);
  return [String(leading), library === REFERENCE ? "reference" : words, sweeps === undefined ? "" : String(sweeps)];
}

function exponentNote({ exponents: { values, full } }: SvdReport): string {
  if (values === null || full === null) return `Exponents of ${OWN} need two sizes from n = ${EXPONENT_FROM} on.`;
  const { tasks } = svdComparison;
  const fitted = `${fixed(values, 2)} ${tasks.values}, ${fixed(full, 2)} ${tasks.full}`;
  return `Exponents of ${OWN}, by least squares on the medians from n = ${EXPONENT_FROM} on: ${fitted}.`;
}
