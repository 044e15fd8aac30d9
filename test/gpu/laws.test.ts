import { EVD, Matrix } from "ml-matrix";
import { expect } from "vitest";
import type { Engine } from "../../src/index.ts";
import { heavisideLoss, powerLaw } from "../../src/paper/l1-power-law.ts";
import { acceleration } from "../../src/paper/l2-acceleration.ts";
import {
  descentQuotient,
  earlyStopping,
  flowQuotient,
  iterationsWithin,
  worstOfMasks,
  worstQuotient,
} from "../../src/paper/l3-early-stopping.ts";
import { saturation } from "../../src/paper/l4-saturation.ts";
import { noise } from "../../src/paper/l5-noise.ts";
import { trainingJacobian } from "../../src/paper/l6-training-jacobian.ts";
import { effectivePenalty, schedules } from "../../src/paper/l7-schedules.ts";
import { preconditioning } from "../../src/paper/l8-preconditioning.ts";
import { randomFeatures } from "../../src/paper/l9-random-features.ts";
import { bestPolynomial, polynomials } from "../../src/paper/l10-polynomials.ts";
import { decayIn, plane, steepest } from "../../src/paper/l11-plane.ts";
import { gaussianKernel, kernelRatios } from "../../src/paper/plane-kernels.ts";
import type { Study } from "../../src/paper/study.ts";
import { activationMatrixTwin } from "../../src/theory/activations.ts";
import { fourierFeatures, randomNeurons } from "../../src/theory/neurons.ts";
import { gridCentres, offsetBiases, offsetSamples } from "../../src/theory/sample-grids.ts";
import { heavisideSvd } from "../support/closed-forms.ts";
import { test } from "../support/engine.ts";
import { expectFigures, expectWhole, reproduceOnce } from "../support/reproduction.ts";

/** Laws need no photograph: any row will do. */
const { chosen, reproduction, events } = reproduceOnce(({ id }) => id.startsWith("L"), new Float64Array(64).fill(0.5));

/** One law, of all that were run together; every verdict is that of the law as worded. */
async function lawOf<Data>(engine: Engine, study: Study<string, Data>) {
  const { claims, data } = await reproduction(engine);
  const verdict = claims.find(({ id }) => id === study.id)?.verdict;
  return { verdict, data: (data as Readonly<Record<string, unknown>>)[study.name] as Data };
}

test("measures every law, with progress from 0 to 1, and leaves no memory behind", async ({ engine }) => {
  expectWhole(engine, chosen, await reproduction(engine), events);
}, 120_000);

test("every figure of a law stands alone as a file", async ({ engine }) => {
  expectFigures(chosen, await reproduction(engine));
});

test("L1: the closed form of Heaviside with y = 1 is exact to 1 % at N = 2048", () => {
  // ‖r_q‖²/N by the exact SVD, in float64 by numpy.
  const exact = { 10: 0.0792914, 100: 0.0251129, 1000: 0.00779006, 10000: 0.00230364 };
  for (const [q, loss] of Object.entries(exact)) {
    expect(Math.abs(heavisideLoss(Number(q), 2048) / loss - 1), q).toBeLessThan(0.01);
  }
});

test("L1: every exponent is (2s − 1)/(2η), and descents have the losses of the exact spectrum", async ({ engine }) => {
  const { verdict, data } = await lawOf(engine, powerLaw);
  expect(verdict).toBe("holds");
  expect(data.runs.map(({ expected }) => expected)).toEqual([0.5, 0.5, 0.25, 1, 1, 0.5, 1.5, 1.5, 0.75]);
  for (const { exponent, expected } of data.runs) expect(Math.abs(exponent / expected - 1)).toBeLessThan(0.1);

  const { singularValues } = heavisideSvd(128);
  const ratios = singularValues.map((value) => value / (singularValues[0] as number));
  for (const { smoothness, descended } of data.runs.filter(({ activation }) => activation === "heaviside")) {
    const sum = (q: number) => ratios.reduce((total, r) => total + (1 - r * r) ** (2 * q) * r ** (2 * smoothness), 0);
    for (const { iterations, loss } of descended) {
      expect(Math.abs(loss / (sum(iterations) / sum(0)) - 1), `${smoothness}, ${iterations}`).toBeLessThan(1e-4);
    }
  }
});

