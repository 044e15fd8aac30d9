import { expect } from "vitest";
import {
  activationNames,
  type Engine,
  type LinearOperator,
  type Mask,
  type Matrix,
  masks,
  methods,
  SpectralError,
  type Svd,
} from "../../src/index.ts";
import { activationMatrixTwin } from "../../src/theory/activations.ts";
import { test } from "../support/engine.ts";
import { hostileValues, spoil } from "../support/hostile.ts";
import { randomMatrix } from "../support/matrices.ts";
import { createRandom } from "../support/random.ts";
import { referenceSingularValues } from "../support/svd-oracle.ts";

type Random = ReturnType<typeof createRandom>;

/** A matrix on the GPU and on the host, and its SVD. */
interface Known {
  readonly matrix: Matrix;
  readonly entries: Float32Array;
  readonly svd: Svd;
}

/** One call of the engine. */
interface Call {
  /** Right arguments. */
  readonly given: (random: Random, known: readonly Known[]) => readonly unknown[];
  readonly call: (engine: Engine, ...given: never) => Promise<unknown>;
  /** Checks the result of right arguments. */
  readonly expectRight: (result: never, known: readonly Known[], ...given: never) => Promise<void> | void;
}

function define<const Given extends readonly unknown[], Result>(
  given: (random: Random, known: readonly Known[]) => Given,
  call: (engine: Engine, ...given: Given) => Promise<Result>,
  expectRight: (result: Result, known: readonly Known[], ...given: Given) => Promise<void> | void,
): Call {
  return { given, call, expectRight } as unknown as Call;
}

const pick = <T>({ uniform }: Random, values: readonly T[]): T => values[Math.floor(uniform() * values.length)] as T;
const numbers = ({ normal }: Random, count: number): number[] => Array.from({ length: count }, normal);
const one = (random: Random, known: readonly Known[]): Known => pick(random, known);
const of = (known: readonly Known[], matrix: unknown): Known => known.find((each) => each.matrix === matrix) as Known;

/** max|given − expected| against a share of max|expected|. */
function expectNear(given: ArrayLike<number>, expected: ArrayLike<number>, share: number): void {
  expect(given).toHaveLength(expected.length);
  const bound = share * Math.max(2 ** -126, ...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs((given[i] as number) - (expected[i] as number)), `number ${i}`).toBeLessThanOrEqual(bound);
  }
}

function meanSquare(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length;
}

/** A·w in float64. */
function product({ matrix: { rows, cols }, entries }: Known, w: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: rows }, (_, n) => {
    let sum = 0;
    for (let m = 0; m < cols; m++) sum += (entries[n * cols + m] as number) * (w[m] as number);
    return sum;
  });
}

/** w after steps of gradient descent in float64, from 0. */
function descended(known: Known, y: ArrayLike<number>, learningRate: number, iterations: number): Float64Array {
  const { matrix, entries } = known;
  let w = new Float64Array(matrix.cols);
  for (let step = 0; step < iterations; step++) {
    const residual = product(known, w).map((value, n) => value - (y[n] as number));
    w = w.map((value, m) => {
      let gradient = 0;
      for (let n = 0; n < matrix.rows; n++)
        gradient += (entries[n * matrix.cols + m] as number) * (residual[n] as number);
      return value - learningRate * gradient;
    });
  }
  return w;
}

/** Except the impulse, which is 0 at random positions. */
const named = activationNames.filter((name) => name !== "impulse");
const positionsOf = (random: Random) => ({
  x: numbers(random, 1 + Math.floor(4 * random.uniform())),
  b: numbers(random, 1 + Math.floor(4 * random.uniform())),
  scale: random.normal(),
});

