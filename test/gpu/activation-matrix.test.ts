import { describe, expect } from "vitest";
import { NotFiniteError, ShaderError } from "../../src/errors.ts";
import { type ActivationName, activationMatrixTwin, activationNames } from "../../src/theory/activations.ts";
import { linspace, offsetBiases, offsetSamples } from "../../src/theory/sample-grids.ts";
import { test } from "../support/engine.ts";
import { createRandom } from "../support/random.ts";

/**
 * Entries are rounded to float32 once, by half an ulp, ≤ 2⁻²⁴ of max|A|; z's 48 bits and 2⁻⁴⁴ before add less than
 * 2⁻³⁰.
 */
const TOLERANCE = 2 ** -24 + 2 ** -30;
/** The smallest normal float32: smaller numbers may become 0. */
const SMALLEST_NORMAL = 2 ** -126;

const names: readonly ActivationName[] = [...activationNames, "relu12"];
const scales = [0.001, 1, 10, 1000];
const sizes = [
  [1, 1],
  [15, 16],
  [31, 33],
  [64, 65],
  [100, 257],
] as const;

const { uniform, normals } = createRandom(3);
/** Numbers on [0, 1) with all of float64's bits, in no order. */
const uniforms = (count: number) => Float64Array.from({ length: count }, () => uniform() + uniform() * 2 ** -32);

/** The worst error in units of max|A| beyond what underflow allows; NaN where an entry is NaN. */
function worstError(entries: ArrayLike<number>, expected: Float64Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.reduce((worst, value, i) => {
    const error = Math.abs((entries[i] as number) - value);
    return error <= SMALLEST_NORMAL ? worst : Math.max(worst, error / largest);
  }, 0);
}

describe("entries against float64", () => {
  test.for(names)("%s on a line, at scales from 0.001 to 1000", async (activation, { engine }) => {
    for (const [rows, cols] of sizes) {
      const x = uniforms(rows);
      const b = uniforms(cols);
      for (let m = 0; m < cols; m += 3) b[m] = x[m % rows] as number;
      using matrix = await engine.activationMatrix({ activation, scale: scales, x, b });
      expect([matrix.rows, matrix.cols, matrix.batch]).toEqual([rows, cols, scales.length]);
      const entries = await matrix.read();
      scales.forEach((scale, i) => {
        const expected = activationMatrixTwin({ activation, scale, x, b });
        const error = worstError(entries.subarray(i * rows * cols, (i + 1) * rows * cols), expected);
        expect(error, `${rows}×${cols}, scale ${scale}`).toBeLessThanOrEqual(TOLERANCE);
      });
    }
  });

  test.for([2, 3])("every activation in %i dimensions", async (dimensions, { engine }) => {
    const [rows, cols] = [31, 33];
    const x = uniforms(rows * dimensions);
    const v = normals(cols * dimensions);
    const b = normals(cols);
    for (const scale of scales) {
      using matrix = await engine.activationMatrix({ activation: activationNames, scale, x, b, v });
      const entries = await matrix.read();
      activationNames.forEach((activation, i) => {
        const expected = activationMatrixTwin({ activation, scale, x, b, v });
        const error = worstError(entries.subarray(i * rows * cols, (i + 1) * rows * cols), expected);
        expect(error, `${activation}, scale ${scale}`).toBeLessThanOrEqual(TOLERANCE);
      });
    }
  });

  test.for<ActivationName>(["relu", "tanh", "silu", "gelu", "sine", "sinc"])(
    "%s keeps float32's relative accuracy where z is small",
    async (activation, { engine }) => {
      const input = { activation, scale: 0.001, x: uniforms(40).map((value) => value + 2), b: uniforms(50) };
      using matrix = await engine.activationMatrix(input);
      const entries = await matrix.read();
      activationMatrixTwin(input).forEach((value, i) => {
        expect(Math.abs((entries[i] as number) - value)).toBeLessThanOrEqual(TOLERANCE * Math.abs(value));
      });
    },
  );
});

