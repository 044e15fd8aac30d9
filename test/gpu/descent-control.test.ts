import { describe, expect } from "vitest";
import {
  ArgumentError,
  type Descent,
  type DescentOptions,
  type DescentState,
  DivergedError,
  discrepancyIterations,
  type Engine,
  gcvIterations,
  LimitError,
  type LinearOperator,
  type Method,
  methods,
  NotFiniteError,
  offsetBiases,
  offsetSamples,
} from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { randomMatrix } from "../support/matrices.ts";
import { infiniteBelowZero, nanBelowZero } from "../support/non-finite.ts";
import { createRandom } from "../support/random.ts";

const [ROWS, COLS] = [40, 60];
const x = offsetSamples(ROWS);
const b = offsetBiases(COLS);
const y = Float64Array.from(x, (at) => at + (at > 0.4 ? 0.5 : 0));

const relu = (engine: Engine) => engine.activationMatrix({ activation: "relu", x, b });

/** The leading singular triplets of A, and σ₁², from which rates are chosen. */
async function spectrumOf(engine: Engine, a: LinearOperator) {
  const svd = await engine.truncatedSvd(a, { components: 8 });
  return { svd, top: (svd.singularValues[0] as number) ** 2 };
}

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
        { method: methods.eigenPro({ learningRate, directions: 4, singularValues: svd.singularValues }), basis: svd },
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
      // Enough steps for the cancel to come between the first and the last submit.
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
    try {
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
    } finally {
      device.queue.submit = submit;
    }
  });
});

