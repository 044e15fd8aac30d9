import jpeg from "jpeg-js";
import { type Picture, pictureOf } from "./picture.ts";

/**
 * A JPEG in grey, YCbCr or RGB, baseline or progressive, turned as its Exif data say. jpeg-js ignores their orientation, takes
 * RGB for YCbCr, and fills what a truncated file lacks with grey.
 */
export function decodeJpeg(file: Buffer): Picture {
  const { bits, components, isRgb, orientation } = readHeader(file);
  if (bits !== 8) throw new RangeError(`${bits} bits per sample, 8 expected`);
  if (components !== 1 && components !== 3) {
    throw new RangeError(`${components} components${components === 4 ? ", as CMYK has" : ""}, grey or RGB expected`);
  }
  const { width, height, data } = jpeg.decode(file, { useTArray: true, ...(isRgb && { colorTransform: false }) });
  const { rows, cols, stored } = turn(orientation, height, width);
  return pictureOf(rows, cols, (row, col) => {
    const at = 4 * stored(row, col);
    return [0, 1, 2].map((colour) => (data[at + colour] as number) / 255);
  });
}

/** Markers of segments, the bytes after 0xff. */
const START = 0xd8;
const END = 0xd9;
const SCAN = 0xda;
const JFIF = 0xe0;
const EXIF = 0xe1;
const ADOBE = 0xee;
/** Huffman tables, the reservation of a code, and arithmetic conditioning have markers among those of the frames. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** What the segments before the first scan say. */
function readHeader(file: Buffer) {
  if (file[0] !== 0xff || file[1] !== START) throw new RangeError("it does not begin as a JPEG, with ff d8");
  let [bits, components, orientation] = [0, 0, 1];
  let [isJfif, isAdobeRgb, isNamedRgb] = [false, false, false];
  let [at, marker] = [2, 0];
  while (marker !== SCAN) {
    while (file[at + 1] === 0xff) at++; // Any number of ff may fill the space before a marker.
    if (at + 4 > file.length || file[at] !== 0xff) throw new RangeError("it ends before its pixels, or is damaged");
    marker = file[at + 1] as number;
    const content = file.subarray(at + 4, at + 2 + file.readUInt16BE(at + 2));
    const startsWith = (text: string) => content.toString("latin1", 0, text.length) === text;
    if (isFrame(marker)) {
      bits = content[0] ?? 0;
      components = content[5] ?? 0;
      isNamedRgb = [content[6], content[9], content[12]].every((name, i) => name === "RGB".charCodeAt(i));
    }
    if (marker === JFIF && startsWith("JFIF\0")) isJfif = true;
    if (marker === ADOBE && startsWith("Adobe")) isAdobeRgb = content[11] === 0;
    if (marker === EXIF && startsWith("Exif\0\0")) orientation = readOrientation(content.subarray(6));
    at += 4 + content.length;
  }
  if (!file.includes(Buffer.of(0xff, END), at)) throw new RangeError("it is truncated: its end, ff d9, is missing");
  return { bits, components, orientation, isRgb: !isJfif && (isAdobeRgb || isNamedRgb) }; // as libjpeg decides
}

const ORIENTATION = 0x0112;

/** The orientation of Exif data, which are a TIFF file: 1 to 8, and 1 where they hold none. */
function readOrientation(tiff: Buffer): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.length);
  const isLittle = tiff.toString("latin1", 0, 2) === "II";
  const short = (at: number) => (at + 2 <= tiff.length ? view.getUint16(at, isLittle) : 0);
  const directory = tiff.length >= 8 ? view.getUint32(4, isLittle) : 0;
  for (let entry = 0; entry < short(directory); entry++) {
    const at = directory + 2 + 12 * entry;
    if (short(at) === ORIENTATION) return Math.min(8, Math.max(1, short(at + 8)));
  }
  return 1;
}

/**
 * The size of a picture as it is seen, and where its pixels are stored. The stored row 0 is its top for orientations 1 and 2,
 * its bottom for 3 and 4, its left side for 5 and 8, its right for 6 and 7. The stored column 0 is its left side for 1 and 4,
 * its right for 2 and 3, its top for 5 and 6, its bottom for 7 and 8 (Exif 2.3, 4.6.4).
 */
function turn(orientation: number, height: number, width: number) {
  const flipsRows = [3, 4, 6, 7].includes(orientation);
  const flipsCols = [2, 3, 7, 8].includes(orientation);
  const isTransposed = orientation >= 5;
  const stored = (row: number, col: number) => {
    const [storedRow, storedCol] = isTransposed ? [col, row] : [row, col];
    return (flipsRows ? height - 1 - storedRow : storedRow) * width + (flipsCols ? width - 1 - storedCol : storedCol);
  };
  return isTransposed ? { rows: width, cols: height, stored } : { rows: height, cols: width, stored };
}