const calls: Readonly<Record<string, Call>> = {
  matrix: define(
    (random) => {
      const [rows, cols, batch] = [1, 2, 3].map(() => 1 + Math.floor(3 * random.uniform())) as [number, number, number];
      const precision = pick(random, ["single", "extended"] as const);
      return [{ data: numbers(random, rows * cols * batch), rows, cols, batch, precision }] as const;
    },
    (engine, options) => engine.matrix(options),
    async (matrix, _, { data }) => {
      expectNear(await matrix.readExtended(), data, matrix.precision === "single" ? 2 ** -24 : 2 ** -46);
    },
  ),
  activationMatrix: define(
    (random) => [{ activation: pick(random, named), ...positionsOf(random) }] as const,
    (engine, options) => engine.activationMatrix(options),
    async (matrix, _, options) => {
      expectNear(await matrix.read(), activationMatrixTwin(options), 2e-7);
    },
  ),
  activationOperator: define(
    (random) =>
      [
        {
          activation: pick(random, ["heaviside", "relu", "relu2"] as const),
          ...positionsOf(random),
          form: pick(random, ["stored", "generated", "scan"] as const),
        },
      ] as const,
    (engine, options) => engine.activationOperator(options),
    (operator, _, { x, b }) => expect([operator.rows, operator.cols]).toEqual([x.length, b.length]),
  ),
  singularValues: define(
    (random, known) => [one(random, known).matrix, { maxSweeps: 30, precision: "single" }] as const,
    (engine, matrix, options) => engine.singularValues(matrix, options),
    ({ singularValues }, known, matrix) => {
      const expected = referenceSingularValues(of(known, matrix).entries, matrix.rows, matrix.cols);
      expectNear(singularValues, expected.subarray(0, singularValues.length), 1e-6);
    },
  ),
  svd: define(
    (random, known) => [one(random, known).matrix, { maxSweeps: 30 }] as const,
    (engine, matrix, options) => engine.svd(matrix, options),
    async ({ U, V, singularValues }, known, matrix) => {
      const [left, right, { entries }] = [await U.read(), await V.read(), of(known, matrix)];
      const count = U.cols;
      const rebuilt = Array.from(entries, (_, i) => {
        const [row, col] = [Math.floor(i / matrix.cols), i % matrix.cols];
        return singularValues.reduce(
          (sum, s, k) => sum + s * (left[row * count + k] as number) * (right[col * count + k] as number),
          0,
        );
      });
      expectNear(rebuilt, entries, 1e-5);
    },
  ),
  truncatedSvd: define(
    (random, known) => [one(random, known).matrix as LinearOperator, { components: 1, maxRestarts: 30 }] as const,
    (engine, matrix, options) => engine.truncatedSvd(matrix, options),
    ({ singularValues }, known, matrix) => {
      expectNear(singularValues, of(known, matrix).svd.singularValues.subarray(0, 1), 2e-6);
    },
  ),
  descend: define(
    (random, known) => {
      const { matrix, svd } = one(random, known);
      const learningRate = 1 / ((svd.singularValues[0] as number) || 1) ** 2;
      return [
        matrix as LinearOperator,
        numbers(random, matrix.rows),
        { learningRate, iterations: 5, recordAt: [0, 2, 5] },
      ] as const;
    },
    (engine, matrix, y, options) => engine.descend(matrix, y, options),
    ({ weights, prediction, losses }, known, matrix, y, { learningRate, iterations }) => {
      const expected = descended(of(known, matrix), y, learningRate, iterations);
      expectNear(weights, expected, 1e-4);
      const residual = product(of(known, matrix), expected).map((value, n) => value - (y[n] as number));
      expectNear(
        prediction,
        residual.map((value, n) => value + (y[n] as number)),
        1e-4,
      );
      const start = losses[0] as number; // what the last loss is small beside
      expectNear([losses[2] as number, start], [meanSquare(residual), meanSquare(y)], 1e-5);
    },
  ),
  descendByMethod: define(
    (random, known) => {
      const { matrix, svd } = one(random, known);
      const top = (svd.singularValues[0] as number) || 1;
      const method = pick(random, [
        methods.heavyBall({ learningRate: 1 / top ** 2, momentum: 0.5 }),
        methods.acceleratedNesterov({ learningRate: 1 / top ** 2 }),
        methods.cgls(),
        methods.sgd({ learningRate: 0.1 / top ** 2, samples: matrix.rows, seed: 3 }),
        methods.preconditioned({ learningRate: 1, lambda: top ** 2 }),
      ]);
      const { V, singularValues } = svd;
      return [
        matrix as LinearOperator,
        numbers(random, matrix.rows),
        { method, iterations: 4, basis: { V, singularValues } },
      ] as const;
    },
    (engine, matrix, y, options) => engine.descend(matrix, y, options),
    ({ weights, losses }, known, matrix, y) => {
      expect(weights.every(Number.isFinite)).toBe(true);
      const residual = product(of(known, matrix), weights).map((value, n) => value - (y[n] as number));
      expectNear([losses[0] as number, meanSquare(y)], [meanSquare(residual), meanSquare(y)], 1e-5);
      expect(losses[0]).toBeLessThan(4 * meanSquare(y));
    },
  ),
  shrink: define(
    (random, known) => {
      const { matrix, svd } = one(random, known);
      const { U, V, singularValues } = svd;
      const lambda = ((singularValues[0] as number) || 1) ** 2;
      const runs = pick(random, [1, 2, 9]);
      const mask = masks.ridge({ lambda });
      const given = pick(random, [mask, Array.from({ length: runs }, () => mask)]);
      return [{ U, V, singularValues }, numbers(random, runs * matrix.rows), given as Mask | readonly Mask[]] as const;
    },
    (engine, svd, y, mask) => engine.shrink(svd, y, mask),
    ({ prediction, weights }, known, { U, V }) => {
      const own = known.find(({ svd }) => svd.U === U) as Known;
      const scale = Math.max(1e-30, ...prediction.map(Math.abs));
      prediction.forEach((value, at) => {
        const run = Math.floor(at / U.rows);
        const fit = product(own, weights.slice(run * V.rows, (run + 1) * V.rows))[at % U.rows] as number;
        expect(Math.abs(fit - value)).toBeLessThan(1e-5 * Math.max(1, scale));
      });
    },
  ),
  project: define(
    (random, known) => {
      const { matrix, svd } = one(random, known);
      const targets = numbers(random, pick(random, [1, 2, 9]) * matrix.rows);
      return [{ U: svd.U, singularValues: svd.singularValues }, targets] as const;
    },
    (engine, svd, y) => engine.project(svd, y),
    (problems, _, __, y) => {
      for (const [run, { coefficients, outside, samples }] of problems.entries()) {
        const inside = meanSquare(coefficients) * coefficients.length;
        const own = Array.from(y).slice(run * samples, (run + 1) * samples);
        expectNear([inside + outside], [meanSquare(own) * samples], 1e-5);
      }
    },
  ),
};

