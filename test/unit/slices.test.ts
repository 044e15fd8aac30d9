import { expect, test } from "vitest";
import { randomNeurons } from "../../src/theory/neurons.ts";
import { createRandom } from "../../src/theory/random.ts";
import { sliceNeurons } from "../../src/theory/slices.ts";

test.for([
  [1, 1, 1],
  [2, 1, 1],
  [3, 1e-9, 30],
  [14, 1e6, 1e-3],
] as const)(
  "in %d dimensions, samples up to %d and directions up to %d: products and sums are exact",
  ([dimensions, ofX, ofV]) => {
    const [rows, cols] = [37, 41];
    const { uniform } = createRandom(dimensions);
    const x = Float64Array.from({ length: rows * dimensions }, () => ofX * (2 * uniform() - 1));
    const neurons = randomNeurons({ width: cols, dimensions, directions: "uniform", seed: 4 });
    const v = neurons.v.map((value) => value * ofV);
    const b = neurons.b.map((value) => value * ofV * ofX * 0.5);
    const sliced = sliceNeurons({ x, v, b }, dimensions);
    if (!sliced) throw new Error("slices expected");
    const slices = (values: Float32Array, place: number) =>
      [...values.subarray(3 * place, 3 * place + 3)] as [number, number, number];
    const size = ofX * ofV;
    for (let n = 0; n < rows; n++) {
      for (let m = 0; m < cols; m++) {
        let [main, middle, low] = slices(sliced.neurons, m * (1 + dimensions)).map((value) => -value) as [
          number,
          number,
          number,
        ];
        let exact = -(b[m] as number);
        for (let d = 0; d < dimensions; d++) {
          const [x1, x2, x3] = slices(sliced.x, n * dimensions + d);
          const [v1, v2, v3] = slices(sliced.neurons, m * (1 + dimensions) + 1 + d);
          expect(x1 + x2 + x3).toBeCloseTo(x[n * dimensions + d] as number, 12);
          main += v1 * x1;
          middle += v1 * x2 + v2 * x1;
          for (const exactly of [v1 * x1, v1 * x2, v2 * x1, main, middle]) expect(Math.fround(exactly)).toBe(exactly);
          low += v1 * x3 + v2 * (x2 + x3) + v3 * (x1 + x2);
          exact += (v[m * dimensions + d] as number) * (x[n * dimensions + d] as number);
        }
        expect(Math.abs(main + middle + low - exact)).toBeLessThan(2 ** -40 * dimensions * size);
      }
    }
  },
);

test("samples far from 0 lose no digits", () => {
  const dimensions = 2;
  const grid = [0, 1, 5, 9, 13, 2 ** 10 - 1].map((k) => k / 2 ** 10);
  const x = grid.flatMap((first) => grid.flatMap((second) => [2 ** 30 + first, second - 2 ** 30]));
  const v = [3, 1, -5, 2, 1, 0];
  const b = [3 * 2 ** 30 - 2 ** 30 + 1, -7 * 2 ** 30, 2 ** 30 + 0.5];
  const sliced = sliceNeurons({ x, v, b }, dimensions);
  if (!sliced) throw new Error("slices expected");
  const value = (values: Float32Array, place: number) =>
    values.subarray(3 * place, 3 * place + 3).reduce((sum, slice) => sum + slice, 0);
  for (let n = 0; n < x.length / 2; n++) {
    for (let m = 0; m < b.length; m++) {
      const at = (d: number) => value(sliced.neurons, 3 * m + 1 + d) * value(sliced.x, 2 * n + d);
      const exact = (v[2 * m] as number) * (x[2 * n] as number) + (v[2 * m + 1] as number) * (x[2 * n + 1] as number);
      expect(at(0) + at(1) - value(sliced.neurons, 3 * m)).toBe(exact - (b[m] as number));
    }
  }
  // Whatever the offset, the slices are of the samples' extent.
  expect(Math.max(...sliced.x.map(Math.abs))).toBeLessThanOrEqual(2);
});

test("too many dimensions, or biases far beyond the products, leave no bits for slices", () => {
  const make = (dimensions: number, bias: number) =>
    sliceNeurons(
      { x: new Float64Array(dimensions).fill(1), v: new Float64Array(dimensions).fill(1), b: [bias] },
      dimensions,
    );
  expect(make(14, 1)).toBeDefined();
  expect(make(16, 1)).toBeUndefined();
  expect(make(2, 12 * 4)).toBeDefined();
  expect(make(2, 14 * 4)).toBeUndefined();
});
