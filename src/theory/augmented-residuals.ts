/** A sum of products in float64, as accurate as if it were computed in twice its precision and rounded once. */
class ProductSum {
  #sum = 0;
  #rest = 0;

  /** Adds a·b (T. Ogita, S. M. Rump and S. Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26, 2005). */
  add(a: number, b: number): void {
    const product = a * b;
    const sum = this.#sum + product;
    const added = sum - this.#sum;
    this.#rest += this.#sum - (sum - added) + (product - added) + errorOf(a, b, product);
    this.#sum = sum;
  }

  get value(): number {
    return this.#sum + this.#rest;
  }
}

/** a·b − product, where `product` is a·b rounded: exact below 2⁹⁹⁶ (T. J. Dekker, Numer. Math. 18, 1971). */
function errorOf(a: number, b: number, product: number): number {
  const [aHigh, bHigh] = [highBits(a), highBits(b)];
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The upper 26 bits of a number. */
function highBits(a: number): number {
  const scaled = (2 ** 27 + 1) * a;
  return scaled - (scaled - a);
}

/** What is left of the equations r + A·w = y and Aᵀ·r = 0 of a least-squares problem with the residual r. */
export interface AugmentedResiduals {
  /** N: y − r − A·w. */
  readonly ofTargets: Float64Array;
  /** M: −Aᵀ·r. */
  readonly ofNormal: Float64Array;
}

/**
 * The residuals of the augmented system, each computed in twice the precision of float64.
 * @param A rows × cols, row-major
 */
export function augmentedResiduals(
  A: Float64Array,
  {
    y,
    residual,
    weights,
  }: { readonly y: Float64Array; readonly residual: Float64Array; readonly weights: Float64Array },
): AugmentedResiduals {
  const [rows, cols] = [y.length, weights.length];
  const ofTargets = new Float64Array(rows);
  const columns = Array.from({ length: cols }, () => new ProductSum());
  for (let i = 0; i < rows; i++) {
    const r = residual[i] as number;
    const row = new ProductSum();
    row.add(y[i] as number, 1);
    row.add(r, -1);
    for (let j = 0; j < cols; j++) {
      const entry = A[i * cols + j] as number;
      row.add(entry, -(weights[j] as number));
      (columns[j] as ProductSum).add(entry, -r);
    }
    ofTargets[i] = row.value;
  }
  return { ofTargets, ofNormal: Float64Array.from(columns, ({ value }) => value) };
}
