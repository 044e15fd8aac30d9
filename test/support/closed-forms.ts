import { determinant, Matrix } from "ml-matrix";

/**
 * The SVD of Heaviside on the offset grid, N = M = n: of the lower triangular matrix of ones, A = U·diag(σ)·Vᵀ.
 * With θ_k = (2k − 1)π/(2n + 1), k = 1 … n: σ_k = 1/(2 sin(θ_k/2)), u_k(j) ∝ sin(jθ_k), v_k(j) ∝ cos((j − ½)θ_k).
 * `u` and `v` are n×n row-major, one component a column.
 */
export function heavisideSvd(n: number): { singularValues: Float64Array; u: Float64Array; v: Float64Array } {
  const scale = 2 / Math.sqrt(2 * n + 1);
  const angle = (k: number): number => ((2 * k + 1) * Math.PI) / (2 * n + 1);
  const columns = (element: (j: number, k: number) => number): Float64Array =>
    Float64Array.from({ length: n * n }, (_, at) => scale * element(Math.floor(at / n), at % n));
  return {
    singularValues: Float64Array.from({ length: n }, (_, k) => 0.5 / Math.sin(angle(k) / 2)),
    u: columns((j, k) => Math.sin((j + 1) * angle(k))),
    v: columns((j, k) => Math.cos((j + 0.5) * angle(k))),
  };
}

/**
 * The frequencies ω_1 < ω_2 < … of n-fold integration on [0, 1], n = `order`, whose singular values are ω_k⁻ⁿ: the
 * limits that the spline activations tend to on the offset grid with N = M. Heaviside σ_k/N → ω_k⁻¹ (n = 1, ω_k = (k −
 * ½)π); ReLU σ_k/N → ω_k⁻² (n = 2, cos ω·cosh ω = −1); ReLU² σ_k/(2N) → ω_k⁻³ (n = 3). They are where u⁽²ⁿ⁾ =
 * (−1)ⁿω²ⁿu, with u … u⁽ⁿ⁻¹⁾ zero at 0 and u⁽ⁿ⁾ … u⁽²ⁿ⁻¹⁾ zero at 1, has a solution; to about 1e-13 for n ≤ 3.
 */
export function integrationFrequencies(order: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => {
    // ω_k nears (k − ½)π from either side; for n ≤ 3 by less than 0.7.
    const centre = (k + 0.5) * Math.PI;
    return bisect((omega) => boundaryDeterminant(order, omega), centre - 0.7, centre + 0.7);
  });
}

/** Zero where e^{rx}, r²ⁿ = (−1)ⁿω²ⁿ, combine to a function that meets the boundary conditions. */
function boundaryDeterminant(order: number, omega: number): number {
  const rows = Array.from({ length: 2 * order }, (_, derivative) => {
    const x = derivative < order ? 0 : 1;
    const row: number[] = [];
    // One root of each conjugate pair; its real and imaginary parts are two solutions, or one where it is real.
    for (let j = 0; j <= order; j++) {
      const phase = (order % 2 === 0 ? j : j + 0.5) * (Math.PI / order);
      if (phase > Math.PI + 1e-9) break;
      const [growth, turn] = [Math.cos(phase) * omega, Math.sin(phase) * omega];
      // Scaled to at most 1 on [0, 1], so that the determinant neither overflows nor loses its small solutions.
      const size = Math.exp(growth * x - Math.max(growth, 0));
      const angle = turn * x + derivative * phase;
      row.push(size * Math.cos(angle));
      if (Math.abs(Math.sin(phase)) > 1e-9) row.push(size * Math.sin(angle));
    }
    return row;
  });
  return determinant(new Matrix(rows));
}

function bisect(f: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  const sign = Math.sign(f(low));
  if (sign === Math.sign(f(high))) throw new Error(`no change of sign between ${from} and ${to}`);
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (Math.sign(f(middle)) === sign) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The discrete prolate matrix sin(2πW(n − m))/(π(n − m)), diagonal 2W, of N = `samples` and W = `halfBandwidth`: a sinc
 * network with x = b at unit spacing and ω = 2W, times 2W. It is positive definite, so that its singular values sum to
 * its trace, 2NW; they stay at 1 up to about the 2NW-th and then drop.
 */
export function discreteProlateTrace(samples: number, halfBandwidth: number): number {
  return 2 * samples * halfBandwidth;
}
