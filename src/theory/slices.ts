import { exponentOf, largestOf } from "./scale.ts";

/** Samples and neurons in slices, three float32 for each number. */
export interface SlicedNeurons {
  /** N×D×3. */
  readonly x: Float32Array<ArrayBuffer>;
  /** M×(1 + D)×3: of each neuron b and v. */
  readonly neurons: Float32Array<ArrayBuffer>;
}

interface Positions {
  /** N×D. */
  readonly x: ArrayLike<number>;
  /** M. */
  readonly b: ArrayLike<number>;
  /** M×D. */
  readonly v: ArrayLike<number>;
}

/** With slices of so many bits, what is left out of v·x − b is below 2⁻⁴⁰ of its largest terms. */
const LEAST_BITS = 10;

/**
 * Cuts x, v and b so that v·x − b can be summed in float32 almost without rounding (K. Ozaki et al., Numer. Algorithms 59,
 * 2012). The first two slices of a number have s bits each, on grids that all samples share, and all directions. So a
 * product of two slices is a multiple of a common unit, and a sum of D of them with the bias is below 2²⁴ units: exact in
 * float32, in any order. The third slice is the rest, rounded.
 *
 * An offset that is large beside the extent of the samples is taken out before, so that it takes no bits. Where it leaves
 * large biases, entries are as large, and it stays.
 *
 * Undefined where slices would be shorter than 10 bits, because D or the biases are large: D up to 14 where no bias is
 * beyond the largest products.
 */
export function sliceNeurons(positions: Positions, dimensions: number): SlicedNeurons | undefined {
  return slice(withoutOffset(positions, dimensions), dimensions) ?? slice(positions, dimensions);
}

function slice({ x, b, v }: Positions, dimensions: number): SlicedNeurons | undefined {
  const [ofX, ofV] = [exponentOf(largestOf(x)) + 1, exponentOf(largestOf(v)) + 1];
  const terms = dimensions + 1 + largestOf(b) / 2 ** (ofX + ofV);
  const bits = Math.floor((24 - Math.log2(terms)) / 2);
  if (bits < LEAST_BITS) return undefined;
  const cols = b.length;
  const samples = new Float32Array(3 * x.length);
  const neurons = new Float32Array(3 * cols * (1 + dimensions));
  const cut = (target: Float32Array, place: number, value: number, unit: number, finer: number) => {
    const first = Math.round(value / unit) * unit;
    const second = Math.round((value - first) / finer) * finer;
    target.set([first, second, value - first - second], 3 * place);
  };
  for (let i = 0; i < x.length; i++) cut(samples, i, x[i] as number, 2 ** (ofX - bits), 2 ** (ofX - 2 * bits));
  for (let m = 0; m < cols; m++) {
    const place = m * (1 + dimensions);
    cut(neurons, place, b[m] as number, 2 ** (ofX + ofV - 2 * bits), 2 ** (ofX + ofV - 3 * bits));
    for (let d = 0; d < dimensions; d++) {
      cut(neurons, place + 1 + d, v[m * dimensions + d] as number, 2 ** (ofV - bits), 2 ** (ofV - 2 * bits));
    }
  }
  return { x: samples, neurons };
}

/**
 * v·(x − c) − (b − v·c) for v·x − b, in float64. Along each axis, c is the least sample without the digits below the extent
 * of the samples: 0 for samples of the unit cube. So few digits leave the products of simple directions exact.
 */
function withoutOffset({ x, b, v }: Positions, dimensions: number): Positions {
  const offsets = Array.from({ length: dimensions }, (_, d) => {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = d; i < x.length; i += dimensions) {
      least = Math.min(least, x[i] as number);
      most = Math.max(most, x[i] as number);
    }
    const unit = 2 ** (exponentOf(most - least) + 1);
    return most === least ? least : Math.trunc(least / unit) * unit;
  });
  return {
    x: Float64Array.from(x, (value, i) => value - (offsets[i % dimensions] as number)),
    b: Float64Array.from(b, (bias, m) => {
      return offsets.reduce((rest, offset, d) => rest - (v[m * dimensions + d] as number) * offset, bias);
    }),
    v,
  };
}