test("L2: acceleration doubles the exponent, with Nesterov's momentum up to 3", async ({ engine }) => {
  const { verdict, data } = await lawOf(engine, acceleration);
  expect(verdict).toBe("holds");
  const exponents = (method: string) => data.filter((run) => run.method === method).map(({ exponent }) => exponent);
  const descent = exponents("gradientDescent");
  [0.25, 0.75, 1.25, 1.75].forEach((zeta, i) => {
    expect(Math.abs((descent[i] as number) / zeta - 1), `ζ = ${zeta}`).toBeLessThan(0.1);
  });
  exponents("nuMethod").forEach((exponent, i) => {
    expect(Math.abs(exponent / (descent[i] as number) - 2)).toBeLessThan(0.2);
  });
  // By numpy in float64 on the spectrum (k − ½)⁻⁴ the exponent over T = 10⁴ … 4·10⁴ is 3.25 = ζ + 3/2.
  expect(exponents("nesterov")[3]).toBeGreaterThan(2.9);
  expect(exponents("nesterov")[3]).toBeLessThan(3.25);
});

test("L3: the quotient of the masks has mpmath's maximum, also for few steps", () => {
  expect(flowQuotient(1.79328213290076)).toBeCloseTo(1.29842560752564, 13);
  for (const x of [1e-6, 0.5, 1.7, 1.9, 10, 1e4]) expect(flowQuotient(x)).toBeLessThan(1.29842560752564);
  expect(worstQuotient(1)).toBeCloseTo(2, 12);
  expect(worstQuotient(2)).toBeCloseTo(1.5625, 12);
  expect(worstQuotient(10)).toBeCloseTo(1.34190330582405, 12);
  expect(worstQuotient(1000)).toBeCloseTo(1.29884257265817, 12);
  expect(descentQuotient(2, 0.75)).toBeCloseTo(1.5625, 14);
  const { at, quotient } = worstOfMasks();
  expect(at).toBeCloseTo(1.79328213290076, 6);
  expect(quotient).toBeCloseTo(1.29842560752564, 13);
  const first = iterationsWithin(1.69);
  expect(worstQuotient(first) ** 2).toBeLessThanOrEqual(1.69);
  expect(worstQuotient(first - 1) ** 2).toBeGreaterThan(1.69);
});

test("L3: no path exceeds the bound, noise alone comes near it, and the dots are descents", async ({ engine }) => {
  const { verdict, data } = await lawOf(engine, earlyStopping);
  expect(verdict).toBe("holds");
  const worst = Math.max(...data.paths.flatMap(({ quotients }) => quotients));
  expect(worst).toBeLessThan(1.6859091);
  expect(worst).toBeGreaterThan(1.6);
  const [noise] = data.descents;
  // One step at α = 1/σ₁² fits the first component wholly, where ridge at λ = σ₁² fits half of it.
  expect(noise?.quotients[0]).toBeGreaterThan(3);
  expect(noise?.quotients.at(-1)).toBeLessThan(1.5);
});

test("L7: the penalty of a constant rate in closed form, and its limit", () => {
  const rates = [0.5, 0.5, 0.5];
  expect(effectivePenalty(rates, 1)).toBeCloseTo(1 / 7, 14);
  expect(effectivePenalty(rates, 0)).toBeCloseTo(2 / 3, 14);
  expect(effectivePenalty(rates, 1e-9)).toBeCloseTo(2 / 3, 14);
  expect(effectivePenalty([1, 0.2], 1)).toBe(0);
});

test("L7: each descent applied the mask of its ridge", async ({ engine }) => {
  const { verdict, data } = await lawOf(engine, schedules);
  expect(verdict).toBe("holds");
  expect(data.curves).toHaveLength(5);
  for (const { schedule, measured } of data.curves) {
    expect(measured.length, schedule).toBeGreaterThan(5);
    // At ridge's λ = 1/Ση the penalties lie below 1, and above it nowhere.
    for (const { penalty } of measured) expect(penalty, schedule).toBeLessThan(1 + 1e-4);
  }
  const [constant, decay, warmUp] = data.curves.map(({ penalty }) => penalty[0] as number);
  expect(decay).toBeLessThan(0.5 * (constant as number));
  expect(warmUp).toBeCloseTo(decay as number, 12);
});

test("L6: singular values of powers of I − αAᵀA, by eigenvalues in float64", async ({ engine }) => {
  const { verdict, data } = await lawOf(engine, trainingJacobian);
  expect(verdict).toBe("holds");
  const entries = activationMatrixTwin({ activation: "tanh", scale: 24, x: offsetSamples(24), b: offsetBiases(48) });
  const a = Matrix.from1DArray(24, 48, entries);
  const values = new EVD(a.transpose().mmul(a), { assumeSymmetric: true }).realEigenvalues;
  const largest = Math.max(...values);
  for (const { iterations, measured, used, share } of data) {
    const expected = values.map((value) => Math.abs(1 - value / largest) ** iterations).sort((p, q) => q - p);
    expected.forEach((value, k) => {
      expect(Math.abs((measured[k] as number) - value), `${iterations}, ${k}`).toBeLessThan(iterations * 1e-7 + 2e-6);
    });
    expect(used).toBe(expected.filter((value) => value <= 1 / Math.E).length);
    expect(share).toBeGreaterThan(0.8);
    expect(share).toBeLessThan(1);
  }
});

