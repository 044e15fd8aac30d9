import { describe, expect } from "vitest";
import { type Engine, type Matrix, methods, offsetBiases, offsetSamples } from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { randomMatrix } from "../support/matrices.ts";

/** Overwrites every number in a call's arguments, and every option. */
function spoil(argument: unknown): void {
  if (ArrayBuffer.isView(argument)) (argument as Float64Array).fill(0.125);
  else if (Array.isArray(argument)) argument.fill(argument.every((one) => typeof one === "number") ? 0.125 : undefined);
  else if (typeof argument === "object" && argument !== null && Object.getPrototypeOf(argument) === Object.prototype) {
    for (const key of Object.keys(argument)) {
      spoil((argument as Record<string, unknown>)[key]);
      (argument as Record<string, unknown>)[key] = undefined;
    }
  }
}

/** All numbers of a result, in order. */
function numbersIn(result: unknown): number[] {
  if (typeof result === "number") return [result];
  if (ArrayBuffer.isView(result)) return Array.from(result as Float64Array);
  return typeof result === "object" && result !== null ? Object.values(result).flatMap(numbersIn) : [];
}

describe("no call reads its arguments after it has begun", () => {
  const x = () => Array.from(offsetSamples(24));
  const b = () => Array.from(offsetBiases(20));
  const y = () => Float64Array.from({ length: 24 }, (_, n) => Math.sin(n / 3));

  /** Each call with new arguments, and the part of its result that depends on them. */
  const calls: [
    string,
    (engine: Engine, A: Matrix) => { given: unknown[]; call: (given: never) => Promise<unknown> },
  ][] = [];
  const add = <const T extends readonly unknown[]>(
    name: string,
    make: (engine: Engine, A: Matrix) => Promise<T> | T,
    call: (engine: Engine, A: Matrix, ...given: T) => Promise<unknown>,
  ) =>
    calls.push([
      name,
      ((engine: Engine, A: Matrix) => ({
        given: make(engine, A),
        call: (given: T) => call(engine, A, ...given),
      })) as never,
    ]);

  const read = async (matrix: Promise<Matrix>) => {
    using made = await matrix;
    return await made.read();
  };
  add(
    "matrix",
    () => [{ data: Array.from(randomMatrix(6, 4)), rows: 6, cols: 4 }],
    (engine, _, options) => read(engine.matrix(options)),
  );
  add(
    "matrix, extended",
    () => [
      { data: Array.from(randomMatrix(6, 4), (value) => value / 3), rows: 6, cols: 4, precision: "extended" as const },
    ],
    async (engine, _, options) => {
      using made = await engine.matrix(options);
      return await made.readExtended();
    },
  );
  add(
    "activationMatrix",
    () => [{ activation: ["relu" as const, "tanh" as const], scale: [2, 3], x: x(), b: b() }],
    (engine, _, options) => read(engine.activationMatrix(options)),
  );
  for (const form of ["auto", "stored", "generated", "scan"] as const) {
    add(
      `activationOperator, ${form}`,
      () => [{ activation: "relu" as const, scale: 2, x: x(), b: b(), form }],
      async (engine, _, options) => {
        using operator = await engine.activationOperator(options);
        return (await engine.descend(operator, y(), { learningRate: 1e-3, iterations: 3 })).weights;
      },
    );
  }
  add(
    "activationOperator of an expression",
    () => [{ activation: { wgsl: "z * z" }, x: x(), b: b(), form: "auto" as const }],
    async (engine, _, options) => {
      using operator = await engine.activationOperator(options);
      return [
        operator.largestEntry,
        (await engine.descend(operator, y(), { learningRate: 1e-3, iterations: 3 })).weights,
      ];
    },
  );
  add(
    "svd",
    () => [{ maxSweeps: 9, precision: "extended" as const }],
    async (engine, A, options) => {
      using svd = await engine.svd(A, options);
      return svd.singularValues;
    },
  );
  add(
    "truncatedSvd",
    () => [{ components: 3, maxRestarts: 9 }],
    async (engine, A, options) => {
      using svd = await engine.truncatedSvd(A, options);
      return svd.singularValues;
    },
  );
  add(
    "descend, one learning rate a run, from weights",
    () => [
      y(),
      { learningRate: [1e-3, 2e-3], initialWeights: new Float32Array(20).fill(1), iterations: 9, recordAt: [1, 5, 9] },
    ],
    async (engine, A, targets, options) => {
      const { weights, losses, recordedAt } = await engine.descend(A, targets, options);
      return [weights, losses, recordedAt];
    },
  );
  add(
    "descend, held out",
    async (_, A) => [
      y(),
      {
        learningRate: 1e-3,
        iterations: 9,
        recordAt: [3, 9],
        stopping: { rule: "heldOut" as const, matrix: A, y: y().reverse() },
      },
    ],
    async (engine, A, targets, options) => {
      const { heldOutLosses, stopped } = await engine.descend(A, targets, options);
      return [heldOutLosses, stopped];
    },
  );
  add(
    "descend, preconditioned",
    async (engine, A) => {
      const { V, singularValues } = await engine.svd(A);
      return [
        y(),
        {
          method: [methods.preconditioned({ learningRate: 1, lambda: 0.1 })],
          iterations: 4,
          basis: { V, singularValues },
        },
      ];
    },
    async (engine, A, targets, options) => (await engine.descend(A, targets, options)).weights,
  );
  add(
    "descend, resumed",
    async (engine, A) => {
      const { state } = await engine.descend(A, y(), { method: methods.cgls(), iterations: 3 });
      return [y(), { method: methods.cgls(), iterations: 6, resume: state }];
    },
    async (engine, A, targets, options) => (await engine.descend(A, targets, options)).weights,
  );
  add(
    "shrink",
    async (engine, A) => {
      const { U, V, singularValues, noiseFloor } = await engine.svd(A);
      return [{ U, V, singularValues, noiseFloor }, y()];
    },
    (engine, _, svd, targets) => engine.shrink(svd, targets, (s) => s / (1 + s)),
  );
  add(
    "project",
    async (engine, A) => {
      const { U, singularValues } = await engine.svd(A);
      return [{ U, singularValues }, y()];
    },
    (engine, _, svd, targets) => engine.project(svd, targets),
  );

  for (const [name, make] of calls) {
    test(name, async ({ engine }) => {
      const A = await engine.activationMatrix({ activation: "relu", x: offsetSamples(24), b: offsetBiases(20) });
      const before = make(engine, A);
      const expected = await before.call((await before.given) as never);
      const again = make(engine, A);
      const given = await again.given;
      const call = again.call(given as never);
      given.forEach(spoil);
      // The fastest form may differ from time to time: results are equal up to rounding.
      const [own, right] = [numbersIn(await call), numbersIn(expected)];
      const largest = Math.max(...right.map(Math.abs));
      expect(own).toHaveLength(right.length);
      const differences = own.map((value, i) => Math.abs(value - (right[i] as number)));
      expect(Math.max(...differences)).toBeLessThan(1e-5 * largest);
    });
  }
});
