import { fixed, title } from "../format.ts";
import { type ActivationName, dst1Basis, dst7Basis, psnr } from "../index.ts";
import { columnOf, dot } from "./measures.ts";

/** PSNR in dB, one for each of the K of `PsnrFigure`. */
export interface PsnrCurve {
  readonly activation: ActivationName;
  readonly psnr: readonly number[];
}

export interface PsnrFigure {
  /** K. */
  readonly components: readonly number[];
  /** The signal with only its first K sine coefficients. */
  readonly dst1: readonly number[];
  readonly dst7: readonly number[];
  readonly curves: readonly PsnrCurve[];
}

/** 2, 3, 4, 6, 8, 12 …: two an octave up to `last`. */
export function halfOctaves(last: number): number[] {
  const powers = Array.from({ length: Math.floor(Math.log2(last)) }, (_, i) => 2 ** (i + 1));
  return powers.flatMap((power) => [power, 1.5 * power]).filter((k) => k <= last);
}

/**
 * The baselines of figure 6 of the paper: PSNR of `dstBaseline` at each K, ascending. One basis serves all K: with one for
 * each of them a page stands still for a second.
 */
export function baselines(y: ArrayLike<number>, components: readonly number[]): Pick<PsnrFigure, "dst1" | "dst7"> {
  const shape = { rows: y.length, cols: y.length };
  const curve = (basis: Float64Array) => {
    let fit = Array.from(y, () => 0);
    let added = 0;
    return components.map((count) => {
      for (; added < count; added++) {
        const u = columnOf(basis, shape, added);
        const coefficient = dot(u, y);
        fit = fit.map((value, n) => value + coefficient * (u[n] as number));
      }
      return psnr(y, fit);
    });
  };
  return { dst1: curve(dst1Basis(y.length)), dst7: curve(dst7Basis(y.length)) };
}

/**
 * "Tracks": never more than 3 dB below DST-I, twice its squared error. It may be better, because DST-I is 0 at both ends.
 */
export const SHORTFALL = 3;
/** "Does not respond": over the K shown its PSNR changes by less than a quarter of the change of the baseline. */
export const UNMOVED = 0.25;
/** With a smaller K the PSNR depends on a few coefficients alone. */
export const FIRST_COMPONENTS = 8;

/** How one curve follows the DST-I baseline over K ≥ `FIRST_COMPONENTS`, in dB. */
interface Tracking {
  /** The lowest and the highest difference to DST-I, and the K of the lowest. */
  readonly lowest: number;
  readonly highest: number;
  readonly lowestAt: number;
  /** The highest minus the lowest PSNR, of the curve and of the baseline. */
  readonly range: number;
  readonly baselineRange: number;
  readonly tracks: boolean;
  readonly unmoved: boolean;
}

export function tracking(
  { components, dst1 }: Pick<PsnrFigure, "components" | "dst1">,
  curve: readonly number[],
): Tracking {
  const kept = components.flatMap((k, i) => (k >= FIRST_COMPONENTS ? [i] : []));
  const pick = (values: readonly number[]) => kept.map((i) => values[i] as number);
  const spread = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
  const gaps = kept.map((i) => (curve[i] as number) - (dst1[i] as number));
  const lowest = Math.min(...gaps);
  const range = spread(pick(curve));
  const baselineRange = spread(pick(dst1));
  return {
    lowest,
    highest: Math.max(...gaps),
    lowestAt: components[kept[gaps.indexOf(lowest)] as number] as number,
    range,
    baselineRange,
    tracks: lowest >= -SHORTFALL,
    unmoved: range <= UNMOVED * baselineRange,
  };
}

/** The last K up to which a curve tracks DST-I, from `FIRST_COMPONENTS` on; 0 where it does not from there. */
export function trackedTo(
  { components, dst1 }: Pick<PsnrFigure, "components" | "dst1">,
  curve: readonly number[],
): number {
  const isBehind = (k: number, i: number) =>
    k >= FIRST_COMPONENTS && (curve[i] as number) - (dst1[i] as number) < -SHORTFALL;
  const behind = components.findIndex(isBehind);
  const last = components.at(behind < 0 ? -1 : Math.max(0, behind - 1)) as number;
  return last < FIRST_COMPONENTS ? 0 : last;
}

/** "tanh to K = 96": as far as curves track, over several signals "tanh to K = 64 … 128". */
export function quoteReach(activation: string, reached: readonly number[]): string {
  const [least, most] = [Math.min(...reached), Math.max(...reached)];
  if (most === 0) return `${title(activation)} for no K`;
  return `${title(activation)} to K = ${least === most ? most : `${least} … ${most}`}`;
}

/** "K = 8, 32: DST-I 12.9, 19.9; … dB": every curve of the figure at a few of its K. */
export function quote({ components, dst1, dst7, curves }: PsnrFigure): string {
  const at = [8, 32, 128].filter((k) => components.includes(k));
  const values = (psnr: readonly number[]) => at.map((k) => fixed(psnr[components.indexOf(k)] as number, 1)).join(", ");
  const baselines = [`DST-I ${values(dst1)}`, `DST-VII ${values(dst7)}`];
  const quoted = [...baselines, ...curves.map(({ activation, psnr }) => `${title(activation)} ${values(psnr)}`)];
  return `K = ${at.join(", ")}: ${quoted.join("; ")} dB`;
}

/** "tanh −4.3 (K = 128) to +1.2": the lowest and highest difference to DST-I in dB. */
export function quoteTracking(activation: string, { lowest, highest, lowestAt }: Tracking): string {
  const signed = (value: number) => `${value > 0 ? "+" : ""}${fixed(value, 1)}`;
  return `${title(activation)} ${signed(lowest)} (K = ${lowestAt}) to ${signed(highest)}`;
}
