import { expect, test } from "vitest";
import {
  brief,
  fixed,
  formatDecibels,
  formatMilliseconds,
  formatNumber,
  list,
  powerOfTen,
  superscript,
  title,
} from "../../src/format.ts";

test("numbers in the text of a claim", () => {
  expect([-0.5, 0.01, 999, 1930, 6e-8, 0, -1e-5].map(brief)).toEqual([
    "−0.5",
    "0.01",
    "1000",
    "1.9·10³",
    "6.0·10⁻⁸",
    "0",
    "−1.0·10⁻⁵",
  ]);
  expect([0, 1, 2, -12].map(powerOfTen)).toEqual(["1", "10", "10²", "10⁻¹²"]);
  expect(fixed(-1.234, 1)).toBe("−1.2");
  expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(list)).toEqual(["", "a", "a and b", "a, b and c"]);
});

test("numbers in a page", () => {
  expect([0.03123, 961, 1234.5, 1.24e6, -6.01e-8, 0, -2].map((value) => formatNumber(value))).toEqual([
    "0.0312",
    "961",
    "1,235",
    "1.24 × 10⁶",
    "−6.01 × 10⁻⁸",
    "0",
    "−2",
  ]);
  expect([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => formatNumber(value))).toEqual([
    "–",
    "∞",
    "−∞",
  ]);
  expect([12_345, 1234, 123.4, 0.0123].map(formatMilliseconds)).toEqual(["12.3 s", "1.23 s", "123 ms", "0.012 ms"]);
  expect([-1.25, Number.POSITIVE_INFINITY].map(formatDecibels)).toEqual(["−1.3 dB", "exact"]);
});

test("exponents, and the names of activations", () => {
  expect([0, 17, -20].map(superscript)).toEqual(["⁰", "¹⁷", "⁻²⁰"]);
  expect(["relu", "relu2", "relu12", "gelu", "heaviside", "sinc"].map(title)).toEqual([
    "ReLU",
    "ReLU²",
    "ReLU¹²",
    "GELU",
    "Heaviside",
    "sinc",
  ]);
});
