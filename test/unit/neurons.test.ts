import { expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { activationMatrixTwin } from "../../src/theory/activations.ts";
import { type DirectionLaw, fourierFeatures, randomNeurons } from "../../src/theory/neurons.ts";
import { gridCentres } from "../../src/theory/sample-grids.ts";

const draw = { width: 20_000, dimensions: 3, directions: "normal", seed: 1 } as const;
const mean = (values: Iterable<number>) => {
  const all = [...values];
  return all.reduce((sum, value) => sum + value, 0) / all.length;
};
/** Column d of M×D numbers. */
const column = (v: Float64Array, dimensions: number, d: number) => v.filter((_, i) => i % dimensions === d);

test("normal directions have mean 0, variance 1 and no correlation", () => {
  const { v } = randomNeurons(draw);
  const columns = [0, 1, 2].map((d) => column(v, 3, d));
  // Five standard deviations: 1/√M of a mean and of a correlation, √(2/M) of a variance.
  for (const [d, one] of columns.entries()) {
    expect(Math.abs(mean(one))).toBeLessThan(5 / Math.sqrt(draw.width));
    for (const [e, other] of columns.entries()) {
      const product = mean(one.map((value, m) => value * (other[m] as number)));
      expect(Math.abs(product - (d === e ? 1 : 0))).toBeLessThan(5 * Math.sqrt(2 / draw.width));
    }
  }
});

test.for([1, 2, 3, 17])(
  "uniform directions in %d dimensions have length 1, and no direction is preferred",
  (dimensions) => {
    const { v } = randomNeurons({ ...draw, dimensions, directions: "uniform" });
    for (let m = 0; m < draw.width; m++) {
      expect(Math.hypot(...v.subarray(m * dimensions, (m + 1) * dimensions))).toBeCloseTo(1, 14);
    }
    for (let d = 0; d < dimensions; d++) {
      const one = column(v, dimensions, d);
      expect(Math.abs(mean(one))).toBeLessThan(5 / Math.sqrt(draw.width * dimensions));
      // On the sphere E v_d² = 1/D and E v_d⁴ = 3/(D(D + 2)).
      const deviation = Math.sqrt(Math.max(0, 3 / (dimensions * (dimensions + 2)) - 1 / dimensions ** 2) / draw.width);
      expect(Math.abs(mean(one.map((value) => value * value)) - 1 / dimensions)).toBeLessThan(5 * deviation + 1e-12);
    }
  },
);

test.for<DirectionLaw>(["normal", "uniform"])(
  "every plane v·x = b of %s directions passes through the unit cube",
  (directions) => {
    const { v, b } = randomNeurons({ ...draw, directions });
    b.forEach((bias, m) => {
      const direction = [...v.subarray(3 * m, 3 * m + 3)];
      const least = direction.reduce((sum, v_d) => sum + Math.min(0, v_d), 0);
      const most = direction.reduce((sum, v_d) => sum + Math.max(0, v_d), 0);
      expect(bias).toBeGreaterThanOrEqual(least);
      expect(bias).toBeLessThanOrEqual(most);
    });
    // c is uniform on the cube: the mean of b_m over v_m·(½, …, ½) vanishes in the differences.
    const differences = b.map(
      (bias, m) => bias - 0.5 * v.subarray(3 * m, 3 * m + 3).reduce((sum, v_d) => sum + v_d, 0),
    );
    expect(Math.abs(mean(differences))).toBeLessThan(5 * Math.sqrt(3 / 12 / draw.width));
  },
);

test("a seed gives the same neurons for every width, and another seed others", () => {
  const few = randomNeurons({ ...draw, width: 5 });
  const many = randomNeurons({ ...draw, width: 9 });
  expect([...many.v.subarray(0, 15)]).toEqual([...few.v]);
  expect([...many.b.subarray(0, 5)]).toEqual([...few.b]);
  expect([...randomNeurons({ ...draw, width: 5, seed: 2 }).v]).not.toEqual([...few.v]);
});

test("Fourier features are the sine and the cosine of each direction", () => {
  const options = { width: 7, dimensions: 2, directions: "normal", seed: 3, scale: 20 } as const;
  const { v, b } = fourierFeatures(options);
  const x = gridCentres([3, 4]);
  const A = activationMatrixTwin({ activation: "sine", scale: options.scale, x, v, b });
  for (let n = 0; n < 12; n++) {
    for (let m = 0; m < options.width; m++) {
      const [first = 0, second = 0] = v.subarray(4 * Math.floor(m / 2));
      const angle = 20 * (first * (x[2 * n] as number) + second * (x[2 * n + 1] as number));
      expect(A[n * 7 + m]).toBeCloseTo(m % 2 === 0 ? Math.sin(angle) : Math.cos(angle), 12);
    }
  }
});

test("the centres of a grid's cells, the last coordinate fastest", () => {
  expect([...gridCentres([4])]).toEqual([0.125, 0.375, 0.625, 0.875]);
  expect([...gridCentres([2, 1])]).toEqual([0.25, 0.5, 0.75, 0.5]);
  const cube = gridCentres([2, 3, 4]);
  expect(cube).toHaveLength(72);
  expect([...cube.subarray(3 * 23)]).toEqual([0.75, 5 / 6, 0.875]);
  expect([...cube.subarray(3 * 13, 3 * 14)]).toEqual([0.75, 1 / 6, 0.375]);
});

test.for([
  ["width: 0 given", () => randomNeurons({ ...draw, width: 0 })],
  ["dimensions: 1.5 given", () => randomNeurons({ ...draw, dimensions: 1.5 })],
  ["width · dimensions: 300000000 given", () => randomNeurons({ ...draw, width: 1e8 })],
  ['directions: "raster" given', () => randomNeurons({ ...draw, directions: "raster" as "normal" })],
  ["seed: -1 given", () => randomNeurons({ ...draw, seed: -1 })],
  ["seed: 4294967296 given", () => randomNeurons({ ...draw, seed: 2 ** 32 })],
  ["π / (2 · scale): Infinity given", () => fourierFeatures({ ...draw, scale: 0 })],
  ["scale: NaN given", () => fourierFeatures({ ...draw, scale: Number.NaN })],
  ["dimensions: 0 given", () => gridCentres([])],
  ["shape[1]: 0 given", () => gridCentres([3, 0])],
  ["numbers: 200000000 given", () => gridCentres([1e4, 1e4])],
] as const)("%s is refused", ([message, call]) => {
  expect(call).toThrow(ArgumentError);
  expect(call).toThrow(message);
});
