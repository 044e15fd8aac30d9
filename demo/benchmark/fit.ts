import type { Timing } from "./measure.ts";

/** Widths below it time the call, not the work. */
const FROM_WIDTH = 64;

/** p and c of the power law c·widthᵖ through the medians, by least squares in logarithms. */
export interface PowerLaw {
  readonly exponent: number;
  readonly factor: number;
  readonly from: number;
}

export function fitPowerLaw(timings: readonly Timing[]): PowerLaw | undefined {
  const large = timings.filter(({ width }) => width >= FROM_WIDTH);
  const used = large.length >= 3 ? large : timings;
  if (used.length < 2) return undefined;
  const points = used.map(({ width, median }) => [Math.log(width), Math.log(median)] as const);
  const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const slope =
    points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) /
    points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return { exponent: slope, factor: Math.exp(y - slope * x), from: Math.min(...used.map(({ width }) => width)) };
}
