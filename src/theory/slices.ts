import { exponentOf, largestOf } from "./scale.ts";

/** Samples and neurons in slices, three float32 for each number. */
export interface SlicedNeurons {
  /** N×D×3. */
  readonly x: Float32Array<ArrayBuffer>;
  /** M×(1 + D)×3: of each neuron b and v. */
  readonly neurons: Float32Array<ArrayBuffer>;
}

/** With slices of so many bits, what is left out of v·x − b is below 2⁻⁴⁰ of its largest terms. */
const LEAST_BITS = 10;

/**
 * Cuts x, v and b so that v·x − b can be summed in float32 almost without rounding (K. Ozaki et al., Numer. Algorithms 59,
 * 2012). The first two slices of a number have s bits each, on grids that all samples share, and all directions. So a
 * product of two slices is a multiple of a common unit, and a sum of D of them with the bias is below 2²⁴ units: exact in
 * float32, in any order. The third slice is the rest, rounded.
 *
 * Undefined where slices would be shorter than 10 bits, because D or the biases are large: D up to 14 where no bias is
 * beyond the largest products.
 */
export function sliceNeurons(
  { x, b, v }: { readonly x: ArrayLike<number>; readonly b: ArrayLike<number>; readonly v: ArrayLike<number> },
  dimensions: number,
): SlicedNeurons | undefined {
  const [ofX, ofV] = [exponentOf(largestOf(x)) + 1, exponentOf(largestOf(v)) + 1];
  const terms = dimensions + 1 + largestOf(b) / 2 ** (ofX + ofV);
  const bits = Math.floor((24 - Math.log2(terms)) / 2);
  if (bits < LEAST_BITS) return undefined;
  const cols = b.length;
  const samples = new Float32Array(3 * x.length);
  const neurons = new Float32Array(3 * cols * (1 + dimensions));
  const slice = (target: Float32Array, place: number, value: number, unit: number, finer: number) => {
    const first = Math.round(value / unit) * unit;
    const second = Math.round((value - first) / finer) * finer;
    target.set([first, second, value - first - second], 3 * place);
  };
  for (let i = 0; i < x.length; i++) slice(samples, i, x[i] as number, 2 ** (ofX - bits), 2 ** (ofX - 2 * bits));
  for (let m = 0; m < cols; m++) {
    const place = m * (1 + dimensions);
    slice(neurons, place, b[m] as number, 2 ** (ofX + ofV - 2 * bits), 2 ** (ofX + ofV - 3 * bits));
    for (let d = 0; d < dimensions; d++) {
      slice(neurons, place + 1 + d, v[m * dimensions + d] as number, 2 ** (ofV - bits), 2 ** (ofV - 2 * bits));
    }
  }
  return { x: samples, neurons };
}
