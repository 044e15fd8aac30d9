import { readFileSync } from "node:fs";
import { decode, encode } from "fast-png";
import jpeg from "jpeg-js";
import { ArgumentError } from "../index.ts";
import { orRefuse } from "./files.ts";
import { npyShape, openNpy, toNpy } from "./npy.ts";

/** A grey picture of one channel, or a coloured one of three. */
export interface Picture {
  readonly rows: number;
  readonly cols: number;
  readonly channels: 1 | 3;
  /** channels × rows × cols numbers; those of a PNG or JPEG from 0 to 1. */
  readonly values: Float64Array;
}

/** What a picture is read from, by the end of its name: a picture in a .npy has two dimensions, or three. */
const readers: Readonly<Record<string, (path: string) => Picture>> = {
  png: readPng,
  jpg: readJpeg,
  jpeg: readJpeg,
  npy: readNpy,
};

const endOf = (path: string) => /\.(\w+)$/.exec(path.toLowerCase())?.[1] ?? "";

/** Whether `fit` takes the file for a picture. */
export function isPicture(path: string): boolean {
  const end = endOf(path);
  return end === "npy" ? npyShape(path).length > 1 : end in readers;
}

/** @throws ArgumentError where the file is no such picture, NotFiniteError where a number is beyond float32. */
export function readPicture(path: string): Picture {
  const read = readers[endOf(path)] as (path: string) => Picture;
  const picture = read(path);
  if (picture.values.length === 0) throw new ArgumentError(`${path} holds no pixels; expected at least one`);
  return picture;
}

/** The file that a picture is written to, PNG or .npy by the end of its name. @throws ArgumentError for any other name. */
export function encodePicture(path: string, { rows, cols, channels, values }: Picture): Uint8Array {
  requirePictureName(path);
  const pixels = rows * cols;
  const interleaved = Float32Array.from({ length: values.length }, (_, i) => {
    return values[(i % channels) * pixels + Math.floor(i / channels)] as number;
  });
  if (endOf(path) === "npy") return toNpy(interleaved, channels === 1 ? [rows, cols] : [rows, cols, channels]);
  const data = Uint8ClampedArray.from(interleaved, (value) => 255 * value);
  return encode({ width: cols, height: rows, channels, depth: 8, data });
}

/** @throws ArgumentError unless a picture can be written to a file of this name. */
export function requirePictureName(path: string): void {
  if (["png", "npy"].includes(endOf(path))) return;
  throw new ArgumentError(`cannot write --out ${path}: a file name that ends in .png or .npy expected for a picture`);
}

/** PNG of any kind. Its alpha is left out. */
function readPng(path: string): Picture {
  const file = orRefuse(`cannot read ${path}`, () => readFileSync(path));
  const { width, height, channels, depth, data, palette } = decoded(path, "PNG", () =>
    decode(file, { checkCrc: true }),
  );
  const samplesOfRow = Math.ceil((width * channels * depth) / 8) * (8 / depth);
  const sample = (row: number, place: number): number => {
    if (depth >= 8) return data[row * width * channels + place] as number;
    const at = row * samplesOfRow + place; // several samples a byte, the first in its highest bits
    const perByte = 8 / depth;
    return ((data[Math.floor(at / perByte)] as number) >> (8 - depth * (1 + (at % perByte)))) & (2 ** depth - 1);
  };
  return fromPixels(height, width, (row, col) => {
    if (palette) return (palette[sample(row, col)] ?? [0, 0, 0]).slice(0, 3).map((value) => value / 255);
    const colours = channels < 3 ? [0] : [0, 1, 2];
    return colours.map((colour) => sample(row, col * channels + colour) / (2 ** depth - 1));
  });
}

function readJpeg(path: string): Picture {
  const file = orRefuse(`cannot read ${path}`, () => readFileSync(path));
  const { width, height, data } = decoded(path, "JPEG", () => jpeg.decode(file, { useTArray: true }));
  return fromPixels(height, width, (row, col) => {
    const at = 4 * (row * width + col);
    return [0, 1, 2].map((colour) => (data[at + colour] as number) / 255);
  });
}

function readNpy(path: string): Picture {
  const { shape, read } = openNpy(path);
  const [rows = 0, cols = 0, channels = 1] = shape;
  if (shape.length > 3 || (channels !== 1 && channels !== 3)) {
    throw new ArgumentError(
      `${path} is an array of shape (${shape.join(", ")}); expected rows × columns, or rows × columns × 3`,
    );
  }
  const data = read();
  const values = Float64Array.from({ length: data.length }, (_, i) => {
    const [channel, pixel] = [Math.floor(i / (rows * cols)), i % (rows * cols)];
    return data[pixel * channels + channel] as number;
  });
  return { rows, cols, channels, values };
}

/** A picture from the colours of its pixels: grey where all are grey. */
function fromPixels(rows: number, cols: number, colours: (row: number, col: number) => number[]): Picture {
  const pixels = Array.from({ length: rows * cols }, (_, i) => colours(Math.floor(i / cols), i % cols));
  const isGrey = pixels.every(([red, ...others]) => others.every((other) => other === red));
  const channels = isGrey ? 1 : 3;
  const planes = Array.from({ length: channels }, (_, channel) => pixels.map((pixel) => pixel[channel] as number));
  return { rows, cols, channels, values: Float64Array.from(planes.flat()) };
}

function decoded<T>(path: string, kind: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new ArgumentError(`${path} cannot be read as ${kind}: ${(error as Error).message}`, { cause: error });
  }
}
