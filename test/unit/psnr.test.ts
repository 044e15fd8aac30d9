import { expect, test } from "vitest";
import { ArgumentError, NotFiniteError } from "../../src/errors.ts";
import { psnr } from "../../src/theory/psnr.ts";

test("an error of a tenth of the peak is 20 dB, whatever the scale and the length", () => {
  expect(psnr([0, 0.5, 1], [0.1, 0.4, 1.1])).toBeCloseTo(20, 12);
  expect(psnr([10, 200], [35.5, 174.5], 255)).toBeCloseTo(20, 12);
});

test("only the mean square counts", () => {
  expect(psnr([0, 0, 0, 0], [0.2, 0, 0, 0])).toBeCloseTo(20, 12);
  expect(psnr([1, 2], [1, 2])).toBe(Number.POSITIVE_INFINITY);
});

test("no square overflows or vanishes", () => {
  expect(psnr([1e200, 0], [0.9e200, 1e199], 1e200)).toBeCloseTo(20, 12);
  expect(psnr([1e-200, 0], [0.9e-200, 1e-201], 1e-200)).toBeCloseTo(20, 12);
  expect(psnr([1.5e308], [-1.5e308], 1e308)).toBeCloseTo(-20 * Math.log10(3), 12);
  expect(psnr([0, 1], [5e-324, 1])).toBeCloseTo(-20 * Math.log10(5e-324) + 10 * Math.log10(2), 9);
});

test("NaN and infinities are refused by place", () => {
  expect(() => psnr([1, Number.NaN], [1, 2])).toThrow(NotFiniteError);
  expect(() => psnr([1, 2], [1, Number.POSITIVE_INFINITY])).toThrow("estimate[1]: Infinity given");
});

test("lengths that differ, nothing at all, or a peak of 0 are refused", () => {
  expect(() => psnr([1, 2], [1])).toThrow("estimate: 1 numbers given for a reference of 2");
  expect(() => psnr([], [])).toThrow(ArgumentError);
  expect(() => psnr([1], [2], 0)).toThrow("peak: 0 given");
});
