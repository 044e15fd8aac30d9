import { expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { psnr } from "../../src/theory/psnr.ts";

test("an error of a tenth of the peak is 20 dB, whatever the scale and the length", () => {
  expect(psnr([0, 0.5, 1], [0.1, 0.4, 1.1])).toBeCloseTo(20, 12);
  expect(psnr([10, 200], [35.5, 174.5], 255)).toBeCloseTo(20, 12);
});

test("only the mean square counts", () => {
  expect(psnr([0, 0, 0, 0], [0.2, 0, 0, 0])).toBeCloseTo(20, 12);
  expect(psnr([1, 2], [1, 2])).toBe(Number.POSITIVE_INFINITY);
});

test("lengths that differ, nothing at all, or a peak of 0 are refused", () => {
  expect(() => psnr([1, 2], [1])).toThrow("estimate: 1 numbers given for a reference of 2");
  expect(() => psnr([], [])).toThrow(ArgumentError);
  expect(() => psnr([1], [2], 0)).toThrow("peak: 0 given");
});
