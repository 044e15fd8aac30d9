import { completeBasis } from "./complete-basis.ts";

/** B = left·diag(σ)·rightᵀ of a square matrix: σ descending, left and right orthonormal, row-major. */
export interface SquareSvd {
  readonly singularValues: Float64Array;
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/** |p·q|/(|p|·|q|) up to which columns count as orthogonal. */
const TOLERANCE = 2 ** -48;
/** The matrices of the tests take at most 11. */
const MAX_SWEEPS = 40;

/** Columns shorter than this share of the longest are rounding: their left vectors are made by `completeBasis`. */
const NEGLIGIBLE = 2 ** -48;

/** The SVD of a small n × n matrix, row-major, in float64, by one-sided Jacobi on its columns. */
export function jacobiSvd(entries: Float64Array, n: number): SquareSvd {
  const transposed = (matrix: ArrayLike<number>) =>
    Float64Array.from({ length: n * n }, (_, i) => matrix[(i % n) * n + Math.floor(i / n)] as number);
  const columns = transposed(entries);
  const rotations = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  for (let sweep = 0; sweep < MAX_SWEEPS && rotateAll(columns, rotations, n); sweep++);

  const norms = Float64Array.from({ length: n }, (_, i) => Math.sqrt(dot(columns, i, i, n)));
  const order = Array.from(norms.keys()).sort((i, j) => (norms[j] as number) - (norms[i] as number));
  const singularValues = Float64Array.from(order, (i) => norms[i] as number);
  const least = NEGLIGIBLE * (singularValues[0] as number);
  const known = singularValues.filter((value) => value > least).length;
  const vectors = (from: Float64Array, divisor: (place: number) => number) =>
    transposed(
      Float64Array.from({ length: n * n }, (_, i) => {
        const place = Math.floor(i / n);
        return (from[(order[place] as number) * n + (i % n)] as number) / divisor(place);
      }),
    );
  const left = vectors(columns, (place) => (place < known ? (singularValues[place] as number) : 1));
  completeBasis(left, n, n, known);
  return { singularValues, left, right: vectors(rotations, () => 1) };
}

/** One sweep over all pairs of columns, which are rows here; returns whether any were rotated. */
function rotateAll(columns: Float64Array, rotations: Float64Array, n: number): boolean {
  let any = false;
  for (let p = 0; p < n; p++) {
    for (let q = p + 1; q < n; q++) {
      const [pp, qq, pq] = [dot(columns, p, p, n), dot(columns, q, q, n), dot(columns, p, q, n)];
      if (!(Math.abs(pq) > TOLERANCE * Math.sqrt(pp * qq))) continue;
      any = true;
      const zeta = (qq - pp) / (2 * pq);
      const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
      const cosine = 1 / Math.hypot(1, tangent);
      for (const matrix of [columns, rotations]) rotate(matrix, p, q, n, cosine, cosine * tangent);
    }
  }
  return any;
}

function dot(rows: Float64Array, p: number, q: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (rows[p * n + i] as number) * (rows[q * n + i] as number);
  return sum;
}

function rotate(rows: Float64Array, p: number, q: number, n: number, cosine: number, sine: number): void {
  for (let i = 0; i < n; i++) {
    const x = rows[p * n + i] as number;
    const y = rows[q * n + i] as number;
    rows[p * n + i] = cosine * x - sine * y;
    rows[q * n + i] = sine * x + cosine * y;
  }
}
