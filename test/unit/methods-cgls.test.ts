import { describe, expect, test } from "vitest";
import { NotFiniteError } from "../../src/errors.ts";
import { methods } from "../../src/theory/methods/registry.ts";
import cglsMasks from "../data/cgls.json" with { type: "json" };
import { createRandom } from "../support/random.ts";

const promised = 1e-12; // as in methods.test.ts

describe("CGLS", () => {
  const singularValues = [1, 0.8, 0.5, 0.5, 0.2, 0.05];
  const coefficients = [1, -0.3, 0.7, 0.2, -1, 0.4];
  const problem = { singularValues, coefficients };

  /** CGLS itself on diag(σ)w = c. */
  function run(iterations: number): number[] {
    const w = singularValues.map(() => 0);
    const r = coefficients.slice();
    const gradient = () => r.map((value, i) => value * (singularValues[i] as number));
    let s = gradient();
    let p = s.slice();
    let gamma = s.reduce((a, b) => a + b * b, 0);
    for (let t = 0; t < iterations; t++) {
      const q = p.map((value, i) => value * (singularValues[i] as number));
      const alpha = gamma / q.reduce((a, b) => a + b * b, 0);
      p.forEach((value, i) => {
        w[i] = (w[i] as number) + alpha * value;
        r[i] = (r[i] as number) - alpha * (q[i] as number);
      });
      s = gradient();
      const next = s.reduce((a, b) => a + b * b, 0);
      p = p.map((value, i) => (s[i] as number) + (next / gamma) * value);
      gamma = next;
    }
    return w.map((value, i) => (value * (singularValues[i] as number)) / (coefficients[i] as number));
  }

  test("the mask is what its steps do, until it ends with one step for each distinct σ", () => {
    for (let iterations = 0; iterations <= 4; iterations++) {
      const mask = methods.cgls().mask(iterations, problem);
      const steps = run(iterations);
      // The recurrences of CGLS lose orthogonality by the condition number, 20, squared.
      singularValues.forEach((s, i) => {
        expect(Math.abs(mask(s) - (steps[i] as number))).toBeLessThanOrEqual(1e-11);
      });
    }
    for (const iterations of [5, 6, 1e9]) {
      const mask = methods.cgls().mask(iterations, problem);
      expect(singularValues.map(mask)).toEqual(singularValues.map(() => 1));
      expect(mask(0)).toBe(0);
    }
  });

  test("between the problem's σ it is the polynomial with the Ritz values as roots", () => {
    // One step: θ = ‖AAᵀy‖²/‖Aᵀy‖² for the single Ritz value.
    const weights = singularValues.map((s, i) => (s * (coefficients[i] as number)) ** 2);
    const theta =
      weights.reduce((a, weight, i) => a + weight * (singularValues[i] as number) ** 2, 0) /
      weights.reduce((a, b) => a + b, 0);
    const mask = methods.cgls().mask(1, problem);
    for (const s of [1e-9, 0.1, 0.33, 0.9, 3]) expect(mask(s) / ((s * s) / theta)).toBeCloseTo(1, 13);
  });

  test("many steps on a spectrum of six decades stay finite and reach the fit", () => {
    const long = {
      singularValues: Array.from({ length: 120 }, (_, i) => 10 ** ((-6 * i) / 119)),
      coefficients: Array.from({ length: 120 }, (_, i) => Math.cos(i * i)),
    };
    let before = Number.POSITIVE_INFINITY;
    for (const iterations of [1, 3, 10, 30, 60, 100, 119, 120]) {
      const mask = methods.cgls().mask(iterations, long);
      const residual = Math.hypot(
        ...long.singularValues.map((s, i) => (1 - mask(s)) * (long.coefficients[i] as number)),
      );
      // Minimal over a growing space; no growth but that of rounding.
      expect(residual).toBeLessThanOrEqual(before * (1 + 1e-9));
      before = residual;
    }
    expect(before).toBe(0);
  });

  test.each(cglsMasks)("$kind, $singularValues.length: many digits, at the problem's σ and elsewhere", (reference) => {
    for (const [iterations, s, expected] of reference.values as [number, number, number][]) {
      const mask = methods.cgls().mask(iterations, reference)(s);
      const allowed = promised * (expected > 0.5 && expected < 1 ? 1 : Math.abs(expected));
      expect(Math.abs(mask - expected), `T = ${iterations}, σ = ${s}: ${mask}`).toBeLessThanOrEqual(allowed);
    }
  });

  test("whatever the spectrum, masks are finite and ‖y − Aw‖ never grows", () => {
    const random = createRandom(5);
    for (let run = 0; run < 400; run++) {
      const count = 1 + Math.floor(30 * random.uniform());
      const decades = [1, 16, 60, 300][run % 4] as number;
      const wild = Array.from({ length: count }, () => 10 ** (-decades * random.uniform()));
      // Neighbours one to three last places apart, which count as one.
      if (run % 3 === 0)
        for (let i = 1; i < count; i += 2) wild[i] = (wild[i - 1] as number) * (1 + (1 + (i % 3)) * 2 ** -52);
      wild.sort((a, b) => b - a);
      const c = wild.map(() => random.normal() * 10 ** (-(run % 5) * 25 * random.uniform()));
      let before = Math.hypot(...c);
      for (let iterations = 0; iterations <= count; iterations++) {
        const mask = methods.cgls().mask(iterations, { singularValues: wild, coefficients: c });
        const left = Math.hypot(...wild.map((s, i) => (1 - mask(s)) * (c[i] as number)));
        expect(left, `run ${run}, T = ${iterations}`).toBeLessThanOrEqual(
          before * (1 + 1e-9) + 1e-12 * Math.hypot(...c),
        );
        before = left;
      }
    }
  });

  test("a σ far below the others is not taken for rounding of float64", () => {
    const far = { singularValues: [1, 1e-15], coefficients: [1, 1] };
    expect(methods.cgls().mask(1, far)(1e-15) / 1e-30).toBeCloseTo(1, 13);
    expect(methods.cgls().mask(2, far)(1e-15)).toBe(1);
    expect(methods.cgls().mask(1, { singularValues: [1e308, 1e-200], coefficients: [0, 1] })(1e-200)).toBe(1);
  });

  test("the scale of σ and that of y do not change a mask", () => {
    const mask = methods.cgls().mask(3, problem);
    for (const [a, b] of [
      [1e-300, 1e300],
      [1e300, 1e-300],
      [5e-324 * 2 ** 40, 1],
    ] as const) {
      const scaled = {
        singularValues: singularValues.map((s) => s * a),
        coefficients: coefficients.map((c) => c * b),
      };
      const other = methods.cgls().mask(3, scaled);
      // 2⁻⁴⁰ is the last place of a σ so near the least float64.
      singularValues.forEach((s) => void expect(Math.abs(other(s * a) - mask(s))).toBeLessThan(1e-10));
    }
    expect(methods.cgls().mask(3, problem)(1e308)).toBe(Number.POSITIVE_INFINITY);
  });

  test("no problem, or one that does not fit together, is refused", () => {
    expect(() => methods.cgls().mask(3)).toThrow("problem: none given");
    expect(() => methods.cgls().mask(3, { singularValues: [1, 2], coefficients: [1] })).toThrow(
      "coefficients: 1 given",
    );
    expect(() => methods.cgls().mask(3, { singularValues: [1], coefficients: [Number.NaN] })).toThrow(NotFiniteError);
    expect(() => methods.cgls().mask(3, { singularValues: [-1], coefficients: [1] })).toThrow("singularValues[0]: -1");
    expect(methods.cgls().mask(3, { singularValues: [1, 0.5], coefficients: [0, 0] })(1)).toBe(0);
  });
});