describe("methods", () => {
  test("the mean of SGD is its filter within four standard errors, and the same seed gives the same run", async ({
    engine,
  }) => {
    using a = await relu(engine);
    using svd = await engine.svd(a);
    const runs = 400;
    const iterations = 30;
    const largestRow = Math.max(...(await a.read()).reduce(addSquares, new Float64Array(ROWS)));
    const sgd = (seed: number) => methods.sgd({ learningRate: 0.3 / largestRow, samples: ROWS, seed });
    const many = Float64Array.from({ length: runs * ROWS }, (_, i) => y[i % ROWS] as number);
    const { prediction } = await engine.descend(a, many, { method: sgd(1), iterations });
    const expected = await engine.shrink(svd, y, sgd(1).mask(iterations));
    for (let n = 0; n < ROWS; n++) {
      const values = Array.from({ length: runs }, (_, run) => prediction[run * ROWS + n] as number);
      const mean = values.reduce((sum, value) => sum + value, 0) / runs;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (runs - 1);
      const off = Math.abs(mean - (expected.prediction[n] as number));
      expect(off).toBeLessThan(4 * Math.sqrt(variance / runs) + 1e-6);
    }
    expect(new Set(Array.from({ length: runs }, (_, run) => prediction[run * ROWS + ROWS - 1])).size).toBeGreaterThan(
      runs / 2,
    );
    const again = await engine.descend(a, many, { method: sgd(1), iterations });
    expect(again.prediction).toEqual(prediction);
    const other = await engine.descend(a, many, { method: sgd(2), iterations });
    expect(other.prediction).not.toEqual(prediction);
  });

  test("several linear methods in one call equal each method alone", async ({ engine }) => {
    using a = await relu(engine);
    const { svd, top } = await spectrumOf(engine, a);
    const method = [
      methods.gradientDescent({ learningRate: 1 / top }),
      methods.heavyBall({ learningRate: 1 / top, momentum: 0.8 }),
      methods.nuMethod({ learningRate: 0.9 / top, nu: 2 }),
    ];
    const together = await engine.descend(a, y, { method, iterations: 40 });
    for (const [run, one] of method.entries()) {
      const alone = await engine.descend(a, y, { method: one, iterations: 40 });
      expect(together.weights.slice(run * COLS, (run + 1) * COLS)).toEqual(alone.weights);
    }
    svd.destroy();
  });

  test("an unstable method diverges with an error, on every kind of operator", async ({ engine }) => {
    using a = await relu(engine);
    using scan = await engine.activationOperator({ activation: "relu", x, b, form: "scan" });
    using large = await engine.matrix({ data: randomMatrix(150, 130), rows: 150, cols: 130 });
    const { svd, top } = await spectrumOf(engine, a);
    const { svd: ofLarge, top: topOfLarge } = await spectrumOf(engine, large);
    const cases = [
      [a, y, top],
      [scan, y, top],
      [large, randomMatrix(150, 1), topOfLarge],
    ] as const;
    for (const [operator, targets, largest] of cases) {
      for (const method of [
        methods.gradientDescent({ learningRate: 2.2 / largest }),
        methods.heavyBall({ learningRate: 4 / largest, momentum: 0.8 }),
        methods.nesterov({ learningRate: 1.8 / largest, momentum: 0.8 }),
      ]) {
        const call = engine.descend(operator, targets, { method, iterations: 3000 });
        await expect(call, method.name).rejects.toThrow(DivergedError);
      }
      const stable = methods.heavyBall({ learningRate: 3.4 / largest, momentum: 0.8 });
      await engine.descend(operator, targets, { method: stable, iterations: 300 });
    }
    svd.destroy();
    ofLarge.destroy();
  });

  test("CGLS of tiny and huge targets scales with them", async ({ engine }) => {
    using a = await relu(engine);
    const run = (scale: number) =>
      engine.descend(
        a,
        y.map((value) => value * scale),
        { method: methods.cgls(), iterations: 6 },
      );
    const { weights } = await run(1);
    for (const exponent of [-100, 90]) {
      const { weights: scaled } = await run(2 ** exponent);
      expect(scaled).toEqual(weights.map((value) => value * 2 ** exponent));
    }
  });

  test("CGLS of tiny and huge matrices", async ({ engine }) => {
    const entries = randomMatrix(30, 20);
    using one = await engine.matrix({ data: entries, rows: 30, cols: 20 });
    const target = randomMatrix(30, 1);
    const { weights } = await engine.descend(one, target, { method: methods.cgls(), iterations: 7 });
    for (const exponent of [-40, 40]) {
      using scaled = await engine.matrix({ data: entries.map((entry) => entry * 2 ** exponent), rows: 30, cols: 20 });
      const run = await engine.descend(scaled, target, { method: methods.cgls(), iterations: 7 });
      expect(run.weights).toEqual(weights.map((w) => w * 2 ** -exponent));
    }
  });

  test("CGLS stays where it is once the gradient is rounding error: a smooth and a rank-deficient A", async ({
    engine,
  }) => {
    const target = Float64Array.from(x, (at, i) => Math.sin(5 * at) + 0.1 * Math.cos(7 * i));
    using smooth = await engine.activationMatrix({ activation: "gaussian", scale: 3, x, b });
    const [u, v] = [randomMatrix(ROWS, 2), randomMatrix(2, COLS)];
    using rankTwo = await engine.matrix({
      data: Float64Array.from({ length: ROWS * COLS }, (_, i) => {
        const [n, m] = [Math.floor(i / COLS), i % COLS];
        return [0, 1].reduce((sum, k) => sum + (u[2 * n + k] as number) * (v[k * COLS + m] as number), 0);
      }),
      rows: ROWS,
      cols: COLS,
    });
    const recordAt = Array.from({ length: 61 }, (_, i) => i);
    for (const a of [smooth, rankTwo]) {
      const { losses, weights } = await engine.descend(a, target, { method: methods.cgls(), iterations: 60, recordAt });
      for (let step = 1; step <= 60; step++) {
        expect(losses[step]).toBeLessThanOrEqual((losses[step - 1] as number) * (1 + 1e-3));
      }
      expect(weights.every((w) => Math.abs(w) < 1e4)).toBe(true);
    }
  });

  test("an expression's operator records losses from any start, and reports divergence", async ({ engine }) => {
    const input = { x, b, scale: 3 };
    using named = await engine.activationOperator({ activation: "gaussian", ...input, form: "generated" });
    using expression = await engine.activationOperator({
      activation: { wgsl: "exp(-0.5 * z * z)" },
      ...input,
      form: "generated",
    });
    const options = { iterations: 5, initialWeights: new Float32Array(COLS).fill(0.1), recordAt: [0, 5] };
    const [expected, run] = await Promise.all(
      [named, expression].map((a) => engine.descend(a, y, { ...options, learningRate: 1e-4 })),
    );
    run?.losses.forEach((loss, i) => {
      expect(loss / (expected?.losses[i] as number)).toBeCloseTo(1, 4);
    });
    const diverging = engine.descend(expression, y, { ...options, learningRate: 1, iterations: 60, recordAt: [] });
    await expect(diverging).rejects.toThrow(DivergedError);
    for (const activation of [nanBelowZero, infiniteBelowZero]) {
      await expect(engine.activationOperator({ activation, ...input })).rejects.toThrow(NotFiniteError);
    }
  });

  test("16 million stochastic steps go out in dispatches between which they can be cancelled", async ({ engine }) => {
    using a = await engine.matrix({ data: [1], rows: 1, cols: 1 });
    const abort = new AbortController();
    let aborted = Number.NaN;
    const call = engine.descend(a, [1], {
      method: methods.sgd({ learningRate: 0.5, samples: 1, seed: 1 }),
      iterations: 2 ** 24,
      signal: abort.signal,
      onProgress: () => {
        aborted = performance.now();
        abort.abort(new Error("enough"));
      },
    });
    await expect(call).rejects.toThrow("enough");
    expect(performance.now() - aborted).toBeLessThan(200);
  });

  test("long columns keep their digits", async ({ engine }) => {
    const rows = 2 ** 18;
    using a = await engine.matrix({ data: new Float32Array(rows).fill(0.1), rows, cols: 1 });
    const target = new Float32Array(rows).fill(0.3);
    const { weights } = await engine.descend(a, target, { method: methods.cgls(), iterations: 1 });
    expect(Math.abs((weights[0] as number) / 3 - 1)).toBeLessThan(1e-5);
  });

  test("numbers that float32 cannot hold are refused, and not rounded to 0", async ({ engine }) => {
    using a = await engine.matrix({ data: [1e18], rows: 1, cols: 1 });
    const refused = (method: Method) => expect(engine.descend(a, [1], { method, iterations: 2 }), method.name).rejects;
    await refused(methods.heavyBall({ learningRate: 1e-50, momentum: 0.5 })).toThrow(/rate of a step\[\d+\]: 0 given/);
    await refused(methods.heavyBall({ learningRate: 1e39, momentum: 0.5 })).toThrow(
      /coefficients of the steps from 1 on\[1\]: 1e\+39 given, a finite number within float32's range expected/,
    );
    await refused(methods.sgd({ learningRate: 1e-50, samples: 1, seed: 1 })).toThrow(/learningRate\[0\]: 0 given/);
    await refused(methods.sgd({ learningRate: 1e39, samples: 1, seed: 1 })).toThrow(NotFiniteError);
    await refused(methods.sgd({ learningRate: 1, samples: 2, seed: 1 })).toThrow("samples: 2 given, 1 expected");
    using svd = await engine.svd(a);
    const ridge = { method: methods.iteratedTikhonov({ lambda: 1e-45 }), basis: svd, iterations: 1 };
    using tiny = await engine.matrix({ data: [1e-30], rows: 1, cols: 1 });
    using ofTiny = await engine.svd(tiny);
    await expect(engine.descend(tiny, [1], { ...ridge, basis: ofTiny })).rejects.toThrow(
      /factors of the preconditioner/,
    );
    using smooth = await engine.activationMatrix({ activation: "tanh", scale: 3, x, b });
    using ofSmooth = await engine.svd(smooth);
    const flat = { method: methods.iteratedTikhonov({ lambda: 1e-15 }), basis: ofSmooth, iterations: 2 };
    await expect(engine.descend(smooth, y, flat)).rejects.toThrow(
      /iteratedTikhonov with a step of .* on small singular values given/,
    );
    using empty = await engine.matrix({ data: [], rows: 3, cols: 0 });
    await expect(engine.descend(empty, [1, 1, 1], { learningRate: 1, iterations: 3 })).rejects.toThrow(
      "A of 3×0 given",
    );
    await expect(engine.descend(a, new Float32Array(70_000), { learningRate: 1e-36, iterations: 1 })).rejects.toThrow(
      LimitError,
    );
    await expect(engine.project({ ...svd, singularValues: new Float64Array(3) }, [1])).rejects.toThrow(
      "3 singular values given with U of 1×1×1",
    );
  });

  test("a prediction that is small beside the targets keeps its digits", async ({ engine }) => {
    using a = await engine.matrix({ data: [1e-9], rows: 1, cols: 1 });
    const run = await engine.descend(a, [1], { learningRate: 1, iterations: 0, initialWeights: [1] });
    expect(run.prediction[0]).toBe(Math.fround(1e-9));
  });

  test("options that do not fit together are refused", async ({ engine }) => {
    using a = await relu(engine);
    using scan = await engine.activationOperator({ activation: "relu", x, b, form: "scan" });
    const { svd } = await spectrumOf(engine, a);
    const { singularValues } = svd;
    const eigenPro = methods.eigenPro({ learningRate: 1e-3, directions: 2, singularValues });
    const refused = (operator: LinearOperator, options: Omit<DescentOptions, "iterations">) =>
      expect(engine.descend(operator, y, { ...options, iterations: 1 })).rejects;
    await refused(a, { method: eigenPro }).toThrow(/eigenPro given without basis/);
    await refused(a, { method: methods.iteratedTikhonov({ lambda: 1 }), basis: svd }).toThrow(/all 40 expected/);
    await refused(a, { method: [eigenPro, methods.cgls()] }).toThrow(/several methods in one call all linear/);
    await refused(scan, { method: methods.sgd({ learningRate: 1, samples: ROWS, seed: 1 }) }).toThrow(
      /sgd given for an operator/,
    );
    await refused(a, { method: methods.cgls(), learningRate: 1 }).toThrow(/both of learningRate and method given/);
    await refused(a, {}).toThrow(/neither of learningRate and method given/);
    const many = methods.eigenPro({ learningRate: 1e-3, directions: 7, singularValues });
    using few = await engine.truncatedSvd(a, { components: 4 });
    await refused(a, { method: many, basis: few }).toThrow(/4 singular vectors given, at least 7 expected by eigenPro/);
    using narrow = await engine.matrix({ data: randomMatrix(5, 3), rows: 5, cols: 3 });
    await refused(a, { method: eigenPro, basis: { V: narrow, singularValues } }).toThrow(/basis: V of 1×5×3/);
    svd.destroy();
  });
});

