/** float32's unit in the last place of 1. */
const ulp = 2 ** -23;

/** The `unit` of the ratios for an SVD in extended precision: products in two-floats lose 2⁻⁴⁵ of Σ|a·b|. */
export const EXTENDED_UNIT = 2 ** -44;

/** LAPACK's bound: a ratio below it passes. */
export const passingRatio = 50;

interface Ratios {
  /** ‖A − U·diag(s)·Vᵀ‖₁/(‖A‖₁·M·ulp): reconstruction. */
  readonly r1: number;
  /** ‖I − UᵀU‖₁/(N·ulp): orthonormal columns. */
  readonly r2: number;
  /** ‖I − VᵀV‖₁/(M·ulp). */
  readonly r3: number;
  /** Whether s ≥ 0 and does not increase. */
  readonly ordered: boolean;
}

type Element = (i: number, j: number) => number;

/** The greatest column sum of magnitudes; NaN where any element is, so that no bound passes. */
function norm1(rows: number, cols: number, element: Element): number {
  let greatest = 0;
  for (let j = 0; j < cols; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += Math.abs(element(i, j));
    greatest = Math.max(greatest, sum);
  }
  return greatest;
}

/** How far the k columns of the n×k row-major `q` are from orthonormal. */
function orthogonality(q: ArrayLike<number>, n: number, k: number, unit: number): number {
  const gram: Element = (i, j) => {
    let sum = i === j ? -1 : 0;
    for (let t = 0; t < n; t++) sum += (q[t * k + i] as number) * (q[t * k + j] as number);
    return sum;
  };
  return k === 0 ? 0 : norm1(k, k, gram) / (n * unit);
}

/**
 * LAPACK's test ratios of a float32 SVD (its own drivers' tests, TESTING/EIG/sdrvbd.f), evaluated in float64.
 * Row-major: `a` is rows×cols, `u` rows×k, `v` cols×k, with k = s.length and A = U·diag(s)·Vᵀ. A matrix of zeros must
 * be reconstructed exactly. Sizes of 0 give ratios of 0. `unit` stands for ulp where the SVD is of another precision.
 */
export function lapackRatios(
  a: ArrayLike<number>,
  rows: number,
  cols: number,
  u: ArrayLike<number>,
  s: ArrayLike<number>,
  v: ArrayLike<number>,
  unit = ulp,
): Ratios {
  const k = s.length;
  const lengths = { a: [a.length, rows * cols], u: [u.length, rows * k], v: [v.length, cols * k] };
  for (const [name, [given, expected]] of Object.entries(lengths)) {
    if (given !== expected) throw new Error(`${name}: ${given} numbers given, ${expected} expected`);
  }
  const residual: Element = (i, j) => {
    let sum = a[i * cols + j] as number;
    for (let t = 0; t < k; t++) sum -= (u[i * k + t] as number) * (s[t] as number) * (v[j * k + t] as number);
    return sum;
  };
  const error = norm1(rows, cols, residual);
  const size = norm1(rows, cols, (i, j) => a[i * cols + j] as number);
  const values = Array.from(s);
  return {
    r1: error === 0 ? 0 : error / size / (cols * unit),
    r2: orthogonality(u, rows, k, unit),
    r3: orthogonality(v, cols, k, unit),
    ordered: values.every((value, i) => value >= 0 && (i === 0 || value <= (values[i - 1] as number))),
  };
}
