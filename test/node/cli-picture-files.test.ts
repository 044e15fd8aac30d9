import { describe, expect, test } from "vitest";
import { readPicture } from "../../src/cli/picture-files.ts";
import { ArgumentError } from "../../src/index.ts";
import { write } from "../support/cli-inputs.ts";
import { adobe, exif, jfif, writeJpeg, writePng } from "../support/picture-writers.ts";

/** rows × cols pixels of `channels` samples with `bits`, no two rows or columns alike. */
const samples = (rows: number, cols: number, channels: number, bits: number) =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: cols }, (_, col) =>
      Array.from({ length: channels }, (_, channel) => (row * 7919 + col * 104_729 + channel * 31_337) % 2 ** bits),
    ),
  );

const sizes = [
  [1, 1],
  [1, 9],
  [11, 1],
  [9, 13],
] as const;

describe("PNG", () => {
  for (const interlaced of [false, true]) {
    test.for(
      ([0, 2, 4, 6] as const).flatMap((colourType) =>
        ([1, 2, 4, 8, 16] as const)
          .filter((bits) => bits >= 8 || (colourType === 0 && !interlaced))
          .map((bits) => ({ colourType, bits })),
      ),
    )(`$bits bits of colour type $colourType, interlaced: ${interlaced}`, ({ colourType, bits }) => {
      const [channels, colours] = { 0: [1, 1], 2: [3, 3], 4: [2, 1], 6: [4, 3] }[colourType] as [number, 1 | 3];
      for (const [rows, cols] of sizes) {
        const pixels = samples(rows, cols, channels, bits);
        const picture = readPicture(write("own.png", writePng({ bits, colourType, pixels, interlaced })));
        const planes = Array.from({ length: colours }, (_, colour) =>
          pixels.flat().map((pixel) => (pixel[colour] as number) / (2 ** bits - 1)),
        );
        expect(picture).toMatchObject({ rows, cols, channels: colours });
        expect([...picture.values]).toEqual(planes.flat());
      }
    });
  }

  test.for([1, 2, 4, 8] as const)("a palette with transparency, %i bits", (bits) => {
    const palette = [
      [255, 0, 51],
      [0, 102, 0],
    ];
    const pixels = samples(5, 11, 1, 1);
    const file = write("own.png", writePng({ bits, colourType: 3, pixels, palette, transparency: [0] }));
    const places = pixels.flat(2);
    const plane = (colour: number) => places.map((place) => ((palette[place] as number[])[colour] as number) / 255);
    expect([...readPicture(file).values]).toEqual([0, 1, 2].flatMap(plane));
  });

  test("the palette that a coloured PNG suggests changes no pixel", () => {
    const pixels = [[[255, 0, 51]]];
    const file = write("own.png", writePng({ bits: 8, colourType: 2, pixels, palette: [[1, 2, 3]] }));
    expect([...readPicture(file).values]).toEqual([1, 0, 0.2]);
  });
});

/** The mean of each block of 8 × 8 pixels, in 1/255. */
function blockMeans(file: Buffer): { rows: number; cols: number; means: number[][] } {
  const { rows, cols, channels, values } = readPicture(write("own.jpg", file));
  const means = Array.from({ length: (rows * cols) / 64 }, (_, block) => {
    const [top, left] = [8 * Math.floor(block / (cols / 8)), 8 * (block % (cols / 8))];
    return Array.from({ length: channels }, (_, channel) => {
      const own = Array.from({ length: 64 }, (_, i) => [top + Math.floor(i / 8), left + (i % 8)] as const);
      const at = ([row, col]: readonly [number, number]) => values[channel * rows * cols + row * cols + col] as number;
      return (own.reduce((sum, place) => sum + at(place), 0) / 64) * 255;
    });
  });
  return { rows, cols, means };
}

