/** A benchmark, and the loop over sizes, libraries and tasks that measures it. */
import { type Engine, linspace } from "../index.ts";
import { type Comparison, keysOf, type Library, OWN } from "./library.ts";
import type { Measurement, Report, TextReport } from "./report.ts";
import { pageTurn, type Timing } from "./timing.ts";

/** What the page and the command know of a benchmark. */
export interface Benchmark<R extends Report<string, Timing>> {
  /** In one line. */
  readonly description: string;
  readonly sizes: readonly number[];
  /** The sizes that the command measures by default. */
  readonly defaults: readonly number[];
  readonly measure: (engine: Engine, options: BenchmarkOptions<R>) => Promise<R>;
  /** With the ratio of each time to that of `last`, where there is an earlier report. */
  readonly text: (report: R, last?: R) => TextReport;
}

export interface BenchmarkOptions<R> {
  readonly sizes: readonly number[];
  readonly signal: AbortSignal;
  /** Says what is measured next. */
  readonly onStart: (what: string) => void;
  /** Brings the report so far after each measurement. */
  readonly onReport?: (report: R) => void;
}

interface Work<Task extends string, L, Sample, Measured, R> {
  /** The matrix of size n and the reference, once for all libraries. */
  readonly prepare: (n: number, signal: AbortSignal) => Promise<Sample>;
  readonly measure: (library: L, task: Task, sample: Sample, signal: AbortSignal) => Promise<Measured>;
  readonly report: (measurements: readonly Measurement<Task, Measured>[]) => R;
}

/**
 * Measures every library at every size, at each task whose bound allows the size. The failure of a peer is reported; this
 * engine's own errors are thrown.
 */
export async function compare<Task extends string, L extends Library<Task>, Sample, Measured, R>(
  { libraries, tasks, shape }: Comparison<Task, L>,
  software: boolean,
  { sizes, signal, onStart, onReport }: BenchmarkOptions<R>,
  { prepare, measure, report }: Work<Task, L, Sample, Measured, R>,
): Promise<R> {
  const measurements: Measurement<Task, Measured>[] = [];
  const announce = async (what: string) => {
    onStart(what);
    await pageTurn();
    signal.throwIfAborted();
  };
  for (const n of sizes) {
    const title = shape(n, software);
    await announce(`${title}: reference in float64`);
    const sample = await prepare(n, signal);
    for (const library of libraries) {
      const bounds = library.bounds(software);
      for (const task of keysOf(bounds).filter((one) => n <= (bounds[one] ?? 0))) {
        await announce(`${title}: ${library.name}, ${tasks[task]}`);
        const outcome = await measure(library, task, sample, signal).catch((error: unknown) => {
          if (signal.aborted || library.name === OWN) throw error;
          return { failure: error instanceof Error ? error.message : String(error) };
        });
        measurements.push({ library: library.name, task, n, ...outcome });
        onReport?.(report([...measurements]));
      }
    }
  }
  return report(measurements);
}

/**
 * relu(x − b) with x and b on linspace(−1, 1), rows × cols. A square one is strictly lower triangular, of rank n − 1: a
 * sample is above the biases before it, and the first is above none.
 */
export function reluMatrix(rows: number, cols = rows): Float32Array<ArrayBuffer> {
  const [x, b] = [linspace(-1, 1, rows), linspace(-1, 1, cols)];
  const entries = new Float32Array(rows * cols);
  for (const [row, sample] of x.entries()) {
    for (const [col, bias] of b.entries()) entries[row * cols + col] = Math.max(0, sample - bias);
  }
  return entries;
}
