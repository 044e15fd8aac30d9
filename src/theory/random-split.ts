import { LONGEST, requireAtMost, requireFraction, requireInteger, requireObject } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import { createRandom } from "./random.ts";

/** Which samples to fit, and which to judge on. */
export interface RandomSplit {
  /** The numbers of the samples to fit, from 0, ascending. */
  readonly kept: Uint32Array<ArrayBuffer>;
  /** Those of all others, ascending. */
  readonly heldOut: Uint32Array<ArrayBuffer>;
}

/**
 * Splits N samples at random, by a Fisher–Yates shuffle (R. Durstenfeld, Comm. ACM 7, 1964) with numbers from Mulberry32:
 * `keep`·N of them, rounded, are kept.
 * @throws ArgumentError unless N is an integer from 1 to 2²⁷, 0 < keep < 1 leaves samples on both sides, and the seed is an
 * integer from 0 to 2³² − 1.
 */
export function randomSplit(options: {
  /** N. */
  readonly samples: number;
  /** The share of the samples that is kept. */
  readonly keep: number;
  /** Of the random sequence. */
  readonly seed: number;
}): RandomSplit {
  requireObject("options", options);
  const { samples, keep, seed } = options;
  requireInteger("samples", samples, 1);
  requireAtMost("samples", samples, LONGEST);
  requireFraction("keep", keep);
  requireInteger("seed", seed, 0);
  requireAtMost("seed", seed, 2 ** 32 - 1);
  const count = Math.round(keep * samples);
  if (count === 0 || count === samples) {
    throw new ArgumentError(
      `keep: ${keep} given, which keeps ${count} of ${samples} samples, some and not all expected`,
    );
  }
  const { uniform } = createRandom(seed);
  const order = Uint32Array.from({ length: samples }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(uniform() * (samples - i));
    [order[i], order[other]] = [order[other] as number, order[i] as number];
  }
  return { kept: order.slice(0, count).sort(), heldOut: order.slice(count).sort() };
}
