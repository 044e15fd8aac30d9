import { describe, expect } from "vitest";
import {
  ArgumentError,
  DestroyedError,
  fourierFeatures,
  gridCentres,
  linspace,
  offsetBiases,
  offsetSamples,
  randomNeurons,
} from "../../src/index.ts";
import { activationNames } from "../../src/theory/activations.ts";
import { test } from "../support/engine.ts";
import { randomMatrix } from "../support/matrices.ts";
import { relativeError } from "../support/numbers.ts";
import { checkProducts, stepTwin, TOLERANCE } from "../support/operator-twin.ts";
import { createRandom } from "../support/random.ts";

describe("products against float64", () => {
  const shuffled = (count: number, offset = 0) => {
    const { uniform } = createRandom(count);
    return Float64Array.from({ length: count }, () => offset + Math.round(97 * uniform()) / 97); // many are equal, and they are in no order
  };

  for (const form of ["stored", "generated", "scan"] as const) {
    for (const activation of ["heaviside", "relu", "relu2", "relu3"] as const) {
      test(`${form} ${activation}: unsorted positions that repeat, small and odd sizes`, async ({ engine }) => {
        for (const [rows, cols] of [
          [1, 1],
          [5, 3],
          [17, 131],
          [130, 70],
        ] as const) {
          await checkProducts(engine, { activation, x: shuffled(rows), b: shuffled(cols) }, form);
        }
        await checkProducts(engine, { activation, scale: -3, x: shuffled(33), b: shuffled(40) }, form);
      });
    }
  }

  for (const activation of activationNames.filter((name) => name !== "impulse" && !name.startsWith("relu"))) {
    test(`generated ${activation}`, async ({ engine }) => {
      await checkProducts(engine, { activation, scale: 9, x: offsetSamples(37), b: offsetBiases(66) }, "generated");
    });
  }

  test("at 4096 × 4096, whatever the offset", async ({ engine }) => {
    const [n, part] = [4096, 64];
    const { uniform } = createRandom(3);
    const w = Float32Array.from({ length: n }, () => 0.5 + uniform());
    for (const offset of [0, 10, 100]) {
      const [x, b] = [linspace(offset, offset + 1, n), linspace(offset, offset + 1, n)];
      const rows = Array.from({ length: part }, (_, i) => Math.floor(((i + 1) * (n - 1)) / part)); // a sample of float64 rows
      for (const activation of ["relu", "heaviside"] as const) {
        const expected = stepTwin(
          { activation, x: Float64Array.from(rows, (row) => x[row] as number), b },
          rows,
          w,
        ).product;
        for (const form of ["scan", "generated"] as const) {
          using operator = await engine.activationOperator({ activation, x, b, form });
          const { prediction } = await engine.descend(operator, new Float32Array(n), {
            learningRate: 1e-9,
            iterations: 0,
            initialWeights: w,
          });
          const computed = rows.map((row) => prediction[row] as number);
          expect(relativeError(computed, expected)).toBeLessThan(TOLERANCE);
        }
      }
    }
  });

  test("matrices whose products take several dispatches are the same in every form", async ({ engine }) => {
    const [x, b] = [offsetSamples(3000), offsetBiases(6000)];
    const { uniform } = createRandom(5);
    const initialWeights = Float32Array.from(b, () => Math.round(8 * uniform()));
    const options = { learningRate: 2 ** -30, iterations: 1, initialWeights };
    const [first, ...others] = await Promise.all(
      (["scan", "stored", "generated"] as const).map(async (form) => {
        using operator = await engine.activationOperator({ activation: "heaviside", x, b, form });
        return await engine.descend(operator, new Float32Array(3000), options);
      }),
    );
    const moved = (run: typeof first) => run?.weights.map((w, m) => w - (initialWeights[m] as number));
    for (const other of others) {
      // The step is read as a difference of weights of up to 8, whose ulp is 2⁻²⁰.
      expect(relativeError(moved(other) as Float32Array, moved(first) as Float32Array)).toBeLessThan(1e-3);
      expect(relativeError(other.prediction, first?.prediction as Float32Array)).toBeLessThan(TOLERANCE);
    }
  });

  for (const form of ["stored", "generated"] as const) {
    for (const activation of ["heaviside", "relu", "relu2", "relu3", "relu4", "tanh", "sine"] as const) {
      test(`${form} ${activation} in one to four dimensions, and in 17`, async ({ engine }) => {
        for (const [rows, cols, dimensions] of [
          [1, 1, 2],
          [31, 33, 1],
          [17, 131, 2],
          [130, 70, 3],
          [32, 15, 4],
          [16, 64, 17],
        ] as const) {
          const x = Float64Array.from(randomMatrix(rows, dimensions));
          const { v, b } = randomNeurons({ width: cols, dimensions, directions: "normal", seed: rows });
          await checkProducts(engine, { activation, scale: 2, x, v, b }, form);
          await checkProducts(
            engine,
            { activation, scale: -0.3, x: x.map((value) => value * 1e3), v, b: b.map((value) => value * 1e3) },
            form,
          );
        }
      });
    }
  }

  for (const form of ["stored", "generated"] as const) {
    test.for([1, 2, 3])(`${form} Fourier features, D = %i`, async (dimensions, { engine }) => {
      const [rows, cols, scale] = [33, 65, 8];
      const x = Float64Array.from(randomMatrix(rows, dimensions));
      const { v, b } = fourierFeatures({ width: cols, dimensions, directions: "normal", seed: 7, scale });
      await checkProducts(engine, { activation: "sine", scale, x, v, b }, form);
    });
  }

  test("Heaviside in two dimensions jumps at the right sample, whatever cancels in v·x − b", async ({ engine }) => {
    const [count, dimensions] = [200, 2];
    const { uniform } = createRandom(9);
    const x = Float64Array.from({ length: count * dimensions }, uniform);
    const { v } = randomNeurons({ width: count, dimensions, directions: "normal", seed: 2 });
    // Each plane passes 2⁻³⁶ beside a sample, on one side or the other.
    const b = Float64Array.from({ length: count }, (_, m) => {
      const at = (values: Float64Array, d: number) => values[m * dimensions + d] as number;
      return at(v, 0) * at(x, 0) + at(v, 1) * at(x, 1) + (m % 2 === 0 ? 1 : -1) * 2 ** -36;
    });
    const input = { activation: "heaviside", x, v, b } as const;
    using operator = await engine.activationOperator({ ...input, form: "generated" });
    const w = Float32Array.from({ length: count }, (_, m) => 2 ** (m % 16));
    const descent = await engine.descend(operator, new Float32Array(count), {
      learningRate: 1e-9,
      iterations: 0,
      initialWeights: w,
    });
    // Sums of small integers are exact: one entry that is wrong shows.
    expect([...descent.prediction]).toEqual([...stepTwin(input, new Float32Array(count), w).product]);
  });

  test("many runs in one call equal each run alone", async ({ engine }) => {
    const [x, b, runs] = [offsetSamples(50), offsetBiases(70), 11]; // no multiple of the runs that share a read of A
    const y = randomMatrix(runs, 50);
    for (const form of ["stored", "generated", "scan"] as const) {
      using operator = await engine.activationOperator({ activation: "relu", x, b, form });
      const options = { learningRate: 1e-4, iterations: 9 };
      const together = await engine.descend(operator, y, options);
      for (let run = 0; run < runs; run++) {
        const alone = await engine.descend(operator, y.subarray(run * 50, (run + 1) * 50), options);
        expect(relativeError(together.weights.subarray(run * 70, (run + 1) * 70), alone.weights)).toBeLessThan(
          TOLERANCE,
        );
      }
    }
  });
});

