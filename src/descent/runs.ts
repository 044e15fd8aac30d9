import { ArgumentError } from "../errors.ts";
import { requireInteger, requirePositive } from "../theory/checks.ts";
import { requireNormal, toFloat32 } from "../theory/float32.ts";
import type { DescentOptions } from "./descent.ts";
import { NEVER } from "./divergence.ts";

/** A call's runs, laid out as the kernels read them. */
export interface DescentRuns {
  readonly runs: number;
  readonly targets: Float32Array<ArrayBuffer>; // runs × rows
  readonly weights: Float32Array<ArrayBuffer>; // runs × cols
  readonly rates: Float32Array<ArrayBuffer>; // runs
  readonly iterations: number;
  readonly recordAt: readonly number[];
}

/**
 * Brings targets, rates and initial weights to one count of runs: what is given once serves all runs.
 * @throws ArgumentError where the counts do not fit or a number is out of range, NotFiniteError beyond float32.
 */
export function planRuns(
  { rows, cols, batch }: { rows: number; cols: number; batch: number },
  y: ArrayLike<number>,
  { learningRate, iterations, initialWeights, recordAt = [iterations] }: DescentOptions,
): DescentRuns {
  requireInteger("iterations", iterations, 0);
  if (iterations >= NEVER) throw new ArgumentError(`iterations: ${iterations} given, fewer than ${NEVER} expected`);
  const rates = typeof learningRate === "number" ? [learningRate] : Array.from(learningRate);
  for (const rate of rates) requirePositive("learningRate", rate);
  const learningRates = toFloat32("learningRate", rates);
  requireNormal("learningRate", learningRates);
  requireSteps(recordAt, iterations);

  const counts = {
    "matrices of A": batch,
    "targets y": countRows("y", y.length, rows),
    "learning rates": rates.length,
    "initial weights": initialWeights ? countRows("initialWeights", initialWeights.length, cols) : 1,
  };
  const runs = Math.max(...Object.values(counts));
  for (const [what, count] of Object.entries(counts)) {
    if (count === 0 || (count !== 1 && count !== runs)) {
      throw new ArgumentError(`${count} ${what} given, 1 or as many as there are runs (${runs}) expected`);
    }
  }
  return {
    runs,
    targets: repeat(toFloat32("y", y), runs * rows),
    weights: initialWeights
      ? repeat(toFloat32("initialWeights", initialWeights), runs * cols)
      : new Float32Array(runs * cols),
    rates: repeat(learningRates, runs),
    iterations,
    recordAt: Array.from(recordAt),
  };
}

/** How many rows of `length` numbers `count` numbers make. @throws ArgumentError where they make no whole number. */
function countRows(name: string, count: number, length: number): number {
  if (count === 0 || count % length !== 0) {
    throw new ArgumentError(`${name}: ${count} numbers given, ${length} or a multiple for several runs expected`);
  }
  return count / length;
}

function requireSteps(recordAt: readonly number[], iterations: number): void {
  recordAt.forEach((step, i) => {
    requireInteger(`recordAt[${i}]`, step, 0);
    if (step > iterations || (i > 0 && step <= (recordAt[i - 1] ?? 0))) {
      throw new ArgumentError(`recordAt[${i}]: ${step} given, steps ascending within 0 … ${iterations} expected`);
    }
  });
}

function repeat(values: Float32Array<ArrayBuffer>, length: number): Float32Array<ArrayBuffer> {
  if (values.length === length) return values;
  const repeated = new Float32Array(length);
  for (let at = 0; at < length; at += values.length) repeated.set(values, at);
  return repeated;
}
