import { type Mask, masks } from "../../src/index.ts";
import type { Basis } from "./basis.ts";

/** Where a coefficient is below this part of ‖y‖, float32's rounding of ŷ hides the mask. */
const MEASURABLE = 2e-4;

/** What the mask predicts for gradient descent at any step, in float64 on the host, without iterating. */
export class Prediction {
  /** c = Uᵀy. */
  readonly coefficients: Float64Array;
  /** The part of ‖y‖² outside the components, which no number of steps learns. */
  readonly #outside: number;
  readonly #norm: number;

  constructor(
    readonly basis: Pick<Basis, "components" | "count" | "singularValues">,
    readonly y: Float64Array,
    readonly learningRate: number,
  ) {
    this.coefficients = this.#project(y);
    const inside = this.#combine(this.coefficients);
    this.#outside = y.reduce((sum, value, n) => sum + (value - (inside[n] ?? 0)) ** 2, 0);
    this.#norm = Math.sqrt(y.reduce((sum, value) => sum + value * value, 0));
  }

  mask(iterations: number): Mask {
    return masks.gradientDescent({ learningRate: this.learningRate, iterations });
  }

  /** ŷ after `iterations` steps. */
  signal(iterations: number): Float64Array {
    const mask = this.mask(iterations);
    return this.#combine(this.coefficients.map((c, k) => c * mask(this.basis.singularValues[k] ?? 0)));
  }

  /** The mean squared residual after `iterations` steps. */
  loss(iterations: number): number {
    const mask = this.mask(iterations);
    const inside = this.coefficients.reduce(
      (sum, c, k) => sum + (c * (1 - mask(this.basis.singularValues[k] ?? 0))) ** 2,
      0,
    );
    return (inside + this.#outside) / this.y.length;
  }

  /** The mask of a network's output, (u_kᵀŷ)/(u_kᵀy); NaN where the coefficient of y is too small to measure it. */
  measure(output: ArrayLike<number>): Float64Array {
    return this.#project(output).map((c, k) => {
      const target = this.coefficients[k] ?? 0;
      return Math.abs(target) > MEASURABLE * this.#norm ? c / target : Number.NaN;
    });
  }

  #project(signal: ArrayLike<number>): Float64Array {
    const { components, count } = this.basis;
    return Float64Array.from({ length: count }, (_, k) => {
      let product = 0;
      for (let n = 0; n < signal.length; n++) product += (components[n * count + k] as number) * (signal[n] as number);
      return product;
    });
  }

  #combine(coefficients: Float64Array): Float64Array {
    const { components, count } = this.basis;
    return this.y.map((_, n) => coefficients.reduce((sum, c, k) => sum + c * (components[n * count + k] as number), 0));
  }
}
