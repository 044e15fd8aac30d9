import { describe, expect } from "vitest";
import {
  type ActivationOperator,
  ArgumentError,
  createEngine,
  type Engine,
  type Matrix,
  masks,
  methods,
  offsetBiases,
  offsetSamples,
  type Svd,
} from "../../src/index.ts";
import { warmUpCalls } from "../../src/warm-up.ts";
import { test } from "../support/engine.ts";
import { openDevice } from "../support/gpu.ts";

describe("an argument of the wrong kind is refused by its name", () => {
  const wrong = (value: unknown) => value as never;
  const detached = () => {
    const values = new Float64Array(24);
    structuredClone(values, { transfer: [values.buffer] });
    return values;
  };
  const sparse = [1];
  sparse[2] = 3;
  const x = offsetSamples(24);
  const b = offsetBiases(24);
  const descent = { learningRate: 1e-3, iterations: 2 };

  /** What each call is given: an engine, a matrix A of it and its SVD, an operator, and targets y. */
  type Given = { engine: Engine; A: Matrix; operator: ActivationOperator; svd: Svd; y: Float64Array };
  const calls: [string, (given: Given) => Promise<unknown>][] = [
    ["a: an object given, a Matrix expected", ({ engine, operator }) => engine.svd(wrong(operator))],
    [
      "a: an array of 2 given, a Matrix expected",
      ({ engine }) =>
        engine.svd(
          wrong([
            [1, 2],
            [3, 4],
          ]),
        ),
    ],
    ["a: an object given, a Matrix expected", ({ engine }) => engine.singularValues(wrong({}))],
    ['calls: "svd" given, an array expected', ({ engine }) => engine.warmUp(wrong("svd"))],
    [
      `calls[1]: "SVD" given, one of ${warmUpCalls.map((call) => `"${call}"`).join(", ")} expected`,
      ({ engine }) => engine.warmUp(["svd", wrong("SVD")]),
    ],
    [
      "a: null given, a Matrix or an ActivationOperator expected",
      ({ engine }) => engine.descend(wrong(null), [1], descent),
    ],
    [
      "a: undefined given, a Matrix or an ActivationOperator expected",
      ({ engine }) => engine.largestSingularValue(wrong(undefined)),
    ],
    ['mask: "ridge" given, a function expected', ({ engine, svd, y }) => engine.shrink(svd, y, wrong("ridge"))],
    [
      "mask: an array of 2 given, a function or one for each of 1 runs expected",
      ({ engine, svd, y }) => engine.shrink(svd, y, [masks.ridge({ lambda: 1 }), masks.ridge({ lambda: 2 })]),
    ],
    ["svd.U: undefined given, a Matrix expected", ({ engine, y }) => engine.project(wrong({ singularValues: [1] }), y)],
    ["options: undefined given, an object expected", ({ engine, A }) => engine.truncatedSvd(A, wrong(undefined))],
    ["options: null given, an object expected", ({ engine, A }) => engine.svd(A, wrong(null))],
    ["options: null given, an object expected", ({ engine, A, y }) => engine.descend(A, y, wrong(null))],
    ["signal: true given, an AbortSignal expected", ({ engine, A }) => engine.svd(A, { signal: wrong(true) })],
    [
      "signal: an object given, an AbortSignal expected",
      ({ engine, A }) => engine.svd(A, { signal: wrong(new AbortController()) }),
    ],
    ["onProgress: 3 given, a function expected", ({ engine, A }) => engine.svd(A, { onProgress: wrong(3) })],
    ["maxSweeps: 2.5 given, an integer of at least 1 expected", ({ engine, A }) => engine.svd(A, { maxSweeps: 2.5 })],
    [
      'components: "3" given, an integer of at least 1 expected',
      ({ engine, A }) => engine.truncatedSvd(A, { components: wrong("3") }),
    ],
    ["components: undefined given", ({ engine, A }) => engine.truncatedSvd(A, wrong({}))],
    [
      "recordAt: 3 given, an array expected",
      ({ engine, A, y }) => engine.descend(A, y, { ...descent, recordAt: wrong(3) }),
    ],
    [
      "recordAt[1]: undefined given, an integer of at least 0 expected",
      ({ engine, A, y }) => engine.descend(A, y, { ...descent, recordAt: wrong([1, undefined]) }),
    ],
    [
      "iterations: a BigInt given, an integer of at least 0 expected",
      ({ engine, A, y }) => engine.descend(A, y, { ...descent, iterations: wrong(2n) }),
    ],
    ["iterations: undefined given", ({ engine, A, y }) => engine.descend(A, y, wrong({ learningRate: 1 }))],
    [
      "method[0]: undefined given, an object expected",
      ({ engine, A, y }) => engine.descend(A, y, { iterations: 1, method: wrong([undefined]) }),
    ],
    [
      "method.name: undefined given, a string expected",
      ({ engine, A, y }) => engine.descend(A, y, { iterations: 1, method: wrong({}) }),
    ],
    ...[Number.NaN, Number.POSITIVE_INFINITY, 0].map((growth): (typeof calls)[number] => [
      `method.growth: ${growth} given, a finite number above 0 expected`,
      ({ engine, A, y }) => engine.descend(A, y, { iterations: 1, method: { ...methods.cgls(), growth } }),
    ]),
    [
      'method.isMonotone: "yes" given, true or false expected',
      ({ engine, A, y }) => {
        const method = { ...methods.cgls(), isMonotone: wrong("yes") };
        return engine.descend(A, y, { iterations: 1, method });
      },
    ],
    [
      'method: "cgls" given, an object expected',
      ({ engine, A, y }) => engine.descend(A, y, { iterations: 1, method: wrong("cgls") }),
    ],
    ["y: an array whose buffer was transferred given", ({ engine, A }) => engine.descend(A, detached(), descent)],
    [
      "y[23]: a BigInt given, a number expected",
      ({ engine, svd, y }) => engine.project(svd, wrong([...y.subarray(1), 1n])),
    ],
    [
      'y: "0.5" given, an array of numbers expected',
      ({ engine, svd }) => engine.shrink(svd, wrong("0.5"), masks.ridge({ lambda: 1 })),
    ],
    [
      'stopping.rule: "early" given, "heldOut" or "discrepancy" expected',
      ({ engine, A, y }) => engine.descend(A, y, { ...descent, stopping: wrong({ rule: "early" }) }),
    ],
    [
      "stopping.matrix: undefined given, a Matrix or an ActivationOperator expected",
      ({ engine, A, y }) => engine.descend(A, y, { ...descent, stopping: wrong({ rule: "heldOut", y }) }),
    ],
    [
      "stopping.noise: NaN given, a finite number above 0 expected",
      ({ engine, A, y }) => engine.descend(A, y, { ...descent, stopping: { rule: "discrepancy", noise: Number.NaN } }),
    ],
    [
      "basis.V: an object given, a Matrix expected",
      ({ engine, A, y }) => engine.descend(A, y, { ...descent, basis: wrong({ V: {}, singularValues: [1] }) }),
    ],
    [
      "scale[1]: undefined given, a number expected",
      ({ engine }) => engine.activationMatrix({ activation: "relu", x, b, scale: wrong([1, undefined]) }),
    ],
    [
      "scale[1]: undefined given, a number expected",
      ({ engine }) => engine.activationMatrix({ activation: "relu", x, b, scale: sparse }),
    ],
    [
      'scale: "2" given, a number expected',
      ({ engine }) => engine.activationOperator({ activation: "relu", x, b, scale: wrong("2") }),
    ],
    [
      "activation: 3 given, an object expected",
      ({ engine }) => engine.activationMatrix({ activation: wrong(3), x, b }),
    ],
    [
      "activation.wgsl: undefined given, a string expected",
      ({ engine }) => engine.activationMatrix({ activation: wrong({}), x, b }),
    ],
    [
      "x[8589934591]: undefined given, a number expected",
      ({ engine }) => engine.activationOperator({ activation: "relu", x: { length: 2 ** 33 }, b }),
    ],
    [
      "b: undefined given, an array of numbers expected",
      ({ engine }) => engine.activationMatrix(wrong({ activation: "relu", x })),
    ],
    [
      'precision: "double" given, "single" or "extended" expected',
      ({ engine }) => engine.matrix({ data: [1], rows: 1, cols: 1, precision: wrong("double") }),
    ],
    [
      "data: undefined given, an array of numbers expected",
      ({ engine }) => engine.matrix({ data: wrong(undefined), rows: 1, cols: 1 }),
    ],
    [
      "data[0]: an array of 2 given, a number expected",
      ({ engine }) => engine.matrix({ data: wrong([[1, 2]]), rows: 1, cols: 1 }),
    ],
    [
      'rows: "2" given, an integer of at least 0 expected',
      ({ engine }) => engine.matrix({ data: [1, 2], rows: wrong("2"), cols: 1 }),
    ],
    [
      "options: a GPUDevice given, { device } expected",
      () => openDevice().then((device) => createEngine(wrong(device)).finally(() => device.destroy())),
    ],
    ["options: a GPU given, { gpu } expected", () => createEngine(wrong(navigator.gpu))],
    ["device: an object given, a GPUDevice expected", () => createEngine({ device: wrong({}) })],
  ];

  test("in all calls, and leaves the memory as it was", async ({ engine }) => {
    const A = await engine.activationMatrix({ activation: "relu", x, b });
    const operator = await engine.activationOperator({ activation: "relu", x, b, form: "scan" });
    const svd = await engine.svd(A);
    const before = engine.memory;
    for (const [message, call] of calls) {
      const fault: unknown = await call({ engine, A, operator, svd, y: Float64Array.from(x) }).catch((error) => error);
      expect(fault, message).toBeInstanceOf(ArgumentError);
      expect((fault as Error).message).toContain(message);
      expect(engine.memory, message).toEqual(before);
    }
  });
});
