import type { Engine } from "../../../src/index.ts";
import { OWN } from "../comparison.ts";
import { type BenchmarkOptions, boundsOf, compare, origin, reluMatrix } from "../measure.ts";
import { fitExponent } from "../power-law.ts";
import { type Measurement, RELU_MATRIX } from "../report.ts";
import { time } from "../timing.ts";
import { accuracy } from "./accuracy.ts";
import { type SvdLibrary, svdComparison, type Task } from "./libraries.ts";
import { EXPONENT_FROM, type SvdMeasured, type SvdReport } from "./report.ts";

/** No further run begins once the timed ones took so long together, in ms. */
const BUDGET = 5000;

interface Sample {
  readonly n: number;
  readonly entries: Float32Array<ArrayBuffer>;
  /** Its singular values in float64. */
  readonly reference: ArrayLike<number>;
}

/** Times the SVD of ReLU matrices of n × n by this engine and by its peers. */
export async function benchmarkSvd(engine: Engine, options: BenchmarkOptions<SvdReport>): Promise<SvdReport> {
  const { software } = engine.info;
  const float64 = await import("./libraries/ml-matrix.ts");
  return compare(svdComparison, software, options, {
    async prepare(n, signal): Promise<Sample> {
      const entries = reluMatrix(n);
      const { singularValues } = await float64.values(entries, n, signal);
      return { n, entries, reference: singularValues };
    },
    measure: (library, task, sample, signal) => measure(engine, library, task, sample, signal),
    report: (measurements): SvdReport => ({
      benchmark: "svd",
      ...origin(engine.info),
      matrix: RELU_MATRIX,
      bounds: boundsOf(svdComparison.libraries, software),
      measurements,
      exponents: { values: exponent(measurements, "values"), full: exponent(measurements, "full") },
    }),
  });
}

async function measure(
  engine: Engine,
  library: SvdLibrary,
  task: Task,
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

function exponent(measurements: readonly Measurement<Task, SvdMeasured>[], task: Task): number | null {
  const points = measurements
    .filter((one) => one.library === OWN && one.task === task && one.n >= EXPONENT_FROM)
    .flatMap((one) => ("median" in one ? [[one.n, one.median] as const] : []));
  return fitExponent(points) ?? null;
}
