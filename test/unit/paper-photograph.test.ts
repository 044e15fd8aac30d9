import { expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { lumaOfRgba, photographRow, photographRows } from "../../src/paper/photograph.ts";

/** A picture of grey pixels, its alpha not opaque. */
function grey(rows: readonly (readonly number[])[]) {
  const pixels = rows.flat().flatMap((value) => [value, value, value, 7]);
  return lumaOfRgba(Uint8ClampedArray.from(pixels), rows.length, rows[0]?.length ?? 0);
}

test("takes the middle row unless another is given", () => {
  const picture = grey([
    [0, 0],
    [255, 51],
    [102, 102],
  ]);
  expect([...photographRow(picture, { samples: 2 })]).toEqual([1, expect.closeTo(0.2, 15)]);
  expect([...photographRow(picture, { samples: 2, row: 2 })]).toEqual(
    [0.4, 0.4].map((value) => expect.closeTo(value, 15)),
  );
});

test("weighs red, green and blue as luma, and leaves alpha out", () => {
  const row = photographRow(lumaOfRgba(Uint8Array.of(255, 0, 0, 0, 0, 255, 0, 9, 0, 0, 255, 255), 1, 3), {
    samples: 3,
  });
  expect(row[0]).toBeCloseTo(0.299, 15);
  expect(row[1]).toBeCloseTo(0.587, 15);
  expect(row[2]).toBeCloseTo(0.114, 15);
});

test("shares a pixel between the samples that it lies in, by area", () => {
  const row = photographRow(grey([[255, 0, 255]]), { samples: 2 });
  expect([...row]).toEqual([2 / 3, 2 / 3].map((value) => expect.closeTo(value, 15)));
  const finer = photographRow(grey([[255, 0]]), { samples: 4 });
  expect([...finer]).toEqual([1, 1, 0, 0]);
});

test("keeps the mean of the row, and stays within 0 and 1, whatever the number of samples", () => {
  const pixels = Array.from({ length: 97 }, (_, i) => (i * i * 31) % 256);
  const mean = pixels.reduce((sum, value) => sum + value, 0) / 97 / 255;
  for (const samples of [1, 2, 13, 96, 97, 98, 256]) {
    const row = photographRow(grey([pixels]), { samples });
    expect(row.reduce((sum, value) => sum + value, 0) / samples).toBeCloseTo(mean, 12);
  }
  expect(Math.max(...photographRow(grey([Array(97).fill(255)]), { samples: 13 }))).toBeLessThanOrEqual(1);
});

test("refuses a number that is no row of the picture", () => {
  const picture = grey([[1, 2]]);
  expect(() => lumaOfRgba(new Uint8Array(7), 1, 2)).toThrow(ArgumentError);
  expect(() => lumaOfRgba(new Uint8Array(0), 0, 0)).toThrow(ArgumentError);
  for (const row of [-1, 1, 0.5]) expect(() => photographRow(picture, { samples: 2, row })).toThrow(/row/);
  for (const samples of [0, 1.5]) expect(() => photographRow(picture, { samples })).toThrow(/samples/);
});

test("the signals of the claims are the middle row and six others, at the eighths of the height", () => {
  const picture = grey(Array.from({ length: 16 }, (_, row) => [17 * row, 17 * row]));
  const { row, others } = photographRows(picture, 1);
  expect(row).toEqual(photographRow(picture, { samples: 1 }));
  expect([...others, row].map(([value = 0]) => Math.round(15 * value))).toEqual([2, 4, 6, 10, 12, 14, 8]);
});
