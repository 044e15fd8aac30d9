import { crc32, deflateSync } from "node:zlib";

// Picture files written byte by byte from the specifications, so that readers are not checked by a writer of their package.

/** The passes of Adam7: first row and column, and the steps to the next ones (PNG, 8.2). */
const ADAM7 = [
  [0, 0, 8, 8],
  [0, 4, 8, 8],
  [4, 0, 8, 4],
  [0, 2, 4, 4],
  [2, 0, 4, 2],
  [0, 1, 2, 2],
  [1, 0, 2, 1],
] as const;
const PROGRESSIVE = [[0, 0, 1, 1]] as const;

interface PngContent {
  readonly bits: 1 | 2 | 4 | 8 | 16;
  /** Grey 0, RGB 2, palette 3, grey with alpha 4, RGBA 6. */
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  /** The samples of each pixel, by row and column. */
  readonly pixels: readonly (readonly (readonly number[])[])[];
  readonly palette?: readonly (readonly number[])[];
  /** The content of tRNS. */
  readonly transparency?: readonly number[];
  readonly interlaced?: boolean;
}

/** A PNG, whose rows take the filters 0 (none) and 1 (sub) in turn. */
export function writePng({ bits, colourType, pixels, palette, transparency, interlaced = false }: PngContent): Buffer {
  const chunk = (type: string, content: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE((pixels[0] as readonly unknown[]).length, 0);
  header.writeUInt32BE(pixels.length, 4);
  header.set([bits, colourType, 0, 0, interlaced ? 1 : 0], 8);
  const lines = (interlaced ? ADAM7 : PROGRESSIVE).flatMap(([top, left, down, across]) => {
    const chosen = pixels.filter((_, row) => row >= top && (row - top) % down === 0);
    const rows = chosen.map((row) => row.filter((_, col) => col >= left && (col - left) % across === 0));
    return rows
      .filter((row) => row.length > 0)
      .map((row, i) => writeLine(row.flat(), bits, row[0]?.length ?? 0, i % 2));
  });
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    ...(palette ? [chunk("PLTE", Uint8Array.from(palette.flat()))] : []),
    ...(transparency ? [chunk("tRNS", Uint8Array.from(transparency))] : []),
    chunk("IDAT", deflateSync(Buffer.concat(lines))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Samples as bits, the highest first, after the number of the filter. */
function writeLine(samples: readonly number[], bits: number, channels: number, filter: number): Buffer {
  const text = samples.map((sample) => sample.toString(2).padStart(bits, "0")).join("");
  const bytes = (text.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
  const distance = Math.max(1, (bits * channels) / 8);
  const filtered = filter === 0 ? bytes : bytes.map((byte, i) => byte - (bytes[i - distance] ?? 0));
  return Buffer.from([filter, ...filtered]);
}

/** A segment of a JPEG. */
const segment = (marker: number, ...content: number[]) => [
  0xff,
  marker,
  (content.length + 2) >> 8,
  (content.length + 2) & 255,
  ...content,
];

const latin = (text: string) => [...Buffer.from(text, "latin1")];
export const jfif = segment(0xe0, ...latin("JFIF\0"), 1, 1, 0, 0, 1, 0, 1, 0, 0);
/** Adobe's segment: 0 says RGB or CMYK, 1 YCbCr, 2 YCCK. */
export const adobe = (transform: number) => segment(0xee, ...latin("Adobe"), 0, 100, 0, 0, 0, 0, transform);

/** Exif data of one entry, the orientation, in either byte order. */
export function exif(orientation: number, isLittle: boolean): number[] {
  const short = (value: number) => (isLittle ? [value, 0] : [0, value]);
  const long = (value: number) => (isLittle ? [value, 0, 0, 0] : [0, 0, 0, value]);
  const tag = isLittle ? [0x12, 0x01] : [0x01, 0x12];
  const entry = [...tag, ...short(3), ...long(1), ...short(orientation), 0, 0];
  const order = latin(isLittle ? "II" : "MM");
  return segment(0xe1, ...latin("Exif\0\0"), ...order, ...short(42), ...long(8), ...short(1), ...entry, ...long(0));
}

interface JpegContent {
  /** The frame's marker: 0xc0 baseline, 0xc2 progressive. */
  readonly frame?: number;
  readonly bits?: number;
  /** One letter for each component. */
  readonly names?: string;
  readonly segments?: readonly number[];
  /** blocks[row][col][component]: each block of 8 × 8 pixels has one value. */
  readonly blocks: readonly (readonly (readonly number[])[])[];
}

/**
 * A JPEG whose blocks have the DC coefficient alone. With a quantisation of 8 it is value − 128. One Huffman table codes the
 * size of a difference, 0 to 8, by its 4 bits; the other codes the end of a block by the bit 0.
 */
export function writeJpeg({ frame = 0xc0, bits = 8, names = "\x01", segments = jfif, blocks }: JpegContent): Buffer {
  const [rows, cols, count] = [blocks.length, blocks[0]?.length ?? 0, names.length];
  const components = latin(names);
  const isProgressive = frame === 0xc2;
  const before = components.map(() => 128);
  let coded = "";
  for (const block of blocks.flat()) {
    for (let component = 0; component < count; component++) {
      const value = block[component] as number;
      const difference = value - (before[component] as number);
      before[component] = value;
      const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
      const number = difference < 0 ? difference + 2 ** size - 1 : difference;
      coded += size.toString(2).padStart(4, "0") + (size > 0 ? number.toString(2).padStart(size, "0") : "");
      if (!isProgressive) coded += "0";
    }
  }
  const scan = (coded.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, "1"), 2));
  const table = (kind: number, counts: readonly number[], symbols: readonly number[]) =>
    segment(0xc4, kind, ...Array.from({ length: 16 }, (_, i) => counts[i] ?? 0), ...symbols);
  return Buffer.from([
    ...[0xff, 0xd8],
    ...segments,
    ...segment(0xdb, 0, ...Array.from({ length: 64 }, () => 8)),
    ...segment(frame, bits, 0, 8 * rows, 0, 8 * cols, count, ...components.flatMap((name) => [name, 0x11, 0])),
    ...table(0x00, [0, 0, 0, 9], [0, 1, 2, 3, 4, 5, 6, 7, 8]),
    ...table(0x10, [1], [0]),
    ...segment(0xda, count, ...components.flatMap((name) => [name, 0]), 0, isProgressive ? 0 : 63, 0),
    ...scan.flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte])),
    ...[0xff, 0xd9],
  ]);
}
