import { readFileSync } from "node:fs";
import { encode } from "fast-png";
import { ArgumentError } from "../index.ts";
import { orRefuse } from "./files.ts";
import { decodeJpeg } from "./jpeg.ts";
import { npyShape, openNpy, toNpy } from "./npy.ts";
import type { Picture } from "./picture.ts";
import { decodePng } from "./png.ts";

/** What a picture is read from, by the end of its name: a picture in a .npy has two dimensions, or three. */
const readers: Readonly<Record<string, (path: string) => Picture>> = {
  png: (path) => readDecoded(path, "PNG", decodePng),
  jpg: (path) => readDecoded(path, "JPEG", decodeJpeg),
  jpeg: (path) => readDecoded(path, "JPEG", decodeJpeg),
  npy: readNpy,
};

const endOf = (path: string) => /\.(\w+)$/.exec(path.toLowerCase())?.[1] ?? "";

/** Whether the file is a picture, by its name and the dimensions of a .npy. */
export function isPicture(path: string): boolean {
  const end = endOf(path);
  return end === "npy" ? npyShape(path).length > 1 : end in readers;
}

/** @throws ArgumentError where the file is no such picture, NotFiniteError where a number is beyond float32. */
export function readPicture(path: string): Picture {
  const read = readers[endOf(path)];
  if (!read) throw new ArgumentError(`${path}: a file name that ends in .png, .jpg or .npy expected for a picture`);
  const picture = read(path);
  if (picture.values.length === 0) throw new ArgumentError(`${path} holds no pixels; expected at least one`);
  return picture;
}

function readDecoded(path: string, kind: string, decode: (file: Buffer) => Picture): Picture {
  const file = orRefuse(`cannot read ${path}`, () => readFileSync(path));
  try {
    return decode(file);
  } catch (error) {
    throw new ArgumentError(`${path} cannot be read as ${kind}: ${(error as Error).message}`, { cause: error });
  }
}

function readNpy(path: string): Picture {
  const { shape, read } = openNpy(path);
  const [rows = 0, cols = 0, channels = 1] = shape;
  if (shape.length < 2 || shape.length > 3 || (channels !== 1 && channels !== 3)) {
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

/** @throws ArgumentError unless a picture can be written to a file of this name. */
export function requirePictureName(path: string): void {
  if (["png", "npy"].includes(endOf(path))) return;
  throw new ArgumentError(`cannot write --out ${path}: a file name that ends in .png or .npy expected for a picture`);
}

/** The content of the file that a picture is written to, PNG or .npy by the end of its name. */
export function encodePicture(path: string, { rows, cols, channels, values }: Picture): Uint8Array {
  const pixels = rows * cols;
  const interleaved = Float32Array.from({ length: values.length }, (_, i) => {
    return values[(i % channels) * pixels + Math.floor(i / channels)] as number;
  });
  if (endOf(path) === "npy") return toNpy(interleaved, channels === 1 ? [rows, cols] : [rows, cols, channels]);
  const data = Uint8ClampedArray.from(interleaved, (value) => 255 * value);
  return encode({ width: cols, height: rows, channels, depth: 8, data });
}
