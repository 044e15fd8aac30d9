import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { dump } from "npyjs";
import { ArgumentError } from "../index.ts";
import { orRefuse } from "./files.ts";
import { requireFloat32 } from "./limits.ts";
import { type NpyHeader, parseNpyHeader } from "./npy-header.ts";

/** A .npy file whose header has been read. */
interface NpyFile {
  readonly shape: readonly number[];
  /** NumPy's name of the numbers' type: f4 or f8, with the byte order before it. */
  readonly dtype: string;
  /**
   * Reads the numbers in C order: the last dimension runs fastest. It can be called once.
   * @throws ArgumentError where there are more or fewer than the shape says, NotFiniteError where one is beyond float32
   */
  read(): Float32Array | Float64Array;
}

/**
 * Opens a .npy file (format 1, 2 or 3) of float32 or float64, in either byte order, in C or Fortran order. It reads the header
 * alone, so that a matrix beyond the device is refused before its data is read. The package npyjs cannot do this: it fails on
 * data that does not begin at a multiple of 8 bytes, accepts truncated data, reads complex numbers as twice as many floats, and reads whole files.
 * @throws ArgumentError where the file is not such an array
 */
export function openNpy(path: string): NpyFile {
  const file = orRefuse(`cannot read ${path}`, () => openSync(path, "r"));
  try {
    const header = readHeader(path, file);
    const type = numberType(path, header.descr);
    return { shape: header.shape, dtype: header.descr, read: () => readNumbers(path, file, header, type) };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** The shape of a .npy file of any type. @throws ArgumentError where it is none */
export function npyShape(path: string): readonly number[] {
  const file = orRefuse(`cannot read ${path}`, () => openSync(path, "r"));
  try {
    return readHeader(path, file).shape;
  } finally {
    closeSync(file);
  }
}

interface NumberType {
  readonly NumberArray: Float32ArrayConstructor | Float64ArrayConstructor;
  readonly bigEndian: boolean;
}

function numberType(path: string, descr: string): NumberType {
  const [found, order, size] = /^([<>=]?)f([48])$/.exec(descr) ?? [];
  if (found !== undefined) return { NumberArray: size === "4" ? Float32Array : Float64Array, bigEndian: order === ">" };
  const complex = /^[<>=]?c\d+$/.test(descr) ? "complex numbers, " : "";
  const dtype = `${complex}dtype '${descr.slice(0, 40)}'`;
  throw new ArgumentError(`${path} holds ${dtype}; expected float32 or float64, 'f4' or 'f8'`);
}

/** Reads the rest of the file, and closes it. */
function readNumbers(path: string, file: number, { shape, fortranOrder }: NpyHeader, type: NumberType) {
  const { NumberArray, bigEndian } = type;
  try {
    const bytes = shape.reduce((product, size) => product * size, NumberArray.BYTES_PER_ELEMENT);
    const data = readBytes(path, file, bytes);
    const excess = readBytes(path, file, 1).length;
    if (data.length < bytes || excess > 0) {
      const held = excess > 0 ? "more than" : `${data.length} of`;
      throw new ArgumentError(`${path} holds ${held} the ${bytes} bytes of data of shape (${shape.join(", ")})`);
    }
    if (bigEndian) NumberArray === Float32Array ? data.swap32() : data.swap64();
    const stored = new NumberArray(data.buffer);
    const values = fortranOrder ? toRowMajor(stored, shape) : stored;
    requireFloat32(path, values, shape);
    return values;
  } finally {
    closeSync(file);
  }
}

/** A .npy file of the array's type, in C order. */
export function toNpy(values: Float32Array | Float64Array, shape: readonly number[]): Uint8Array {
  return new Uint8Array(dump(values, [...shape]));
}

/** The limit of NumPy too. A header of three entries takes less than 1 % of it. */
const LONGEST_HEADER = 10_000;

function readHeader(path: string, file: number): NpyHeader {
  const start = readBytes(path, file, 8);
  if (start.length === 0) throw new ArgumentError(`${path} is empty`);
  if (start.toString("latin1", 0, 6) !== "\x93NUMPY") {
    throw new ArgumentError(`${path} is no .npy file: it does not begin with \\x93NUMPY`);
  }
  if (start.length < 8) throw new ArgumentError(`${path} ends within its header`);
  const [major, minor] = start.subarray(6) as unknown as [number, number];
  if (minor !== 0 || major < 1 || major > 3) {
    throw new ArgumentError(`${path} is of .npy version ${major}.${minor}; expected 1.0, 2.0 or 3.0`);
  }
  const sizeBytes = major === 1 ? 2 : 4;
  const size = readBytes(path, file, sizeBytes);
  if (size.length < sizeBytes) throw new ArgumentError(`${path} ends within its header`);
  const length = size.readUIntLE(0, sizeBytes);
  if (length > LONGEST_HEADER) {
    throw new ArgumentError(`${path} has a header of ${length} bytes; at most ${LONGEST_HEADER} expected`);
  }
  const bytes = readBytes(path, file, length);
  if (bytes.length < length) throw new ArgumentError(`${path} ends within its header`);
  return parseNpyHeader(bytes.toString(major === 3 ? "utf8" : "latin1"), path);
}

/** The numbers in the order in which the last dimension runs fastest, from that in which the first one does. */
function toRowMajor<T extends Float32Array | Float64Array>(values: T, shape: readonly number[]): T {
  const ordered = values.slice() as T;
  const index = shape.map(() => 0);
  let from = 0;
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  for (let to = 0; to < ordered.length; to++) {
    ordered[to] = values[from] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [size = 0, stride = 0, at = 0] = [shape[axis], strides[axis], index[axis]];
      from += stride;
      index[axis] = at + 1;
      if (at + 1 < size) break;
      from -= stride * size;
      index[axis] = 0;
    }
  }
  return ordered;
}

/** The next `count` bytes of a file, or fewer at its end. They have a buffer of their own, aligned for any type. */
function readBytes(path: string, file: number, count: number): Buffer<ArrayBuffer> {
  return orRefuse(`cannot read ${path}`, () => {
    const status = fstatSync(file);
    const buffer = Buffer.from(new ArrayBuffer(status.isFile() ? Math.min(count, status.size) : count));
    let filled = 0;
    for (let read = -1; read !== 0 && filled < buffer.length; filled += read) {
      read = readSync(file, buffer, filled, Math.min(buffer.length - filled, 2 ** 30), null);
    }
    return buffer.subarray(0, filled);
  });
}
