import { type Engine, linspace } from "../../src/index.ts";
import { accuracy } from "./accuracy.ts";
import { type Library, libraries, OWN, type Task, tasks } from "./libraries.ts";
import { fitExponent } from "./power-law.ts";
import { EXPONENT_FROM, type Measured, type Measurement, type SvdReport } from "./report.ts";
import { pageTurn, time } from "./timing.ts";

export interface BenchmarkOptions {
  readonly sizes: readonly number[];
  readonly signal: AbortSignal;
  /** Says what is measured next. */
  readonly onStart: (what: string) => void;
  /** Brings the report so far after each measurement. */
  readonly onReport?: (report: SvdReport) => void;
}

/**
 * Times the SVD of ReLU matrices of n × n by this engine and by its peers. A peer that fails is reported as failed; this
 * engine's own errors are thrown.
 */
export async function benchmarkSvd(engine: Engine, options: BenchmarkOptions): Promise<SvdReport> {
  const { signal, onStart, onReport } = options;
  const { adapterName, software } = engine.info;
  const float64 = await import("./libraries/ml-matrix.ts");
  const measurements: Measurement[] = [];
  const report = (): SvdReport => ({
    benchmark: "svd",
    adapter: adapterName,
    software,
    date: new Date().toISOString(),
    matrix: "relu(x − b), x and b on linspace(−1, 1, n), entries in float32",
    bounds: Object.fromEntries(libraries.map(({ name, bounds }) => [name, bounds(software)])),
    measurements: [...measurements],
    exponents: { values: exponent(measurements, "values"), full: exponent(measurements, "full") },
  });
  const begin = async (what: string) => {
    onStart(what);
    await pageTurn();
    signal.throwIfAborted();
  };

  for (const n of options.sizes) {
    await begin(`${n} × ${n}: reference in float64`);
    const entries = reluMatrix(n);
    const { singularValues } = await float64.values(entries, n, signal);
    const sample = { n, entries, reference: singularValues };
    for (const { library, task } of measuredAt(n, software)) {
      await begin(`${n} × ${n}: ${library.name}, ${tasks[task]}`);
      const outcome = await measure(engine, library, task, sample, signal).catch((error: unknown) => {
        if (signal.aborted || library.name === OWN) throw error;
        return { failure: error instanceof Error ? error.message : String(error) };
      });
      measurements.push({ library: library.name, task, n, ...outcome });
      onReport?.(report());
    }
  }
  return report();
}

/** What is measured at size n: every task of every library whose bound is not below it. */
function measuredAt(n: number, software: boolean): { readonly library: Library; readonly task: Task }[] {
  return libraries.flatMap((library) =>
    (Object.entries(library.bounds(software)) as [Task, number][])
      .filter(([, bound]) => n <= bound)
      .map(([task]) => ({ library, task })),
  );
}

interface Sample {
  readonly n: number;
  readonly entries: Float32Array<ArrayBuffer>;
  /** Its singular values in float64. */
  readonly reference: ArrayLike<number>;
}

async function measure(
  engine: Engine,
  library: Library,
  task: Task,
  { n, entries, reference }: Sample,
  signal: AbortSignal,
): Promise<Measured> {
  const { [task]: decompose } = await library.load(engine);
  if (!decompose) throw new Error(`${library.name} has no SVD ${tasks[task]}`);
  const { result, ...timing } = await time(() => decompose(entries, n, signal), signal);
  const { singularValues, sweeps } = result;
  return { ...timing, ...accuracy(singularValues, reference), ...(sweeps !== undefined && { sweeps }) };
}

/** Strictly lower triangular, of rank n − 1: a sample lies above the biases before it, and the first above none. */
function reluMatrix(n: number): Float32Array<ArrayBuffer> {
  const grid = Array.from(linspace(-1, 1, n));
  return Float32Array.from(grid.flatMap((x) => grid.map((b) => Math.max(0, x - b))));
}

function exponent(measurements: readonly Measurement[], task: Task): number | null {
  const points = measurements
    .filter((one) => one.library === OWN && one.task === task && one.n >= EXPONENT_FROM)
    .flatMap((one) => ("median" in one ? [[one.n, one.median] as const] : []));
  return fitExponent(points) ?? null;
}
