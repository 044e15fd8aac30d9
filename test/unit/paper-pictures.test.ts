import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { pngUrl } from "../../src/paper/c11-directions.ts";
import {
  axisVariation,
  frequencies,
  orderCorrelation,
  sinePictures,
  standardise,
} from "../../src/paper/picture-measures.ts";

const N = 12;
const cosine = (p: number, q: number) =>
  Array.from({ length: N * N }, (_, i) => {
    const [row, col] = [Math.floor(i / N) + 0.5, (i % N) + 0.5];
    return Math.cos((Math.PI * p * row) / N) * Math.cos((Math.PI * q * col) / N);
  });

test("a cosine has one frequency", () => {
  expect(frequencies(cosine(3, 4), N, 4).mean).toBeCloseTo(5, 12);
  expect(frequencies(cosine(0, 0), N, 1)).toEqual({ mean: expect.closeTo(0, 12), lowest: expect.closeTo(1, 12) });
  expect(frequencies(cosine(0, 2), N, 4).lowest).toBeCloseTo(0, 12);
  expect(frequencies(cosine(0, 2), N, 6).lowest).toBeCloseTo(1, 12);
});

test("variation is that of each axis", () => {
  const ramp = Array.from({ length: N * N }, (_, i) => Math.floor(i / N) - 2 * (i % N));
  expect(axisVariation(ramp, N)).toEqual({ down: N - 1, across: 2 * (N - 1) });
});

test("the sine pictures are orthogonal, of mean square 1, in the order of p² + q²", () => {
  const pictures = sinePictures(N, 6);
  for (const [i, a] of pictures.entries()) {
    for (const [j, b] of pictures.entries()) {
      const product = a.reduce((sum, value, n) => sum + value * (b[n] as number), 0) / (N * N);
      expect(product).toBeCloseTo(i === j ? 1 : 0, 12);
    }
  }
  // (1,1), (1,2), (2,1), (2,2), (1,3), (3,1): half-waves are counted by the changes of sign.
  const changes = (u: readonly number[], step: number) =>
    Array.from({ length: N - 1 }, (_, i) => (u[i * step] as number) * (u[(i + 1) * step] as number) < 0).filter(Boolean)
      .length;
  expect(pictures.map((u) => [changes(u, N) + 1, changes(u, 1) + 1])).toEqual([
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 2],
    [1, 3],
    [3, 1],
  ]);
});

test("a component has mean square 1 and its largest entry positive", () => {
  expect(standardise([3, -4, 0, 0])).toEqual([-1.2, 1.6, 0, 0].map((value) => expect.closeTo(value, 12)));
});

test("the order of ranks is 1 ascending and −1 descending", () => {
  expect(orderCorrelation([1, 2, 5, 9])).toBe(1);
  expect(orderCorrelation([9, 5, 2, 1])).toBe(-1);
  expect(orderCorrelation([1, 3, 2, 4])).toBeCloseTo(0.8, 12); // scipy.stats.spearmanr
});

test.each([
  [2, 3],
  [300, 400],
])("a PNG of %d × %d pixels holds their grey values", (rows, cols) => {
  const values = Array.from({ length: rows * cols }, (_, i) => ((i * 7) % 256) / 255);
  const [head = "", body = ""] = pngUrl(values, rows, cols).split(",");
  expect(head).toBe("data:image/png;base64");
  const file = Buffer.from(body, "base64");
  expect(file.subarray(0, 8)).toEqual(Buffer.from("\x89PNG\r\n\x1a\n", "latin1"));
  expect(file.subarray(12, 29).toString("latin1").slice(0, 4)).toBe("IHDR");
  expect([file.readUInt32BE(16), file.readUInt32BE(20), file[24], file[25]]).toEqual([cols, rows, 8, 0]);
  const length = file.readUInt32BE(33);
  expect(file.subarray(37, 41).toString("latin1")).toBe("IDAT");
  const lines = inflateSync(file.subarray(41, 41 + length)); // checks the sum of the stream
  const pixels = Array.from({ length: rows }, (_, row) => [
    ...lines.subarray(row * (cols + 1) + 1, (row + 1) * (cols + 1)),
  ]);
  expect(pixels.flat()).toEqual(values.map((value) => Math.round(255 * value)));
  expect(file.subarray(-8)).toEqual(Buffer.from([0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82])); // and that of the end
});