test("L4: ridge's losses are those of the exact spectrum, and descent leaves less of smooth targets", async ({
  engine,
}) => {
  const { verdict, data } = await lawOf(engine, saturation);
  expect(verdict).toBe("holds");
  const { singularValues } = heavisideSvd(128);
  const ratios = Array.from(singularValues, (value) => value / (singularValues[0] as number));
  for (const { operator, smoothness, losses } of data.curves.filter(({ smoothness }) => smoothness >= 3)) {
    data.components.forEach((k, i) => {
      const kept = (ratios[k - 1] as number) ** 2;
      const left = (r: number) => (operator === "ridge" ? kept / (r * r + kept) : (1 - r * r) ** Math.round(1 / kept));
      const sum = (factor: (r: number) => number) =>
        ratios.reduce((total, r) => total + (factor(r) * r ** smoothness) ** 2, 0);
      const exact = sum(left) / sum(() => 1);
      expect(Math.abs((losses[i] as number) / exact - 1), `${operator}, ${smoothness}, ${k}`).toBeLessThan(0.02);
    });
  }
  const last = (operator: string) =>
    data.curves.findLast((curve) => curve.operator === operator)?.losses.at(-1) as number;
  expect(last("ridge")).toBeGreaterThan(100 * last("descent"));
});

test("L5: bias falls and variance rises, and stopping at the best step beats both ends", async ({ engine }) => {
  const { verdict, data } = await lawOf(engine, noise);
  expect(verdict).toBe("holds");
  // All of the noise remains where nothing is stopped: variance s²·Σm²/N tends to s².
  const { singularValues } = heavisideSvd(32);
  const last = data.iterations.at(-1) as number;
  const m = singularValues.map((s) => 1 - (1 - (s / (singularValues[0] as number)) ** 2) ** last);
  expect(data.variance.at(-1)).toBeCloseTo((0.4 ** 2 * m.reduce((sum, value) => sum + value * value, 0)) / 32, 6);
  const errors = data.error.map(({ mean }) => mean);
  const best = Math.min(...errors);
  expect(errors[0]).toBeGreaterThan(2 * best);
  expect(errors.at(-1)).toBeGreaterThan(2 * best);
  for (const rule of Object.values(data.rules)) {
    expect(rule).toBeGreaterThan(1);
    expect(rule).toBeLessThan(data.unstopped);
  }
});

test("L8: the steps of EigenPro are those of the flattened closed form", async ({ engine }) => {
  const { verdict, data } = await lawOf(engine, preconditioning);
  expect(verdict).toBe("holds");
  const { singularValues } = heavisideSvd(64);
  const square = (k: number) => (singularValues[k - 1] as number) ** 2;
  const steps = (rate: number) => Math.ceil(-1 / Math.log1p(-rate));
  const [descent, eigenPro, newton] = data;
  expect(descent?.iterations).toBe(steps(square(32) / square(1)));
  expect(eigenPro?.iterations).toBe(steps(square(32) / square(9)));
  expect(newton?.iterations).toBe(2);
  for (const { method, measured, ratios } of data) {
    expect(measured.length, method).toBeGreaterThan(2);
    for (const { component, ratio } of measured) {
      expect(Math.abs(ratio / (ratios[component - 1] as number) - 1), `${method}, ${component}`).toBeLessThan(1e-3);
    }
  }
});

test("L9: least squares peaks at N = M, and ridge does not", async ({ engine }) => {
  const { verdict, data } = await lawOf(engine, randomFeatures);
  expect(verdict).toBe("holds");
  const at = (width: number) => data.find((result) => result.width === width);
  expect(at(32)?.leastSquares).toBeGreaterThan(3 * (at(8)?.leastSquares as number));
  expect(at(32)?.leastSquares).toBeGreaterThan(3 * (at(256)?.leastSquares as number));
  expect(at(32)?.smallest).toBeLessThan(0.1 * (at(256)?.smallest as number));
});

