import { defineMethod, efficientRate } from "./definition.ts";
import { darboux, farFrom, gegenbauerAmplitude, gegenbauerFall } from "./gegenbauer.ts";

/**
 * Nesterov's accelerated gradient: each step is one of gradient descent from p = w + β_t(w − w⁻), β_t = (t − 1)/(t + b)
 * (Yu. Nesterov 1983; in this form A. Chambolle and C. Dossal, 2015; as a filter A. Neubauer, "On Nesterov acceleration
 * for Landweber iteration of linear ill-posed problems", 2017): r_T(λ) = x^T·C_T^κ(x)/C_T^κ(1), κ = (b + 1)/2,
 * x = √(1 − αλ), C Gegenbauer's polynomial.
 *
 * For αλ ≤ 1 both factors lie in [−1, 1]. For αλ > 1, r_{t+1} = −(αλ − 1)((1 + β)r_t − βr_{t−1}) keeps |r| ≤ 1 while
 * (αλ − 1)(1 + 2β) ≤ 1. As β < 1, this is so up to αλ = 4/3, where a root of the limit β = 1 is −1. Up to there the mask
 * comes from the values of the polynomial on the imaginary axis; beyond 4/3 the run diverges and the mask is NaN.
 * @throws ArgumentError unless α is finite and above 0, and b from 0 to 100, beyond which the series of
 * `gegenbauerFall` loses digits. Default b = 2.
 */
export const acceleratedNesterov = defineMethod({
  name: "acceleratedNesterov",
  label: "accelerated Nesterov",
  family: "Nesterov",
  parameters: {
    learningRate: efficientRate,
    b: {
      symbol: "b",
      description: "b of the momentum (t − 1)/(t + b)",
      default: "2",
      range: { expected: "a number from 0 to 100", holds: (value) => value >= 0 && value <= 100 },
      isOptional: true,
      choose: () => 2,
    },
  },
  create({ learningRate, b = 2 }: { readonly learningRate: number; readonly b?: number }) {
    return {
      mask: (iterations) => (s) => (s === 0 || iterations === 0 ? 0 : maskAt(iterations, learningRate * s * s, b)),
      envelope: (iterations) => (s) => {
        const gap = learningRate * s * s;
        if (gap <= 1) {
          const power = Math.exp((iterations / 2) * Math.log1p(-gap));
          return power === 0 ? 0 : power * gegenbauerAmplitude(iterations, (b + 1) / 2, gap);
        }
        // By the bound above, the larger of two neighbours never grows with T.
        const residual = (steps: number) => Math.abs(residualBeyond(steps, gap - 1, b));
        return Math.max(residual(iterations), residual(iterations + 1));
      },
      iteration: {
        kind: "linear",
        coefficients: (t) => ({ rate: learningRate, momentum: (t - 1) / (t + b), extrapolation: (t - 1) / (t + b) }),
      },
      stableBelow: 4 / 3 / learningRate,
      growth: 1,
    };
  },
});

function maskAt(iterations: number, gap: number, b: number): number {
  if (gap > 1) return 1 - residualBeyond(iterations, gap - 1, b);
  const exponent = (iterations / 2) * Math.log1p(-gap);
  const power = Math.exp(exponent); // x^T
  return power === 0 ? 1 : -Math.expm1(exponent) + power * gegenbauerFall(iterations, (b + 1) / 2, gap);
}

/**
 * r_T for x² = −`excess`: each term of C_T^κ(i sinh ψ) is i^T times a hyperbolic cosine, or a hyperbolic sine for odd T.
 */
function residualBeyond(iterations: number, excess: number, b: number): number {
  if (excess > 1 / 3) return Number.NaN;
  const order = (b + 1) / 2;
  const sign = iterations % 2 === 0 ? 1 : -1;
  if (iterations + order <= farFrom(order)) {
    let [residual, previous] = [1, 1];
    for (let t = 1; t <= iterations; t++) {
      const momentum = (t - 1) / (t + b);
      [residual, previous] = [-excess * ((1 + momentum) * residual - momentum * previous), residual];
    }
    return residual;
  }
  const root = Math.sqrt(excess);
  const psi = Math.asinh(root);
  const power = Math.exp(iterations * (Math.log(root) + psi)) / 2;
  const wave = (m: number) => Math.exp((m + order) * psi) * (1 + sign * Math.exp(-2 * (iterations + m + order) * psi));
  return sign * power * darboux(iterations, order, Math.sqrt(1 + excess), wave);
}
