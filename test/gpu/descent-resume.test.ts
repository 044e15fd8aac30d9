import { describe, expect } from "vitest";
import {
  ArgumentError,
  type DescentOptions,
  type DescentState,
  type Engine,
  type LinearOperator,
  methods,
} from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { randomMatrix } from "../support/matrices.ts";
import { b, ROWS, relu, spectrumOf, x, y } from "../support/step-signal.ts";

describe("a run in parts", () => {
  /** Calls of every kind of walk: small and large matrices, operators, and each kind of method. */
  const calls = async (engine: Engine) => {
    const small = await relu(engine);
    const large = await engine.matrix({ data: randomMatrix(150, 130), rows: 150, cols: 130 });
    const scan = await engine.activationOperator({ activation: "relu", x, b, form: "scan" });
    const { svd, top } = await spectrumOf(engine, small);
    const learningRate = 1 / top;
    const noise = randomMatrix(150, 1);
    const list: [string, LinearOperator, ArrayLike<number>, Omit<DescentOptions, "iterations">][] = [
      ["gradient descent, small", small, y, { learningRate }],
      ["accelerated Nesterov, small", small, y, { method: methods.acceleratedNesterov({ learningRate: 0.9 / top }) }],
      ["accelerated Nesterov, large", large, noise, { method: methods.acceleratedNesterov({ learningRate: 1e-3 }) }],
      ["ν-method, scan", scan, y, { method: methods.nuMethod({ learningRate: 0.9 / top, nu: 1 }) }],
      [
        "EigenPro",
        small,
        y,
        { method: methods.eigenPro({ learningRate, eigenvectors: 4, singularValues: svd.singularValues }), basis: svd },
      ],
      ["CGLS", small, y, { method: methods.cgls() }],
      ["SGD", small, y, { method: methods.sgd({ learningRate, samples: ROWS, seed: 3 }) }],
    ];
    const destroy = () => {
      for (const one of [small, large, scan, svd]) one.destroy();
    };
    return { list, destroy };
  };

  test("resumed from its state, every method ends where an uninterrupted run does, bit for bit", async ({ engine }) => {
    const { list, destroy } = await calls(engine);
    for (const [name, a, targets, options] of list) {
      const whole = await engine.descend(a, targets, { ...options, iterations: 23 });
      const first = await engine.descend(a, targets, { ...options, iterations: 9 });
      const rest = await engine.descend(a, targets, { ...options, iterations: 23, resume: first.state });
      expect(rest.weights, name).toEqual(whole.weights);
      expect(rest.state.iterations, name).toBe(23);
    }
    destroy();
  });

  /** The state of a descent that is aborted at its first progress; undefined where it ends before that. */
  async function cancelAtFirstProgress(
    engine: Engine,
    a: LinearOperator,
    targets: ArrayLike<number>,
    options: DescentOptions,
  ): Promise<DescentState | undefined> {
    const abort = new AbortController();
    const reason = new Error("enough");
    let state: DescentState | undefined;
    let heard = false;
    const call = engine.descend(a, targets, {
      ...options,
      signal: abort.signal,
      onProgress: () => {
        heard = true;
        abort.abort(reason);
      },
      onAbort: (at) => {
        state = at;
      },
    });
    const outcome = await call.catch((error) => error);
    if (heard) expect(outcome).toBe(reason);
    return state;
  }

  test("cancelled, and resumed from where it stood", async ({ engine }) => {
    const { list, destroy } = await calls(engine);
    for (const [name, a, targets, options] of list) {
      // Enough steps that the cancel comes between the first and the last submit.
      let iterations = 3000;
      let resume = await cancelAtFirstProgress(engine, a, targets, { ...options, iterations });
      while (!resume || resume.iterations === iterations) {
        iterations *= 8;
        resume = await cancelAtFirstProgress(engine, a, targets, { ...options, iterations });
      }
      expect(resume.iterations, name).toBeGreaterThan(0);
      expect(resume.iterations, name).toBeLessThan(iterations);
      const whole = await engine.descend(a, targets, { ...options, iterations });
      const rest = await engine.descend(a, targets, { ...options, iterations, resume });
      expect(rest.weights, name).toEqual(whole.weights);
    }
    destroy();
  });

  test("a state of another method, of another matrix, or beside initial weights is refused", async ({ engine }) => {
    using a = await relu(engine);
    using other = await engine.matrix({ data: randomMatrix(10, 60), rows: 10, cols: 60 });
    const { state } = await engine.descend(a, y, { learningRate: 1e-4, iterations: 2 });
    const cgls = { method: methods.cgls(), iterations: 4, resume: state };
    await expect(engine.descend(a, y, cgls)).rejects.toThrow("a state of gradientDescent given, one of cgls expected");
    const { state: ofOther } = await engine.descend(other, y.subarray(0, 10), {
      method: methods.cgls(),
      iterations: 2,
    });
    await expect(engine.descend(a, y, { ...cgls, resume: ofOther })).rejects.toThrow("a state of 10×60 given");
    using wider = await engine.matrix({ data: randomMatrix(40, 30), rows: 40, cols: 30 });
    const elsewhere = engine.descend(wider, y, { learningRate: 1e-4, iterations: 4, resume: state });
    await expect(elsewhere).rejects.toThrow("a state of 40×60 given, one of A's 40×30 expected");
    const both = { learningRate: 1e-4, iterations: 4, resume: state, initialWeights: state.weights };
    await expect(engine.descend(a, y, both)).rejects.toThrow(ArgumentError);
    await expect(engine.descend(a, y, { learningRate: 1, iterations: 1, resume: state })).rejects.toThrow(
      "iterations: 1 given, an integer of at least 2 expected",
    );
  });

  test("a state to resume from is checked in each of its parts", async ({ engine }) => {
    using A = await engine.matrix({ data: randomMatrix(12, 9), rows: 12, cols: 9 });
    const y = new Float64Array(12).fill(1);
    const two = Float64Array.from([...y, ...y]);
    for (const method of [methods.gradientDescent({ learningRate: 1e-3 }), methods.cgls()]) {
      const { state } = await engine.descend(A, y, { method, iterations: 2 });
      const resume = (changes: object, targets = y) =>
        engine.descend(A, targets, { method, iterations: 4, resume: { ...state, ...changes } });
      const nan = Number.NaN;
      for (const [changes, message] of [
        [{ iterations: nan }, "resume.iterations: NaN given, an integer of at least 0 expected"],
        [{ iterations: -3 }, "resume.iterations: -3 given"],
        [{ iterations: 2.5 }, "resume.iterations: 2.5 given"],
        [{ limits: undefined }, "resume.limits: undefined given, a Float32Array expected"],
        [
          { limits: Float32Array.of(nan) },
          "resume: a state of a limit NaN given, one of finite limits of at least 0 expected",
        ],
        [
          { limits: Float32Array.of(1, 1) },
          "resume: a state of 2 limits given, one of as many as there are runs (1) expected",
        ],
        [{ methods: undefined }, "resume.methods: undefined given, an array expected"],
        [{ methods: [] }, `resume: a state of no method given, one of ${method.name} expected`],
        [{ weights: [0] }, "resume.weights: an array of 1 given, a Float32Array expected"],
        [
          { weights: new Float32Array(9) },
          "resume: a state of weights that differ from those in its buffers at 0 given",
        ],
        [{ buffers: state.buffers.slice(1) }, "resume: "],
        [{ buffers: undefined }, "resume.buffers: undefined given, an array expected"],
        [{ rows: 11 }, "resume: a state of 11×9 given, one of A's 12×9 expected"],
        [{ cols: undefined }, "resume.cols: undefined given"],
      ] as const) {
        const fault: unknown = await resume(changes).catch((error) => error);
        expect(fault, message).toBeInstanceOf(ArgumentError);
        expect((fault as Error).message).toContain(message);
      }
      await expect(resume({}, two)).rejects.toThrow("resume: a state of 9 weights given, one of 2 × 9 expected");
    }
  });

  test("resumed where its residual is small and its velocity is not, a stable run is not taken for a diverging one", async ({
    engine,
  }) => {
    for (const rows of [1, 600]) {
      using a = await engine.matrix({ data: new Float32Array(rows).fill(1 / Math.sqrt(rows)), rows, cols: 1 });
      const target = new Float32Array(rows).fill(1 / Math.sqrt(rows));
      const method = methods.acceleratedNesterov({ learningRate: 1e-3 });
      const { state } = await engine.descend(a, target, { method, iterations: 120 });
      const whole = await engine.descend(a, target, { method, iterations: 300 });
      const rest = await engine.descend(a, target, { method, iterations: 300, resume: state, recordAt: [60, 300] });
      expect(rest.weights).toEqual(whole.weights);
      expect(rest.recordedAt).toEqual([300]);
    }
  });

  test("100 000 steps go out in few submits, and a cancel is followed by one at most", async ({ engine, device }) => {
    using a = await engine.matrix({ data: randomMatrix(16, 16), rows: 16, cols: 16 });
    using large = await engine.matrix({ data: randomMatrix(600, 600), rows: 600, cols: 600 });
    let submits = 0;
    const { submit } = device.queue;
    device.queue.submit = (buffers) => {
      if (Array.from(buffers).length > 0) submits++; // an empty one only makes an answer come sooner
      return submit.call(device.queue, buffers);
    };
    await engine.descend(a, randomMatrix(16, 1), { learningRate: 1e-3, iterations: 100_000 });
    expect(submits).toBeLessThan(200); // a read-back after each is a submit too

    const abort = new AbortController();
    let begun = false;
    const call = engine.descend(large, randomMatrix(600, 1), {
      learningRate: 1e-5,
      iterations: 100_000,
      signal: abort.signal,
      onProgress: ({ fraction }) => {
        if (fraction < 1e-4 || begun) return;
        begun = true;
        setTimeout(() => {
          submits = 0;
          abort.abort(new Error("enough"));
        }, 20); // while a submit runs
      },
    });
    await expect(call).rejects.toThrow("enough");
    expect(submits).toBeLessThanOrEqual(1); // it ends the current step
  });
});
