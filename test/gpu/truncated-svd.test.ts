import { describe, expect } from "vitest";
import { ArgumentError, type Engine, type LinearOperator, offsetBiases, offsetSamples } from "../../src/index.ts";
import { heavisideSvd, integrationFrequencies } from "../support/closed-forms.ts";
import { test } from "../support/engine.ts";
import { randomMatrix } from "../support/matrices.ts";
import { infiniteBelowZero, nanBelowZero } from "../support/non-finite.ts";
import { referenceSingularValues } from "../support/svd-oracle.ts";

/** Entries of QᵀQ − I, for a matrix of orthonormal columns. */
function orthonormality(q: Float32Array, rows: number, cols: number): number {
  let worst = 0;
  for (let i = 0; i < cols; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? -1 : 0;
      for (let n = 0; n < rows; n++) sum += (q[n * cols + i] as number) * (q[n * cols + j] as number);
      worst = Math.max(worst, Math.abs(sum));
    }
  }
  return worst;
}

/** The residual that the iteration ends at, and roundings of a few products beside it. */
const TOLERANCE = 4 * 2 ** -20;

/** σ against a reference, U and V orthonormal, and Av = σu from the entries themselves. */
async function check(
  engine: Engine,
  a: LinearOperator,
  { entries, reference, components }: { entries: Float32Array; reference: ArrayLike<number>; components: number },
) {
  const { rows, cols } = a;
  const svd = await engine.truncatedSvd(a, { components });
  const top = reference[0] as number;
  expect(svd.converged).toBe(true);
  expect(svd.singularValues).toHaveLength(components);
  const errors = svd.singularValues.map((s, k) => Math.abs(s - (reference[k] as number)));
  expect(Math.max(...errors) / top).toBeLessThan(TOLERANCE);
  const [u, v] = [await svd.U.read(), await svd.V.read()];
  expect(orthonormality(u, rows, components)).toBeLessThan(TOLERANCE);
  expect(orthonormality(v, cols, components)).toBeLessThan(TOLERANCE);
  for (let k = 0; k < components; k++) {
    for (let n = 0; n < rows; n++) {
      let sum = -(svd.singularValues[k] as number) * (u[n * components + k] as number);
      for (let m = 0; m < cols; m++) sum += (entries[n * cols + m] as number) * (v[m * components + k] as number);
      expect(Math.abs(sum) / top).toBeLessThan(TOLERANCE);
    }
  }
  svd.destroy();
}

describe("leading triplets", () => {
  test.for([
    [1, 1, 1],
    [5, 9, 5],
    [40, 17, 3],
    [60, 90, 8],
  ] as const)("random %i × %i, %i of them", async ([rows, cols, components], { engine }) => {
    const entries = randomMatrix(rows, cols);
    const reference = referenceSingularValues(entries, rows, cols);
    using a = await engine.matrix(entries, rows, cols);
    await check(engine, a, { entries, reference, components });
  });

  const n = 1024;
  const input = { x: offsetSamples(n), b: offsetBiases(n) };

  test("of a scanned Heaviside at 1024, where σ is known", async ({ engine }) => {
    using a = await engine.activationOperator({ activation: "heaviside", ...input, form: "scan" });
    const entries = Float32Array.from({ length: n * n }, (_, i) => (i % n <= Math.floor(i / n) ? 1 : 0));
    await check(engine, a, { entries, reference: heavisideSvd(n).singularValues, components: 10 });
  });

  test("of a scanned ReLU at 1024, against LAPACK's SVD in float64", async ({ engine }) => {
    using stored = await engine.activationMatrix({ activation: "relu", ...input });
    using scanned = await engine.activationOperator({ activation: "relu", ...input, form: "scan" });
    // numpy.linalg.svd of the same matrix.
    const reference = [
      291.807737, 46.56338446, 16.62963502, 8.486262921, 5.133657314, 3.436603011, 2.460545834, 1.848160809,
      1.438895394, 1.151927998,
    ];
    await check(engine, scanned, { entries: await stored.read(), reference, components: 10 });
    const top = await engine.largestSingularValue(scanned);
    expect(Math.abs(top / 291.807737 - 1)).toBeLessThan(TOLERANCE);
  });

  test("σ₁ of ReLU at 2¹⁷ neurons, where sums are long, is that of integrating twice", async ({ engine }) => {
    const many = 2 ** 17;
    using a = await engine.activationOperator({ activation: "relu", x: offsetSamples(many), b: offsetBiases(many) });
    // σ₁/N → ω⁻², cos ω·cosh ω = −1, and at finite N, as for L²/N, (N + 1)² in place of N².
    const limit = many * (integrationFrequencies(2, 1)[0] as number) ** -2 * (1 + 1 / many) ** 2;
    expect(Math.abs((await engine.largestSingularValue(a)) / limit - 1)).toBeLessThan(TOLERANCE);
  });

  test("tiny and huge matrices", async ({ engine }) => {
    const entries = randomMatrix(12, 9);
    const reference = referenceSingularValues(entries, 12, 9);
    for (const exponent of [-70, 60]) {
      const scaled = entries.map((entry) => entry * 2 ** exponent);
      using a = await engine.matrix(scaled, 12, 9);
      const ofScaled = Float64Array.from(reference, (s) => s * 2 ** exponent);
      await check(engine, a, { entries: scaled, reference: ofScaled, components: 3 });
    }
    using bad = await engine.matrix([1, 2], 1, 2);
    expect(await engine.largestSingularValue(bad)).toBeCloseTo(Math.sqrt(5), 5);
    for (const activation of [nanBelowZero, infiniteBelowZero]) {
      using notFinite = await engine.activationMatrix({ activation, x: [0.5, 1], b: [0, 0.75] });
      await expect(engine.largestSingularValue(notFinite)).rejects.toThrow(/holds NaN or infinity/);
    }
  });

  test("rank below K, several equal values, no entry but 0", async ({ engine }) => {
    const n = 30;
    const diagonal = (values: (i: number) => number) =>
      Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? values(i / (n + 1)) : 0));
    for (const [values, components] of [
      [(i: number) => (i < 4 ? 4 - i : 0), 6],
      [() => 1, 3],
      [() => 0, 2],
    ] as const) {
      const entries = diagonal(values);
      using a = await engine.matrix(entries, n, n);
      const svd = await engine.truncatedSvd(a, { components });
      const errors = svd.singularValues.map((s, k) => Math.abs(s - values(k)));
      expect(Math.max(...errors)).toBeLessThan(4 * TOLERANCE);
      expect(orthonormality(await svd.U.read(), n, components)).toBeLessThan(TOLERANCE);
      expect(orthonormality(await svd.V.read(), n, components)).toBeLessThan(TOLERANCE);
      svd.destroy();
    }
  });
});

test("what cannot be, an abort, and what is freed", async ({ engine }) => {
  using a = await engine.matrix(randomMatrix(2, 12 * 12), 12, 12, 2);
  await expect(engine.truncatedSvd(a, { components: 1 })).rejects.toThrow(ArgumentError);
  using one = await engine.matrix(randomMatrix(12, 20), 12, 20);
  await expect(engine.truncatedSvd(one, { components: 13 })).rejects.toThrow(
    "components: 13 given, at most 12 expected",
  );
  const held = engine.memory;
  const abort = new AbortController();
  const call = engine.truncatedSvd(one, { components: 3, signal: abort.signal });
  abort.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
  expect(engine.memory).toEqual(held);
  (await engine.truncatedSvd(one, { components: 3 })).destroy();
  expect(engine.memory).toEqual(held);
});
