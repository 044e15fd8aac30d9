import { requireNormal, toFloat32 } from "../checks/float32.ts";
import { requireInteger, requirePositive } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import type { Memory } from "../gpu/memory.ts";
import { checkedGrid } from "../gpu/workgroups.ts";
import { gradientDescent } from "../theory/methods/gradient-descent.ts";
import type { Method } from "../theory/methods/method.ts";
import type { DescentOptions } from "./descent-options.ts";
import { NEVER } from "./divergence.ts";
import { type DescentState, requireState } from "./state.ts";

/** The runs of a call, laid out as the kernels read them. */
export interface DescentRuns {
  readonly runs: number;
  /** runs × rows. */
  readonly targets: Float32Array<ArrayBuffer>;
  /** runs × cols: w at the start. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** One for all runs, or one for each. */
  readonly methods: readonly Method[];
  /** Steps that are done at the start, and at the end. */
  readonly from: number;
  readonly iterations: number;
  /** The steps to record that are still to come. */
  readonly recordAt: readonly number[];
}

/**
 * Plans the runs from a matrix, targets, methods and initial weights, each of which may be one for all runs or one for each.
 * @throws ArgumentError where the counts do not fit or a number is out of range, NotFiniteError beyond float32, LimitError
 * where there are more runs than the device takes.
 */
export function planRuns(
  { rows, cols, batch }: { rows: number; cols: number; batch: number },
  y: ArrayLike<number>,
  options: DescentOptions,
  memory: Pick<Memory, "assertAllowed">,
): DescentRuns {
  const { iterations, initialWeights, resume, recordAt = [iterations] } = options;
  const from = resume?.iterations ?? 0;
  requireInteger("iterations", iterations, from);
  if (iterations >= NEVER) throw new ArgumentError(`iterations: ${iterations} given, fewer than ${NEVER} expected`);
  requireSteps(recordAt, iterations);
  if (resume && initialWeights) throw new ArgumentError("resume and initialWeights given, one of them expected");

  if (rows === 0 || cols === 0) throw new ArgumentError(`A of ${rows}×${cols} given, at least one entry expected`);
  const own = methodsOf(options);
  const counts = {
    "matrices of A": batch,
    "targets y": countRows("y", y.length, rows),
    "learning rates or methods": own.length,
    "initial weights": initialWeights ? countRows("initialWeights", initialWeights.length, cols) : 1,
    "runs to resume": resume ? countRows("resume.weights", resume.weights.length, cols) : 1,
  };
  const runs = Math.max(...Object.values(counts));
  requireOneOrEach(counts, runs);
  if (resume) requireState(resume, { methods: own.map(({ name }) => name), rows, cols, runs });
  checkedGrid(1, runs);
  for (const [what, length] of Object.entries({ targets: rows, weights: cols })) {
    memory.assertAllowed(what, 4 * runs * length);
  }
  return {
    runs,
    targets: repeat(toFloat32("y", y), runs * rows),
    weights: startWeights(initialWeights, resume, runs * cols),
    methods: own,
    from,
    iterations,
    recordAt: recordAt.filter((step) => step >= from),
  };
}

function methodsOf({ learningRate, method }: DescentOptions): readonly Method[] {
  if ((learningRate === undefined) === (method === undefined)) {
    const given = method === undefined ? "neither" : "both";
    throw new ArgumentError(`${given} of learningRate and method given, one of them expected`);
  }
  if (method !== undefined) return Array.isArray(method) ? (method as readonly Method[]) : [method as Method];
  const rates = typeof learningRate === "number" ? [learningRate] : Array.from(learningRate as ArrayLike<number>);
  for (const rate of rates) requirePositive("learningRate", rate);
  requireNormal("learningRate", toFloat32("learningRate", rates));
  return rates.map((rate) => gradientDescent.create({ learningRate: rate }));
}

function startWeights(
  initialWeights: ArrayLike<number> | undefined,
  resume: DescentState | undefined,
  length: number,
): Float32Array<ArrayBuffer> {
  if (resume) return Float32Array.from(resume.weights);
  return initialWeights ? repeat(toFloat32("initialWeights", initialWeights), length) : new Float32Array(length);
}

/** @throws ArgumentError unless each of the counts, by what is counted, is 1 or the number of runs. */
export function requireOneOrEach(counts: Readonly<Record<string, number>>, runs: number): void {
  for (const [what, count] of Object.entries(counts)) {
    if (count !== 1 && count !== runs) {
      throw new ArgumentError(`${count} ${what} given, 1 or as many as there are runs (${runs}) expected`);
    }
  }
}

/** How many rows of `length` numbers there are in `count` numbers. @throws ArgumentError where that is no whole number. */
export function countRows(name: string, count: number, length: number): number {
  if (count === 0 || count % length !== 0) {
    throw new ArgumentError(`${name}: ${count} numbers given, ${length} or a multiple for several runs expected`);
  }
  return count / length;
}

function requireSteps(recordAt: readonly number[], iterations: number): void {
  recordAt.forEach((step, i) => {
    if (step > iterations || (i > 0 && step <= (recordAt[i - 1] ?? 0))) {
      throw new ArgumentError(`recordAt[${i}]: ${step} given, steps ascending within 0 … ${iterations} expected`);
    }
  });
}

/** `values` over and over, up to `length` numbers. */
export function repeat(values: Float32Array<ArrayBuffer>, length: number): Float32Array<ArrayBuffer> {
  if (values.length === length) return values;
  const repeated = new Float32Array(length);
  for (let at = 0; at < length; at += values.length) repeated.set(values, at);
  return repeated;
}
