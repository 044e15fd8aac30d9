/** Pictures in a drawing, without a canvas: an SVG of 42 pictures in rectangles would have 43 000 of them. */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** The longest stored block of deflate. */
const BLOCK = 65535;

/** A `data:` URL of a picture, rows × cols numbers from 0 (black) to 1 (white), row-major: a PNG in 8-bit grey. */
export function pngUrl(values: ArrayLike<number>, rows: number, cols: number): string {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, cols);
  view.setUint32(4, rows);
  header[8] = 8; // bits; the other bytes, all 0, say: grey, deflate, no filter, not interlaced
  const lines = new Uint8Array(rows * (cols + 1)); // each line begins with its filter, 0
  for (let i = 0; i < rows * cols; i++) {
    lines[i + Math.floor(i / cols) + 1] = Math.round(255 * Math.min(1, Math.max(0, values[i] as number)));
  }
  const parts = [Uint8Array.from(SIGNATURE), chunk("IHDR", header), chunk("IDAT", stored(lines)), chunk("IEND")];
  const text = parts.map((part) => Array.from(part, (byte) => String.fromCharCode(byte)).join("")).join("");
  return `data:image/png;base64,${btoa(text)}`;
}

/** Length, type, content, and the check of type and content. */
function chunk(type: string, content = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(
    Array.from(type, (character) => character.charCodeAt(0)),
    4,
  );
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

/** Bytes as a zlib stream that does not compress them. */
function stored(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const blocks = Math.max(1, Math.ceil(bytes.length / BLOCK));
  const stream = new Uint8Array(2 + 5 * blocks + bytes.length + 4);
  const view = new DataView(stream.buffer);
  stream.set([0x78, 0x01]);
  let at = 2;
  for (let block = 0; block < blocks; block++) {
    const part = bytes.subarray(block * BLOCK, (block + 1) * BLOCK);
    view.setUint8(at, block === blocks - 1 ? 1 : 0);
    view.setUint16(at + 1, part.length, true);
    view.setUint16(at + 3, ~part.length & 0xffff, true);
    stream.set(part, at + 5);
    at += 5 + part.length;
  }
  view.setUint32(at, adler32(bytes));
  return stream;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}