describe("the choice of a form", () => {
  test("is one that the activation has, and a scan for a large matrix", async ({ engine }) => {
    const input = { x: offsetSamples(300), b: offsetBiases(300) };
    using relu = await engine.activationOperator({ activation: "relu", ...input });
    expect(["stored", "generated", "scan"]).toContain(relu.form);
    using tanh = await engine.activationOperator({ activation: "tanh", ...input });
    expect(["stored", "generated"]).toContain(tanh.form);
    const wide = { x: offsetSamples(4096), b: offsetBiases(4096) };
    using scanned = await engine.activationOperator({ activation: "relu", ...wide });
    expect(scanned.form).toBe("scan");
    using many = await engine.activationOperator({ activation: "relu", ...input, runs: 64 });
    expect(["stored", "generated", "scan"]).toContain(many.form);
    await expect(engine.activationOperator({ activation: "relu", ...input, runs: 0 })).rejects.toThrow(/runs: 0 given/);
  });

  test("a scan holds no matrix", async ({ engine }) => {
    const held = engine.memory.bytes;
    using _ = await engine.activationOperator({ activation: "relu2", x: offsetSamples(5000), b: offsetBiases(5000) });
    expect(engine.memory.bytes - held).toBeLessThan(5000 * 100);
  });
});

test("generated entries take no memory: 256 × 256 pixels and 4096 neurons in 2 MiB", async ({ engine }) => {
  const held = engine.memory.bytes;
  const neurons = randomNeurons({ width: 4096, dimensions: 2, directions: "normal", seed: 1 });
  using operator = await engine.activationOperator({
    activation: "relu",
    x: gridCentres([256, 256]),
    ...neurons,
    form: "generated",
  });
  expect([operator.rows, operator.cols]).toEqual([65_536, 4096]);
  expect(engine.memory.bytes - held).toBeLessThan(2 ** 21);
});

describe("refusals", () => {
  test("a scan of an activation that has none, an unknown form, a bad expression, a destroyed operator", async ({
    engine,
  }) => {
    const [x, b] = [offsetSamples(4), offsetBiases(4)];
    const make = (more: object) => engine.activationOperator({ activation: "relu", x, b, ...more });
    await expect(make({ activation: "tanh", form: "scan" })).rejects.toThrow(/"scan" given for activation "tanh"/);
    await expect(make({ activation: "relu4", form: "scan" })).rejects.toThrow(ArgumentError);
    await expect(make({ form: "scan", v: [1, 1, 1, 1] })).rejects.toThrow(/directions v/);
    await expect(make({ form: "sparse" })).rejects.toThrow(/form: "sparse" given, one of "auto", "scan"/);
    await expect(make({ activation: { wgsl: "z +" } })).rejects.toThrow(/activation "z \+", line 1, column 4/);
    const operator = await make({});
    const held = engine.memory;
    operator.destroy();
    operator.destroy();
    expect(engine.memory.buffers).toBeLessThan(held.buffers);
    await expect(engine.descend(operator, [1, 2, 3, 4], { learningRate: 1, iterations: 1 })).rejects.toThrow(
      DestroyedError,
    );
  });
});