function addSquares(sums: Float64Array, value: number, i: number): Float64Array {
  const row = Math.floor(i / COLS);
  sums[row] = (sums[row] as number) + value * value;
  return sums;
}

describe("stopping early", () => {
  const recordAt = Array.from({ length: 41 }, (_, i) => i * 50);
  const { normal } = createRandom(11);
  const noise = 0.1;
  const clean = (at: number) => Math.sin(6 * at);
  const noisy = Float64Array.from(x, (at) => clean(at) + noise * normal());
  const between = Float64Array.from({ length: 25 }, (_, i) => (i + 0.37) / 25);
  const input = { activation: "tanh", scale: COLS, b } as const;

  /** The weights of a run that ends at this step. */
  const weightsAt = async (engine: Engine, a: LinearOperator, learningRate: number, iterations: number) =>
    (await engine.descend(a, noisy, { learningRate, iterations })).weights;

  for (const form of ["stored", "generated"] as const) {
    test(`${form}: the best step on held-out samples, and both loss curves`, async ({ engine }) => {
      using a = await engine.activationOperator({ ...input, x, form });
      using heldOut = await engine.activationOperator({ ...input, x: between, form });
      const learningRate = 1 / (await engine.largestSingularValue(a)) ** 2;
      const heldOutY = between.map(clean);
      const run: Descent = await engine.descend(a, noisy, {
        learningRate,
        iterations: 2000,
        recordAt,
        stopping: { rule: "heldOut", matrix: heldOut, y: heldOutY },
      });
      const curve = run.heldOutLosses as Float64Array;
      expect(curve).toHaveLength(recordAt.length);
      expect(run.losses).toHaveLength(recordAt.length);
      const best = curve.indexOf(Math.min(...curve));
      expect(best).toBeGreaterThan(0);
      expect(best).toBeLessThan(recordAt.length - 1); // the run overfits in the end
      expect(run.stopped?.iterations).toEqual([recordAt[best]]);
      expect(run.stopped?.weights).toEqual(await weightsAt(engine, a, learningRate, recordAt[best] as number));
      const { losses } = await engine.descend(heldOut, heldOutY, {
        learningRate,
        iterations: 0,
        initialWeights: run.stopped?.weights as Float32Array,
      });
      expect(curve[best]).toBeCloseTo(losses[0] as number, 6);
    });
  }

  test("the discrepancy principle chooses the first step within the noise, and the descent ends soon after", async ({
    engine,
  }) => {
    using a = await engine.activationMatrix({ ...input, x });
    const learningRate = 1 / (await engine.largestSingularValue(a)) ** 2;
    const full = await engine.descend(a, noisy, { learningRate, iterations: 2000, recordAt });
    const first = full.losses.findIndex((loss) => loss < (1.01 * noise) ** 2);
    expect(first).toBeGreaterThan(0);
    const run = await engine.descend(a, noisy, {
      learningRate,
      iterations: 1_000_000,
      recordAt: Array.from({ length: 20_001 }, (_, i) => i * 50),
      stopping: { rule: "discrepancy", noise },
    });
    expect(run.stopped?.iterations).toEqual([recordAt[first]]);
    expect(run.stopped?.weights).toEqual(await weightsAt(engine, a, learningRate, recordAt[first] as number));
    expect(run.state.iterations).toBeLessThan(1_000_000);
    expect(run.losses).toHaveLength(run.recordedAt.length);
  });

  test("rules from the SVD: the discrepancy principle chooses the run's step, GCV one with a small error", async ({
    engine,
  }) => {
    using a = await engine.activationMatrix({ ...input, x });
    using svd = await engine.svd(a);
    const learningRate = 1 / (svd.singularValues[0] as number) ** 2;
    const method = methods.gradientDescent({ learningRate });
    const [projection] = await engine.project(svd, noisy);
    const problem = { method, maxIterations: 2000, ...projection };
    const every = Array.from({ length: 2001 }, (_, i) => i);
    const { losses } = await engine.descend(a, noisy, { learningRate, iterations: 2000, recordAt: every });
    const first = losses.findIndex((loss) => loss <= (1.01 * noise) ** 2);
    expect(Math.abs(discrepancyIterations({ ...problem, noise }) - first)).toBeLessThanOrEqual(1);

    // GCV estimates the error against the clean signal: at its step, that error is of the order of the least one.
    const errorAt = async (iterations: number) => {
      const { prediction } = await engine.shrink(svd, noisy, method.mask(iterations));
      return prediction.reduce((sum, value, n) => sum + (value - clean(x[n] as number)) ** 2, 0);
    };
    const errors = await Promise.all(recordAt.filter((_, i) => i % 5 === 0).map(errorAt));
    const chosen = await errorAt(gcvIterations(problem));
    expect(chosen).toBeLessThan(2.5 * Math.min(...errors)); // an estimate from 40 samples scatters
    expect(chosen).toBeLessThan(0.9 * (errors.at(-1) as number));
    await expect(engine.project(svd, [1])).rejects.toThrow("y: 1 numbers given, runs × 40 expected");
  });

  test("each run has a step of its own, or none where it never meets the rule", async ({ engine }) => {
    using a = await engine.activationMatrix({ ...input, x });
    const learningRate = 1 / (await engine.largestSingularValue(a)) ** 2;
    const targets = [...noisy, ...noisy.map((value) => 1000 * value)];
    const stopping = { rule: "discrepancy", noise, tau: 1 } as const;
    const run = await engine
      .descend(a, targets, { learningRate, iterations: 1000, recordAt, stopping: stopping })
      .catch((error: unknown) => error);
    expect(run).toBeInstanceOf(ArgumentError); // recordAt goes beyond 1000
    const { stopped } = await engine.descend(a, targets, { learningRate, iterations: 2000, recordAt, stopping });
    expect(stopped?.iterations[0]).toBeGreaterThan(0);
    expect(stopped?.iterations[1]).toBeUndefined();
    expect(stopped?.weights.subarray(COLS)).toEqual(new Float32Array(COLS));
  });

  test("rules are checked", async ({ engine }) => {
    using a = await relu(engine);
    using other = await engine.matrix({ data: randomMatrix(4, 5), rows: 4, cols: 5 });
    const refused = (stopping: object) =>
      expect(engine.descend(a, y, { learningRate: 1e-4, iterations: 1, stopping: stopping as never })).rejects;
    await refused({ rule: "soon" }).toThrow(/stopping.rule: "soon" given/);
    await refused({ rule: "discrepancy", noise: 0 }).toThrow(/stopping.noise: 0 given/);
    await refused({ rule: "heldOut", matrix: other, y: [1] }).toThrow(/stopping.matrix: 5 columns given, 60 expected/);
    await refused({ rule: "heldOut", matrix: a, y: [1] }).toThrow(/stopping.y: 1 numbers given/);
  });
});
