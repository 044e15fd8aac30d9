import { expect, test } from "vitest";
import { type DstKind, dstBaseline, masks, psnr } from "../../src/index.ts";
import { columnOf, logSlope, maskCrossing, totalVariation } from "../../src/paper/measures.ts";
import { verdictOf } from "../../src/paper/study.ts";
import { baselines, halfOctaves, quoteReach, quoteReachAt, trackedTo, tracking } from "../../src/paper/tracking.ts";

test("a power of k has its exponent as slope, over the given k only", () => {
  const values = Array.from({ length: 40 }, (_, i) => (i < 20 ? 3 * (i + 1) ** -2.5 : 1));
  expect(logSlope(values, 4, 20)).toBeCloseTo(-2.5, 12);
  expect(logSlope(values, 4, 40)).toBeGreaterThan(-1.5);
});

test("a mask's crossing is found between its samples", () => {
  const s = Array.from({ length: 17 }, (_, i) => 10 ** (-i / 4));
  const flow = masks.gradientFlow({ learningRate: 1, iterations: 300 });
  for (const level of [0.1, 1 - 1 / Math.E, 0.9]) {
    expect(maskCrossing(s, s.map(flow), level)).toBeCloseTo(Math.sqrt(-Math.log1p(-level) / 300), 12);
  }
  expect(
    maskCrossing(
      s,
      s.map(() => 0.5),
      0.9,
    ),
  ).toBeNaN();
});

test("a column comes from its own matrix of the batch", () => {
  const batch = Array.from({ length: 12 }, (_, i) => i);
  expect(columnOf(batch, { rows: 3, cols: 2 }, 1)).toEqual([1, 3, 5]);
  expect(columnOf(batch, { rows: 3, cols: 2 }, 0, 1)).toEqual([6, 8, 10]);
});

test("total variation adds rises and falls", () => {
  expect(totalVariation([0, 2, -1, -1])).toBe(5);
});

test("K runs in half octaves", () => {
  expect(halfOctaves(32)).toEqual([2, 3, 4, 6, 8, 12, 16, 24, 32]);
});

test("the baselines are the PSNR of the first K sine coefficients", () => {
  const y = Float64Array.from({ length: 64 }, (_, n) => 0.5 + 0.4 * Math.sin((n * n) / 90));
  const components = halfOctaves(32);
  const { dst1, dst7 } = baselines(y, components);
  for (const [kind, found] of Object.entries({ dst1, dst7 })) {
    components.forEach((k, i) => {
      expect(found[i], `${kind}, K = ${k}`).toBeCloseTo(psnr(y, dstBaseline(y, k, kind as DstKind)), 9);
    });
  }
});

test("a curve tracks the baseline unless it falls 3 dB behind, from K = 8 on", () => {
  const figure = { components: [4, 8, 16, 32], dst1: [9, 10, 15, 20] };
  expect(tracking(figure, [0, 11, 14, 17.5])).toMatchObject({ tracks: true, lowest: -2.5, lowestAt: 32, highest: 1 });
  expect(tracking(figure, [9, 10, 11, 20])).toMatchObject({ tracks: false, lowest: -4, lowestAt: 16 });
});

test("a curve reaches the last K before it falls 3 dB behind", () => {
  const figure = { components: [4, 8, 16, 32], dst1: [9, 10, 15, 20] };
  expect(trackedTo(figure, [0, 8, 13, 18])).toBe(32);
  expect(trackedTo(figure, [0, 8, 13, 16])).toBe(16);
  expect(trackedTo(figure, [0, 8, 11, 20])).toBe(8);
  expect(trackedTo(figure, [9, 6, 15, 20])).toBe(0);
  expect(quoteReach({ relu: [16], tanh: [24] }, 32)).toBe("ReLU to K = 16 and tanh to K = 24");
  expect(quoteReach({ tanh: [32, 16, 24] }, 32)).toBe("tanh to K = 16 … 32");
  expect(quoteReach({ tanh: [0, 0] }, 32)).toBe("tanh for no K");
  expect(quoteReach({ relu: [32], tanh: [0, 8], sinc: [32, 32] }, 32)).toBe(
    "ReLU and sinc for all K and tanh to K = 0 … 8",
  );
  const reach = { activation: "tanh", at: "grid", row: 8, others: [16, 32] } as const;
  expect(quoteReachAt([reach, { ...reach, at: "another", row: 16 }], "grid", "row", 32)).toBe("tanh to K = 8");
  expect(quoteReachAt([reach], "grid", "others", 32)).toBe("tanh to K = 16 … 32");
});

test("a curve is unmoved within a quarter of the baseline's range, from K = 8 on", () => {
  const figure = { components: [4, 8, 16, 32], dst1: [9, 10, 15, 20] };
  expect(tracking(figure, [0, 30, 31, 32.4])).toMatchObject({ unmoved: true, baselineRange: 10 });
  expect(tracking(figure, [30, 30, 31, 33]).unmoved).toBe(false);
});

test("a verdict weighs the parts of a claim", () => {
  expect(
    [
      [true, true],
      [true, false],
      [false, false],
    ].map(verdictOf),
  ).toEqual(["holds", "holds in part", "differs"]);
});
