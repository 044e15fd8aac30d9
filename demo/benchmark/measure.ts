import { type Engine, offsetBiases, offsetSamples } from "../../src/index.ts";

export const operations = {
  build: "activation matrix",
  step: "gradient descent step",
  values: "SVD, values only",
  full: "SVD, with U and V",
} as const;

export type Operation = keyof typeof operations;

export interface Timing {
  readonly operation: Operation;
  readonly width: number;
  /** Milliseconds. */
  readonly minimum: number;
  readonly median: number;
  readonly runs: number;
}

export interface BenchmarkOptions {
  readonly largest: number;
  readonly runs: number;
  /** A run longer than this, in ms, is the last of its series. */
  readonly budget: number;
  readonly signal: AbortSignal;
  readonly onStart: (operation: Operation, width: number) => void;
  readonly onTiming: (timing: Timing) => void;
}

const SMALLEST = 32;
/** One step is too short to time: so many in a call, which also spreads the cost of the call. */
const STEPS = 200;

/** Times every operation on square ReLU matrices of widths 32, 64, … up to `largest`. */
export async function benchmark(engine: Engine, options: BenchmarkOptions): Promise<void> {
  const { largest, runs, budget, signal, onStart, onTiming } = options;
  const running = new Set(Object.keys(operations) as Operation[]);
  for (let width = SMALLEST; width <= largest && running.size > 0; width *= 2) {
    const work = await prepare(engine, width, signal);
    try {
      for (const operation of running) {
        onStart(operation, width);
        const times = await time(work.calls[operation], runs, budget, signal);
        if (Math.max(...times) > budget) running.delete(operation);
        const scale = operation === "step" ? 1 / STEPS : 1;
        const sorted = times.map((ms) => ms * scale).sort((a, b) => a - b);
        onTiming({
          operation,
          width,
          minimum: sorted[0] ?? Number.NaN,
          median: middle(sorted),
          runs: sorted.length,
        });
      }
    } finally {
      work.destroy();
    }
  }
}

/** A warm-up, then `runs` timed calls. A warm-up over the budget is the only call, and counts. */
async function time(call: () => Promise<void>, runs: number, budget: number, signal: AbortSignal): Promise<number[]> {
  const once = async () => {
    signal.throwIfAborted();
    const start = performance.now();
    await call();
    return performance.now() - start;
  };
  const warmUp = await once();
  if (warmUp > budget) return [warmUp];
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await once());
  return times;
}

async function prepare(engine: Engine, width: number, signal: AbortSignal) {
  const shape = { activation: "relu", x: offsetSamples(width), b: offsetBiases(width) } as const;
  const matrix = await engine.activationMatrix(shape);
  const y = shape.x.map((x) => Math.sin(6 * x));
  // ‖A‖² is below the sum of its squared entries, which are at most 1: a rate that is stable at every width.
  const learningRate = 1 / (width * width);
  const calls: Record<Operation, () => Promise<void>> = {
    build: async () => (await engine.activationMatrix(shape)).destroy(),
    step: async () => {
      await engine.descend(matrix, y, { learningRate, iterations: STEPS, signal });
    },
    values: async () => {
      await engine.singularValues(matrix, { signal });
    },
    full: async () => (await engine.svd(matrix, { signal })).destroy(),
  };
  return { calls, destroy: () => matrix.destroy() };
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}
