import fc from "fast-check";
import { expect, test } from "vitest";
import { planActivationScans, planPowerScan, powerScanTwin } from "../../src/theory/power-scan.ts";

/** (scale·(x − b))₊^p for one sample and one bias. */
function activation(scale: number, x: number, b: number, power: number): number {
  const z = scale * (x - b);
  return z >= 0 ? z ** power : 0;
}

test("the plan of unsorted sources: equal ones in their order, points that meet a source included", () => {
  const plan = planPowerScan([3, 1, 2, 1, -0, 0], [1, -1, 2.5, 9, 0], 2);
  expect(plan).toEqual({
    order: Uint32Array.of(4, 5, 1, 3, 2, 0),
    positions: Float64Array.of(-0, 0, 1, 1, 2, 3),
    points: Float64Array.of(1, -1, 2.5, 9, 0),
    before: Uint32Array.of(4, 0, 5, 6, 2),
    scale: 2,
  });
});

test("a negative scale reverses the line, a scale of 0 puts every source at every point", () => {
  const turned = planPowerScan([1, 2, 3], [2, 0, 4], -0.5);
  expect(Array.from(turned.order)).toEqual([2, 1, 0]);
  expect(Array.from(turned.before)).toEqual([2, 3, 0]);
  const flat = planPowerScan([1, -2, 3], [2, -5], 0);
  expect(Array.from(flat.order)).toEqual([0, 1, 2]);
  expect(Array.from(flat.before)).toEqual([3, 3]);
  expect(Array.from(powerScanTwin(flat, 0, [1, 2, 4]))).toEqual([7, 7]);
  expect(Array.from(powerScanTwin(flat, 1, [1, 2, 4]))).toEqual([0, 0]);
});

test("equal numbers stay equal under any scale", () => {
  const numbers = [0.1, 100.7, 1 / 3, 1e-300];
  for (const scale of [0.1, -1 / 3, 7e5]) {
    const { product, transposed } = planActivationScans(numbers, numbers, scale);
    for (const plan of [product, transposed]) {
      expect(Array.from(plan.before).sort()).toEqual([1, 2, 3, 4]);
      expect(plan.points.every((point, n) => point === plan.positions[(plan.before[n] ?? 0) - 1])).toBe(true);
    }
  }
});

test("the reference equals the dense product, and the transposed one", () => {
  // Integers small enough that float64 makes no error.
  const line = fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 12 });
  const input = fc.record({
    x: line,
    b: line,
    scale: fc.integer({ min: -2, max: 2 }),
    power: fc.integer({ min: 0, max: 5 }),
  });
  fc.assert(
    fc.property(input, ({ x, b, scale, power }) => {
      const { product, transposed } = planActivationScans(x, b, scale);
      const [weights, residuals] = [b.map((_, m) => (m % 5) - 2), x.map((_, n) => (n % 7) - 3)];
      const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
      expect(Array.from(powerScanTwin(product, power, weights))).toEqual(
        x.map((sample) => sum(b.map((bias, m) => (weights[m] ?? 0) * activation(scale, sample, bias, power)))),
      );
      expect(Array.from(powerScanTwin(transposed, power, residuals))).toEqual(
        b.map((bias) => sum(x.map((sample, n) => (residuals[n] ?? 0) * activation(scale, sample, bias, power)))),
      );
    }),
  );
});

test("2²⁰ unsorted numbers: every source in its place", () => {
  const count = 2 ** 20;
  const scattered = Float64Array.from({ length: count }, (_, i) => (i * 700_001) % count); // a permutation
  const { positions, before, order } = planPowerScan(scattered, scattered, 1);
  expect(positions.every((position, i) => position === i && scattered[order[i] as number] === i)).toBe(true);
  expect(before.every((length, n) => length === (scattered[n] as number) + 1)).toBe(true);
});