describe("JPEG", () => {
  const grey = [
    [[10], [200], [90]],
    [[60], [130], [255]],
  ];
  const inRgb = [[[200, 100, 50]]];
  /** JFIF's definition of YCbCr, solved for RGB. */
  const toRgb = ([y = 0, cb = 0, cr = 0]: readonly number[]) => [
    y + 1.402 * (cr - 128),
    y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128),
    y + 1.772 * (cb - 128),
  ];
  const expectNear = (given: number[][], expected: readonly (readonly number[])[]) => {
    expect(given).toHaveLength(expected.length);
    expected.forEach((values, block) => {
      values.forEach((value, channel) => {
        // A decoder rounds to integers two times.
        expect(Math.abs((given[block]?.[channel] as number) - value), `block ${block}`).toBeLessThan(1.5);
      });
    });
  };

  test.for([0xc0, 0xc1, 0xc2])("grey, frame %i: baseline, extended and progressive", (frame) => {
    const { rows, cols, means } = blockMeans(writeJpeg({ frame, blocks: grey }));
    expect({ rows, cols }).toEqual({ rows: 16, cols: 24 });
    expectNear(means, grey.flat());
  });

  test("YCbCr by JFIF and by default, RGB by Adobe's segment or by the components' names", () => {
    const names = "\x01\x02\x03";
    const [pixel = []] = inRgb.flat();
    const as = (more: Partial<Parameters<typeof writeJpeg>[0]>) =>
      blockMeans(writeJpeg({ names, blocks: [[[120, 90, 160]]], ...more })).means;
    expectNear(as({ segments: jfif }), [toRgb([120, 90, 160])]);
    expectNear(as({ segments: [] }), [toRgb([120, 90, 160])]);
    expectNear(as({ segments: adobe(1) }), [toRgb([120, 90, 160])]);
    expectNear(as({ segments: adobe(0), blocks: inRgb }), [pixel]);
    expectNear(as({ segments: [], names: "RGB", blocks: inRgb }), [pixel]);
  });

  // Blocks of the picture as it is seen, from Exif 2.3: where the stored row 0 and column 0 are.
  const [[a, b, c], [d, e, f]] = [
    [10, 200, 90],
    [60, 130, 255],
  ] as const;
  const seen: Record<number, readonly (readonly number[])[]> = {
    1: [
      [a, b, c],
      [d, e, f],
    ],
    2: [
      [c, b, a],
      [f, e, d],
    ],
    3: [
      [f, e, d],
      [c, b, a],
    ],
    4: [
      [d, e, f],
      [a, b, c],
    ],
    5: [
      [a, d],
      [b, e],
      [c, f],
    ],
    6: [
      [d, a],
      [e, b],
      [f, c],
    ],
    7: [
      [f, c],
      [e, b],
      [d, a],
    ],
    8: [
      [c, f],
      [b, e],
      [a, d],
    ],
  };
  test.for(Object.entries(seen))("orientation %s is undone", ([orientation, blocks]) => {
    for (const isLittle of [true, false]) {
      const segments = [...jfif, ...exif(Number(orientation), isLittle)];
      const { rows, cols, means } = blockMeans(writeJpeg({ segments, blocks: grey }));
      expect({ rows, cols }).toEqual({ rows: 8 * blocks.length, cols: 8 * (blocks[0]?.length ?? 0) });
      expectNear(
        means,
        blocks.flat().map((value) => [value]),
      );
    }
  });

  const whole = writeJpeg({ blocks: grey });
  const refusals: Record<string, [file: Buffer, message: RegExp]> = {
    CMYK: [
      writeJpeg({ names: "CMYK", segments: adobe(0), blocks: [[[1, 2, 3, 4]]] }),
      /4 components, as CMYK has, grey or/,
    ],
    "12 bits": [writeJpeg({ frame: 0xc1, bits: 12, blocks: grey }), /12 bits per sample, 8 expected/],
    "arithmetic coding": [writeJpeg({ frame: 0xc9, blocks: grey }), /JPEG: .*c9/],
    "a truncated file": [whole.subarray(0, -6), /truncated: its end, ff d9, is missing/],
    "a file that ends in its header": [whole.subarray(0, 40), /ends before its pixels/],
    "an empty file": [Buffer.alloc(0), /does not begin as a JPEG/],
  };
  test.for(Object.entries(refusals))("%s is refused", ([, [file, message]]) => {
    const read = () => readPicture(write("own.jpg", file));
    expect(read).toThrow(message);
    expect(read).toThrow(ArgumentError);
  });
});

/** A .npy of format 1.0. */
function writeNpy(descr: string, shape: string, data: Uint8Array, isFortran = false): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': ${isFortran ? "True" : "False"}, 'shape': ${shape}, }`;
  const header = Buffer.from(`${text.padEnd(117)}\n`, "latin1");
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1"), header, data]);
}

describe(".npy", () => {
  const bytes = (values: readonly number[]) => new Uint8Array(Float64Array.from(values).buffer);

  test("colours, in Fortran order too: numpy.asfortranarray(numpy.arange(12).reshape(2, 2, 3))", () => {
    const planes = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11];
    const inC = writeNpy("<f8", "(2, 2, 3)", bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]));
    const inFortran = writeNpy("<f8", "(2, 2, 3)", bytes([0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11]), true);
    for (const file of [inC, inFortran]) {
      const picture = readPicture(write("own.npy", file));
      expect(picture).toMatchObject({ rows: 2, cols: 2, channels: 3 });
      expect([...picture.values]).toEqual(planes);
    }
  });

  test.for([
    ["(1, 1)", 1, 1],
    ["(1, 3)", 1, 3],
    ["(3, 1)", 3, 1],
    ["(3, 1, 1)", 3, 1],
  ] as const)("shape %s", ([shape, rows, cols]) => {
    const values = [0.5, 0.25, 1].slice(0, rows * cols);
    const picture = readPicture(write("own.npy", writeNpy("<f8", shape, bytes(values))));
    expect(picture).toEqual({ rows, cols, channels: 1, values: Float64Array.from(values) });
  });

  test.for(["|u1", "<i8", "|b1", "<f2", "<c16", "|O"])("dtype %s is refused", (descr) => {
    const read = () => readPicture(write("own.npy", writeNpy(descr, "(1, 1)", new Uint8Array(16))));
    expect(read).toThrow(/expected float32 or float64/);
    expect(read).toThrow(ArgumentError);
  });
});

const damaged: Record<string, [file: Buffer, message: RegExp]> = {
  "an interlaced PNG of 4 bits": [
    writePng({ bits: 4, colourType: 0, pixels: samples(3, 3, 1, 4), interlaced: true }),
    /interlaced with 4 bits per sample, not interlaced or at least 8 bits expected/,
  ],
  "a colour that the palette lacks": [
    writePng({ bits: 8, colourType: 3, pixels: [[[2]]], palette: [[1, 2, 3]] }),
    /colour 2 of a palette of 1/,
  ],
  "a truncated PNG": [writePng({ bits: 8, colourType: 0, pixels: samples(9, 9, 1, 8) }).subarray(0, -20), /as PNG: /],
  "an empty PNG": [Buffer.alloc(0), /as PNG: /],
};
test.for(Object.entries(damaged))("%s is refused", ([, [file, message]]) => {
  const read = () => readPicture(write("own.png", file));
  expect(read).toThrow(message);
  expect(read).toThrow(ArgumentError);
});
