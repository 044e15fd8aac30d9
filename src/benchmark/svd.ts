/** The SVD of each family of matrices, compared with other libraries: times, ratios to this engine's, accuracy. */
import { fixed, formatNumber } from "../format.ts";
import type { Engine } from "../index.ts";
import { type Benchmark, compare } from "./compare.ts";
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
  timeCells,
  timeColumns,
} from "./report.ts";
import { batches, type SvdFamily, square, tall } from "./svd-families.ts";
import type { Matrices, SvdLibrary, SvdTask } from "./svd-libraries.ts";
import { fitExponent, type Timing, time } from "./timing.ts";

/** No further run begins once the timed ones took this many ms together. */
const BUDGET = 2000;
/** Below this n the fixed cost of a call bends the power law. */
const EXPONENT_FROM = 128;

interface Accuracy {
  /** Leading singular values within 1 % of the reference, up to the first that is not; the fewest of a batch. */
  readonly leading: number;
  /** Largest |Δσ| in units of σ₁·2⁻²³, the spacing of float32 at σ₁; null where a value is not finite. */
  readonly error: number | null;
}

interface SvdMeasured extends Timing, Accuracy {
  readonly sweeps?: number;
}

export interface SvdReport<Name extends string = string> extends Report<SvdTask, SvdMeasured> {
  readonly benchmark: Name;
}

interface Sample {
  readonly matrices: Matrices;
  /** Their singular values in float64. */
  readonly reference: ArrayLike<number>;
}

export const svdBenchmark = createBenchmark(square);
export const batchesBenchmark = createBenchmark(batches);
export const tallBenchmark = createBenchmark(tall);

function createBenchmark<Name extends string>(family: SvdFamily<Name>): Benchmark<SvdReport<Name>> {
  const { name, description, defaults, comparison, matrix, createMatrices, referenceOf } = family;
  return {
    description,
    sizes: comparison.sizes,
    defaults,
    measure(engine, options) {
      const { software } = engine.info;
      return compare(comparison, software, options, {
        async prepare(n, signal): Promise<Sample> {
          const matrices = createMatrices(n, software);
          return { matrices, reference: await referenceOf(matrices, signal) };
        },
        measure: (library, task, sample, signal) => measure(engine, library, task, sample, signal),
        report: (measurements): SvdReport<Name> =>
          reportOf(name, comparison, engine.info, matrix(software), measurements),
      });
    },
    text: (report, last) => toText(family, report, last),
  };
}

async function measure(
  engine: Engine,
  library: SvdLibrary,
  task: SvdTask,
  { matrices, reference }: Sample,
  signal: AbortSignal,
): Promise<SvdMeasured> {
  const { [task]: decompose } = await library.load(engine);
  if (!decompose) throw new Error(`${library.name} has no SVD for the task "${task}"`);
  const call = () => decompose(matrices, signal);
  await call(); // warms up
  const { result, ...timing } = await time(call, signal, BUDGET);
  const { singularValues, sweeps } = result;
  const accuracy = accuracyOf(singularValues, reference, Math.min(matrices.rows, matrices.cols));
  return { ...timing, ...accuracy, ...(sweeps !== undefined && { sweeps }) };
}

/** The worst of a batch of spectra, of n values each, descending. */
function accuracyOf(values: ArrayLike<number>, reference: ArrayLike<number>, n: number): Accuracy {
  let [leading, largest] = [n, 0];
  for (let start = 0; start < reference.length; start += n) {
    const errors = Array.from({ length: n }, (_, k) =>
      Math.abs((values[start + k] ?? Number.NaN) - (reference[start + k] as number)),
    );
    const miss = errors.findIndex((error, k) => !(error <= 0.01 * (reference[start + k] as number)));
    if (miss >= 0) leading = Math.min(leading, miss);
    largest = Math.max(largest, Math.max(...errors) / ((reference[start] as number) * 2 ** -23));
  }
  return { leading, error: Number.isFinite(largest) ? largest : null };
}

/** A row for each size and library. */
function toText(family: SvdFamily, report: SvdReport, last: SvdReport | undefined): TextReport {
  const { comparison, reference } = family;
  return {
    columns: [
      "n",
      "Library",
      ...timeColumns("Values only", last),
      ...timeColumns("With U and V", last),
      "σ within 1 %",
      "Largest error",
      "Sweeps",
    ],
    rows: libraryRows(report, comparison, (n, library) => [
      ...timeCells(report, last, { n, library, task: "values" }),
      ...timeCells(report, last, { n, library, task: "full" }),
      ...accuracyAndSweeps(report, { n, library, reference }),
    ]),
    notes: [
      `Matrices: ${report.matrix}.`,
      RATIO_NOTE,
      `σ within 1 %: the number of leading singular values before the first that differs by more than 1 % from the reference, ${reference} in float64, where values alone are computed. Largest error: max |Δσ| in units of σ₁·2⁻²³. Of a batch, both are those of its worst matrix.`,
      ...(family === square ? [exponentNote(report)] : []),
      ...gapNotes(report, comparison),
    ],
  };
}

/** Of the task with values only. */
function accuracyAndSweeps(
  report: SvdReport,
  { n, library, reference }: { readonly n: number; readonly library: string; readonly reference: string },
): [string, string, string] {
  const one = find(report, n, library, "values");
  if (!one || "failure" in one) return ["–", "–", ""];
  const { leading, error, sweeps } = one;
  const words = error === null ? "not finite" : formatNumber(error, 2);
  return [String(leading), library === reference ? "reference" : words, sweeps === undefined ? "" : String(sweeps)];
}

function exponentNote({ measurements }: SvdReport): string {
  const exponents = Object.entries(square.comparison.tasks).map(([task, title]) => {
    const exponent = exponentOf(measurements.filter((one) => one.library === OWN && one.task === task));
    return `${exponent === null ? "–" : fixed(exponent, 2)} ${title}`;
  });
  return `Exponents of ${OWN}, by least squares on the medians from n = ${EXPONENT_FROM} on: ${exponents.join(", ")}.`;
}

/** p of nᵖ; null where there are fewer than two sizes. */
function exponentOf(measurements: readonly Measurement<SvdTask, SvdMeasured>[]): number | null {
  const large = measurements.filter(({ n }) => n >= EXPONENT_FROM);
  return fitExponent(large.flatMap((one) => ("median" in one ? [[one.n, one.median] as const] : [])));
}
