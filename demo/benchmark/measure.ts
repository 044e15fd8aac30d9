import { type EngineInfo, linspace } from "../../src/index.ts";
import { type Comparison, keysOf, type Library, OWN } from "./comparison.ts";
import type { Measurement, Origin } from "./report.ts";
import { pageTurn } from "./timing.ts";

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
 * Measures every library at every size, at each task whose bound is not below the size. A peer that fails is reported as
 * failed; this engine's own errors are thrown.
 */
export async function compare<Task extends string, L extends Library<Task>, Sample, Measured, R>(
  { libraries, tasks }: Comparison<Task, L>,
  software: boolean,
  { sizes, signal, onStart, onReport }: BenchmarkOptions<R>,
  { prepare, measure, report }: Work<Task, L, Sample, Measured, R>,
): Promise<R> {
  const measurements: Measurement<Task, Measured>[] = [];
  for (const n of sizes) {
    await announce(`${n} × ${n}: reference in float64`, onStart, signal);
    const sample = await prepare(n, signal);
    for (const library of libraries) {
      const bounds = library.bounds(software);
      for (const task of keysOf(bounds).filter((one) => n <= (bounds[one] ?? 0))) {
        await announce(`${n} × ${n}: ${library.name}, ${tasks[task]}`, onStart, signal);
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

/** Says what comes next, and lets the page show it. @throws the signal's reason where the run is cancelled. */
async function announce(what: string, onStart: (what: string) => void, signal: AbortSignal): Promise<void> {
  onStart(what);
  await pageTurn();
  signal.throwIfAborted();
}

/** What a report says of where and when it was made. */
export function origin({ adapterName, software }: EngineInfo): Origin {
  return { adapter: adapterName, software, date: new Date().toISOString() };
}

/** By library, the bounds on this adapter. */
export function boundsOf<Task extends string>(libraries: readonly Library<Task>[], software: boolean) {
  return Object.fromEntries(libraries.map(({ name, bounds }) => [name, bounds(software)]));
}

/** Strictly lower triangular, of rank n − 1: a sample lies above the biases before it, and the first above none. */
export function reluMatrix(n: number): Float32Array<ArrayBuffer> {
  const grid = Array.from(linspace(-1, 1, n));
  return Float32Array.from(grid.flatMap((x) => grid.map((b) => Math.max(0, x - b))));
}