test("L10: spectra of zᵖ as numpy has them, and the best polynomials in closed form", async ({ engine }) => {
  const { verdict, data } = await lawOf(engine, polynomials);
  expect(verdict).toBe("holds");
  // numpy.linalg.svd in float64: N = 64, linspace(−1, 1).
  const known = [
    [1, 1],
    [1, 0.8541816, 0.1458184],
    [1, 1, 0.06854455, 0.06854455],
    [1, 1, 0.04538933, 0.04538933, 3.848393e-3, 3.848393e-3],
  ];
  known.forEach((ratios, i) => {
    ratios.forEach((ratio, k) => {
      expect(data.polynomials[i]?.ratios[k]).toBeCloseTo(ratio, 5);
    });
  });
  // x² over −1, −½, 0, ½, 1: the best line is the mean, ½; what is left is (½, −¼, −½, −¼, ½).
  const x = [-1, -0.5, 0, 0.5, 1];
  const squares = x.map((value) => value * value);
  expect(bestPolynomial(x, squares, 1)).toBeCloseTo(Math.sqrt(0.875 / 2.125), 14);
  expect(bestPolynomial(x, squares, 2)).toBeLessThan(1e-15);
});

test("L11: spectra in the plane, by eigenvalues in float64 of the same matrices, and those of their kernels", async ({
  engine,
}) => {
  // On a line Heaviside, ReLU and ReLU² fall as k⁻¹, k⁻², k⁻³, as C2 has it.
  expect([0, 1, 2].map((order) => decayIn(1, order))).toEqual([1, 2, 3]);
  expect([0, 1, 2].map((order) => decayIn(2, order))).toEqual([0.75, 1.25, 1.75]);
  const { verdict, data } = await lawOf(engine, plane);
  expect(verdict).toBe("holds");

  // scipy: slopes by numpy.polyfit; the kernel on 14 × 14 pixels with 31 × 31 nodes of Gauss, at k = 2, 4, 8, 16, 32, 48.
  const known = [
    [0.38622, 0.16505, 0.10035, 0.052749, 0.031334, 0.022792],
    [0.54186, 0.15208, 0.044583, 0.012664, 0.0048766, 0.0024464],
    [0.66633, 0.26691, 0.047429, 0.0053356, 0.0012087, 0.00042139],
  ];
  const slopes = [-0.876, -1.59, -2.393];
  for (const [order, { kernel }] of data.powers.entries()) {
    expect(steepest(order)).toBeCloseTo(slopes[order] as number, 3);
    [2, 4, 8, 16, 32, 48].forEach((k, i) => {
      const ratio = (kernel[k - 1] as number) / ((known[order] as number[])[i] as number);
      expect(Math.abs(ratio - 1), `order ${order}, k = ${k}`).toBeLessThan(0.01);
    });
  }

  const x = gridCentres([14, 14]);
  const drawn = { width: 1024, dimensions: 2, seed: 1 } as const;
  const relu = { activation: "relu", x, ...randomNeurons({ ...drawn, directions: "uniform" }) } as const;
  const features = fourierFeatures({ ...drawn, directions: "normal", scale: 16 });
  const sine = { activation: "sine", scale: 16, x, ...features } as const;
  for (const [input, measured] of [
    [relu, data.powers[1]],
    [sine, data.fourier[1]],
  ] as const) {
    const a = Matrix.from1DArray(196, 1024, activationMatrixTwin(input));
    const exact = ratiosOf(a.mmul(a.transpose()));
    measured?.ratios.forEach((ratio, k) => {
      expect(Math.abs(ratio - (exact[k] as number)), `${measured.label}, k = ${k + 1}`).toBeLessThan(2e-6);
    });
  }
});

test("L11: a kernel's eigenvalues by its four parities are those of the whole kernel", () => {
  const x = gridCentres([8, 8]);
  const at = (n: number) => [x[2 * n] as number, x[2 * n + 1] as number] as const;
  const kernel = gaussianKernel(5);
  const whole = Array.from({ length: 64 }, (_, n) => Array.from({ length: 64 }, (_, m) => kernel(at(n), at(m))));
  const exact = ratiosOf(new Matrix(whole));
  for (const [k, ratio] of kernelRatios(kernel, 8).slice(0, 40).entries()) {
    expect(Math.abs(ratio - (exact[k] as number))).toBeLessThan(1e-7);
  }
});

/** √(λ_k/λ_1), descending, of a symmetric matrix. */
function ratiosOf(symmetric: Matrix): number[] {
  const values = new EVD(symmetric, { assumeSymmetric: true }).realEigenvalues.sort((p, q) => q - p);
  return values.map((value) => Math.sqrt(Math.max(0, value) / (values[0] as number)));
}