/** Frees what owns buffers in a result. */
function free(result: unknown): void {
  if (typeof result === "object" && result !== null && "destroy" in result) (result as Matrix).destroy();
}

/** Calls of a test: where each wait takes 100 ms, as in Firefox, all in one would take longer than a test may. */
const BLOCK = 250;

test.for(Array.from({ length: 8 }, (_, block) => block * BLOCK))(
  `${BLOCK} calls with right and wrong arguments, from seed %i on: a right result or a SpectralError, and memory as before`,
  async (first, { engine }) => {
    const known: Known[] = [];
    for (const [rows, cols] of [
      [1, 1],
      [1, 5],
      [6, 4],
      [4, 6],
      [5, 5],
    ] as const) {
      const entries = randomMatrix(rows, cols);
      if (rows === 5) entries.copyWithin(5, 0, 5); // two rows alike
      const matrix = await engine.matrix({ data: entries, rows, cols });
      known.push({ matrix, entries, svd: await engine.svd(matrix) });
    }
    const before = engine.memory;
    const names = Object.keys(calls);
    const outcomes = { right: 0, refused: 0, taken: 0 };
    for (let seed = first; seed < first + BLOCK; seed++) {
      const random = createRandom(seed);
      const name = names[seed % names.length] as string;
      const { given, call, expectRight } = calls[name] as Call;
      const right = given(random, known);
      const spoilt = random.uniform() < 0.8 ? spoil(right, random, hostileValues) : undefined;
      const told = `${name}, seed ${seed}, ${spoilt?.told ?? "right arguments"}`;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${told}: no answer within 20 s`)), 20_000);
      });
      const result: unknown = await Promise.race([call(engine, ...((spoilt?.given ?? right) as never)), late]).catch(
        (error) => error,
      );
      clearTimeout(timer);
      try {
        if (result instanceof Error) {
          expect(result, told).toBeInstanceOf(SpectralError);
          expect(result.message.length, told).toBeLessThan(1000);
          if (!spoilt) throw result;
          outcomes.refused++;
        } else if (spoilt) outcomes.taken++;
        else {
          await expectRight(result as never, known, ...(right as never));
          outcomes.right++;
        }
      } catch (error) {
        throw new Error(told, { cause: error });
      }
      free(result);
      expect(engine.memory, told).toEqual(before);
    }
    // Most of the replaced arguments are wrong; the others are right too, such as an option that was left out.
    expect(outcomes.right).toBeGreaterThan(0.15 * BLOCK);
    expect(outcomes.refused).toBeGreaterThan(0.5 * BLOCK);
  },
);