describe("where a sample meets a bias", () => {
  test.for(scales)("z is 0 there, and not beside it, at scale %f", async (scale, { engine }) => {
    for (const [rows, cols] of [
      [97, 97],
      [64, 48],
      [30, 45],
    ] as const) {
      for (const [x, b] of [
        [offsetSamples(rows), offsetBiases(cols)],
        [linspace(0, 1, rows), linspace(0, 1, rows)],
      ] as const) {
        for (const activation of ["heaviside", "impulse"] as const) {
          using matrix = await engine.activationMatrix({ activation, scale, x, b });
          expect(Float64Array.from(await matrix.read())).toEqual(activationMatrixTwin({ activation, scale, x, b }));
        }
      }
    }
  });

  test("Heaviside and the impulse distinguish positions where z is too small for float32", async ({ engine }) => {
    for (const [size, scale] of [
      [0.1, 1e-37],
      [1e-39, 1],
      [1e-30, -1e-20],
    ] as const) {
      const [x, b] = [[size], [size, 1.2 * size, 0.8 * size]];
      using heaviside = await engine.activationMatrix({ activation: "heaviside", scale, x, b });
      using impulse = await engine.activationMatrix({ activation: "impulse", scale, x, b });
      expect(Array.from(await heaviside.read()), `${size}, ${scale}`).toEqual(scale > 0 ? [1, 0, 1] : [1, 1, 0]);
      expect(Array.from(await impulse.read()), `${size}, ${scale}`).toEqual([1, 0, 0]);
    }
  });

  test("an impulse with b = x is the identity", async ({ engine }) => {
    const x = uniforms(33);
    using matrix = await engine.activationMatrix({ activation: "impulse", scale: 1000, x, b: x });
    expect([...(await matrix.read())]).toEqual(Array.from({ length: 33 * 33 }, (_, i) => (i % 34 === 0 ? 1 : 0)));
  });
});

test("a matrix of more workgroups than one dimension of the grid takes", async ({ engine }) => {
  const [rows, cols] = [2048, 2049];
  using matrix = await engine.activationMatrix({
    activation: "heaviside",
    x: linspace(1, rows, rows),
    b: linspace(0, cols - 1, cols),
  });
  const entries = await matrix.read();
  const wrong = entries.findIndex((entry, i) => entry !== (Math.floor(i / cols) + 1 >= i % cols ? 1 : 0));
  expect(wrong).toBe(-1);
});

describe("a user's expression", () => {
  test("is evaluated at z", async ({ engine }) => {
    const input = { scale: 1000, x: uniforms(15), b: uniforms(16) };
    using matrix = await engine.activationMatrix({ activation: [{ wgsl: "z * // half\n0.5 + 1" }, "relu"], ...input });
    const entries = await matrix.read();
    const relu = activationMatrixTwin({ activation: "relu", ...input });
    const positive = relu.findIndex((value) => value > 1);
    expect(entries[positive]).toBe(Math.fround(0.5 * (entries[15 * 16 + positive] as number) + 1));
    expect(worstError(entries.subarray(15 * 16), relu)).toBeLessThanOrEqual(TOLERANCE);
  });

  test("that does not compile is refused with its line and column", async ({ engine }) => {
    const activationMatrix = (wgsl: string) => engine.activationMatrix({ activation: { wgsl }, x: [0], b: [0] });
    const error = await activationMatrix("z +\n  softplus(z)").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ShaderError);
    expect(error).toMatchObject({ line: 2, column: 3, message: expect.stringContaining("softplus") });
    // A fault that the compiler reports after the expression is a fault of its end.
    for (const wgsl of ["", "z + ", "(z"]) {
      await expect(activationMatrix(wgsl)).rejects.toMatchObject({ line: 1, column: wgsl.length + 1 });
    }
  });
});

test("numbers beyond float32 are refused", async ({ engine }) => {
  const matrices = [
    { activation: "relu12", scale: 10000, x: [1], b: [0] },
    { activation: "tanh", scale: 1e30, x: [1e9], b: [0] },
    { activation: "tanh", x: [1e39], b: [0] },
    { activation: "tanh", x: [0], b: [Number.NaN] },
    { activation: "tanh", scale: Number.POSITIVE_INFINITY, x: [0], b: [0] },
    { activation: "tanh", scale: 1e39, x: [0], b: [0] },
    { activation: "tanh", x: [0], v: [1e39], b: [0] },
    { activation: "tanh", x: [1e39], v: [0], b: [0] },
  ] as const;
  for (const input of matrices) await expect(engine.activationMatrix(input)).rejects.toThrow(NotFiniteError);
  expect(engine.memory.bytes).toBe(0);
});

test("an empty batch is refused", async ({ engine }) => {
  const positions = { x: [1], b: [0] };
  await expect(engine.activationMatrix({ activation: [], ...positions })).rejects.toThrow(/0 activations/);
  await expect(engine.activationMatrix({ activation: "relu", scale: [], ...positions })).rejects.toThrow(/0 scales/);
});

test("positions are those at the time of the call", async ({ engine }) => {
  const [x, b, v] = [
    [0.5, 1],
    [0, 0.25],
    [1, 1],
  ];
  const call = engine.activationMatrix({ activation: "relu", x, b, v });
  for (const values of [x, b, v]) values.fill(Number.NaN);
  using matrix = await call;
  expect(Array.from(await matrix.read())).toEqual([0.5, 0.25, 1, 0.75]);
});
