/** Measurements on curves and matrices, in float64, without a GPU. */

/** The slope of the least-squares line through log(values[k − 1]) over log k for k = `from` … `to`. */
export function logSlope(values: ArrayLike<number>, from: number, to: number): number {
  const ks = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return powerOf(
    ks,
    ks.map((k) => values[k - 1] as number),
  );
}

/** The p of the power xᵖ nearest to y: the slope of the least-squares line through log y over log x. */
export function powerOf(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let [sumX, sumY, sumXX, sumXY] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [logX, logY] = [Math.log(x[i] as number), Math.log(y[i] as number)];
    sumX += logX;
    sumY += logY;
    sumXX += logX * logX;
    sumXY += logX * logY;
  }
  return (x.length * sumXY - sumX * sumY) / (x.length * sumXX - sumX * sumX);
}

/**
 * Where a mask over descending s falls to `level`: the s of the first crossing, or NaN where there is none. Interpolates
 * log(−log(1 − m)) over log s, which is a straight line for the mask of gradient flow.
 */
export function maskCrossing(s: ArrayLike<number>, mask: ArrayLike<number>, level: number): number {
  const bend = (m: number) => Math.log(-Math.log1p(-m));
  for (let i = 0; i + 1 < s.length; i++) {
    const [above, below] = [mask[i] as number, mask[i + 1] as number];
    if (above < level || below >= level) continue;
    if (above >= 1 || below <= 0) return Number.NaN;
    const part = (bend(above) - bend(level)) / (bend(above) - bend(below));
    return Math.exp(Math.log(s[i] as number) * (1 - part) + Math.log(s[i + 1] as number) * part);
  }
  return Number.NaN;
}

/** Column `column` of matrix `member` of a batch of rows×cols matrices, row-major. */
export function columnOf(
  data: ArrayLike<number>,
  { rows, cols }: { rows: number; cols: number },
  column: number,
  member = 0,
): number[] {
  return Array.from({ length: rows }, (_, row) => data[(member * rows + row) * cols + column] as number);
}

/** Uc: the sum of the columns of an N×N matrix, row-major, each times its coefficient. */
export function combine(U: ArrayLike<number>, coefficients: ArrayLike<number>): number[] {
  const samples = coefficients.length;
  return Array.from({ length: samples }, (_, n) => {
    let sum = 0;
    for (let k = 0; k < samples; k++) sum += (coefficients[k] as number) * (U[n * samples + k] as number);
    return sum;
  });
}

/** Σ a[i]·b[i] of two arrays of one length. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** u[i+1] − u[i]. */
export function differences(u: readonly number[]): number[] {
  return u.slice(1).map((value, i) => value - (u[i] as number));
}

/** Σ |u[i+1] − u[i]|. */
export function totalVariation(u: readonly number[]): number {
  return differences(u).reduce((sum, step) => sum + Math.abs(step), 0);
}

/** The largest |a[i] − b[i]|. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
  return largest;
}
