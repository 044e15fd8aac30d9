import { decode } from "fast-png";
import { type Picture, pictureOf } from "./picture.ts";

/** The places of two bytes of the header, IHDR, which is the first chunk of every PNG. */
const [DEPTH, INTERLACE] = [24, 28];

/** A PNG of any kind, except an interlaced one of less than 8 bits, which fast-png reads wrong. Transparency is ignored. */
export function decodePng(file: Buffer): Picture {
  const bits = file[DEPTH] ?? 0;
  if (bits < 8 && file[INTERLACE] === 1) {
    throw new RangeError(`interlaced with ${bits} bits per sample, not interlaced or at least 8 bits expected`);
  }
  const { width, height, channels, depth, data, palette } = decode(file, { checkCrc: true });
  const samplesOfRow = Math.ceil((width * channels * depth) / 8) * (8 / depth);
  const sample = (row: number, place: number): number => {
    if (depth >= 8) return data[row * width * channels + place] as number;
    const at = row * samplesOfRow + place; // several samples in a byte, the first in its highest bits
    const perByte = 8 / depth;
    return ((data[Math.floor(at / perByte)] as number) >> (8 - depth * (1 + (at % perByte)))) & (2 ** depth - 1);
  };
  // A coloured PNG may have a palette too, which is a suggestion for screens of few colours.
  if (palette && channels === 1) {
    return pictureOf(height, width, (row, col) => {
      const colour = palette[sample(row, col)];
      if (!colour) throw new RangeError(`colour ${sample(row, col)} of a palette of ${palette.length}`);
      return colour.slice(0, 3).map((value) => value / 255);
    });
  }
  const colours = channels < 3 ? [0] : [0, 1, 2];
  return pictureOf(height, width, (row, col) =>
    colours.map((colour) => sample(row, col * channels + colour) / (2 ** depth - 1)),
  );
}
