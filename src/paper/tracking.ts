import { fixed, list, title } from "../format.ts";
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

/** 2, 3, 4, 6, 8, 12 …: two per octave up to `last`. */
export function halfOctaves(last: number): number[] {
  const powers = Array.from({ length: Math.floor(Math.log2(last)) }, (_, i) => 2 ** (i + 1));
  return powers.flatMap((power) => [power, 1.5 * power]).filter((k) => k <= last);
}

/**
 * The baselines of figure 6 of the paper: PSNR of `dstBaseline` at each K, ascending. One basis serves all K: with one for
 * each of them a page stands still for a second.
 * @param ends of the samples that are judged, as `slice` takes them; all unless given
 */
export function baselines(
  y: ArrayLike<number>,
  components: readonly number[],
  ends: readonly [number, number | undefined] = [0, undefined],
): Pick<PsnrFigure, "dst1" | "dst7"> {
  const judged = Array.from(y).slice(...ends);
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
      return psnr(judged, fit.slice(...ends));
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

/** How far the fits of an activation track DST-I, with one choice of the parameters. */
export interface Reach {
  readonly activation: ActivationName;
  /** The choice: "offset grid". */
  readonly at: string;
  /** `trackedTo` of the row. */
  readonly row: number;
  /** That of each other signal; none where they are not fitted. */
  readonly others: readonly number[];
}

/** The numbers of C7 and of C8. */
export interface TrackingData extends PsnrFigure {
  readonly reaches: readonly Reach[];
}

/**
 * "tanh to K = 96 and ReLU to K = 64", "sinc and Gaussian for all K": as far as activations track; over several signals
 * "tanh to K = 64 … 96". `last` is the last K of the figure.
 */
export function quoteReach(reaches: Readonly<Record<string, readonly number[]>>, last: number): string {
  const ranges = Object.entries(reaches).map(([activation, reached]) => {
    const [least, most] = [Math.min(...reached), Math.max(...reached)];
    const range = `to K = ${least === most ? most : `${least} … ${most}`}`;
    return { name: title(activation), range: least === last ? "for all K" : most === 0 ? "for no K" : range };
  });
  return list(
    Array.from(new Set(ranges.map(({ range }) => range)), (own) => {
      return `${list(ranges.filter(({ range }) => range === own).map(({ name }) => name))} ${own}`;
    }),
  );
}

/** `quoteReach` of the row, or of the other signals, for those of `reaches` at one choice of the parameters. */
export function quoteReachAt(reaches: readonly Reach[], at: string, of: "row" | "others", last: number): string {
  const own = reaches.filter((reach) => reach.at === at);
  return quoteReach(Object.fromEntries(own.map((reach) => [reach.activation, [reach[of]].flat()])), last);
}

/** "tanh −4.3 (K = 128) to +1.2": the lowest and highest difference to DST-I in dB. */
export function quoteTracking(activation: string, { lowest, highest, lowestAt }: Tracking): string {
  const signed = (value: number) => `${value > 0 ? "+" : ""}${fixed(value, 1)}`;
  return `${title(activation)} ${signed(lowest)} (K = ${lowestAt}) to ${signed(highest)}`;
}
