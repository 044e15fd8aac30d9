import { expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { linspace, offsetBiases, offsetSamples } from "../../src/theory/sample-grids.ts";

test("linspace includes both ends exactly and steps evenly", () => {
  expect([...linspace(0, 1, 5)]).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect([...linspace(3, -1, 3)]).toEqual([3, 1, -1]);
  expect([...linspace(0.1, 0.7, 1)]).toEqual([0.1]);
  for (const count of [2, 7, 50, 1001]) expect(linspace(0.1, 0.7, count).at(-1)).toBe(0.7);
});

test("the offset grid puts every sample just below the next bias", () => {
  expect([...offsetBiases(4)]).toEqual([0, 0.25, 0.5, 0.75]);
  for (const count of [1, 4, 97, 1000]) {
    const [x, b] = [offsetSamples(count), offsetBiases(count)];
    for (let n = 0; n < count; n++) {
      expect(Math.abs((x[n] ?? 0) - (n + 1) / count)).toBeLessThan(1e-12);
      expect(x[n]).toBeGreaterThan(b[n] ?? 0);
      if (n + 1 < count) expect(x[n]).toBeLessThan(b[n + 1] ?? 0);
    }
  }
});

test("a count that is no positive integer, or an end that is not finite, is refused", () => {
  for (const count of [0, -1, 2.5, Number.NaN]) {
    expect(() => offsetSamples(count)).toThrow(ArgumentError);
    expect(() => offsetBiases(count)).toThrow(ArgumentError);
    expect(() => linspace(0, 1, count)).toThrow(`count: ${count} given`);
  }
  expect(() => linspace(0, Number.POSITIVE_INFINITY, 3)).toThrow(ArgumentError);
  expect(() => linspace(-1e308, 1e308, 3)).toThrow("stop − start: Infinity given");
  for (const grid of [offsetSamples, offsetBiases, (count: number) => linspace(0, 1, count)]) {
    expect(() => grid(1e15)).toThrow("count: 1000000000000000 given, at most 134217728 expected");
  }
});
