import {
  LONGEST,
  requireAtMost,
  requireFinite,
  requireInteger,
  requireObject,
  requireOneOf,
} from "../checks/values.ts";
import { createRandom, type Random } from "./random.ts";

/** Directions and biases of M neurons in D dimensions, as `activationMatrix` takes them. */
export interface Neurons {
  /** M×D, row-major. */
  readonly v: Float64Array<ArrayBuffer>;
  /** M numbers. */
  readonly b: Float64Array<ArrayBuffer>;
}

/** How many neurons are drawn, and from which random sequence. */
export interface NeuronsOptions {
  /** M. */
  readonly width: number;
  /** D. */
  readonly dimensions: number;
  /** "normal": v_m ~ N(0, I), as in the paper's Appendix E. "uniform": of length 1, all directions equally likely. */
  readonly directions: DirectionLaw;
  /** An integer from 0 to 2³² − 1. The first neurons of a seed are the same for every width. */
  readonly seed: number;
}

/** The law that directions are drawn by. */
export type DirectionLaw = "normal" | "uniform";

/**
 * Neurons for samples in the unit cube: random directions v_m, and biases b_m = v_m·c_m with c_m uniform on [0, 1]ᴰ. So
 * the plane v_m·x = b_m, where an activation has its kink or its step, passes through the cube.
 *
 * Uniform directions are normal ones divided by their length (M. E. Muller, Comm. ACM 2, 1959). The numbers come from the
 * sequence of Mulberry32.
 * @throws ArgumentError unless M and D are integers of at least 1 with M·D ≤ 2²⁷, the seed is an integer from 0 to 2³² − 1,
 * and the directions are "normal" or "uniform".
 */
export function randomNeurons(options: NeuronsOptions): Neurons {
  const { width, dimensions, directions, random } = readOptions(options);
  const v = new Float64Array(width * dimensions);
  const b = new Float64Array(width);
  for (let m = 0; m < width; m++) {
    const direction = drawDirection(random, directions, dimensions);
    v.set(direction, m * dimensions);
    b[m] = direction.reduce((sum, v_d) => sum + v_d * random.uniform(), 0);
  }
  return { v, b };
}

/**
 * Fourier features (M. Tancik et al., "Fourier features let networks learn high frequency functions in low dimensional
 * domains", NeurIPS 2020, arXiv 2006.10739) for the activation "sine" with this scale ω. Neurons 2j and 2j + 1 have the
 * same random direction: one is sin(ω·v_j·x), and the other, whose bias −π/(2ω) is a phase of a quarter period, cos(ω·v_j·x). With
 * normal directions the standard deviation of a frequency, σ in that paper, is ω/(2π) periods per unit length.
 * @throws ArgumentError as `randomNeurons`, and unless ω and π/(2ω) are finite.
 */
export function fourierFeatures(options: NeuronsOptions & { readonly scale: number }): Neurons {
  const { width, dimensions, directions, random } = readOptions(options);
  const { scale } = options;
  requireFinite("scale", scale);
  const quarterPeriod = Math.PI / (2 * scale);
  requireFinite("π / (2 · scale)", quarterPeriod);
  const v = new Float64Array(width * dimensions);
  for (let m = 0; m < width; m += 2) {
    const direction = drawDirection(random, directions, dimensions);
    v.set(direction, m * dimensions);
    if (m + 1 < width) v.set(direction, (m + 1) * dimensions);
  }
  return { v, b: Float64Array.from({ length: width }, (_, m) => (m % 2 === 0 ? 0 : -quarterPeriod)) };
}

function readOptions(options: NeuronsOptions) {
  requireObject("options", options);
  const { width, dimensions, directions, seed } = options;
  requireInteger("width", width, 1);
  requireInteger("dimensions", dimensions, 1);
  requireAtMost("width · dimensions", width * dimensions, LONGEST);
  requireOneOf("directions", directions, ["normal", "uniform"]);
  requireInteger("seed", seed, 0);
  requireAtMost("seed", seed, 2 ** 32 - 1);
  return { width, dimensions, directions, random: createRandom(seed) };
}

function drawDirection(random: Random, directions: DirectionLaw, dimensions: number): Float64Array {
  for (;;) {
    const direction = random.normals(dimensions);
    if (directions === "normal") return direction;
    const length = Math.sqrt(direction.reduce((sum, v_d) => sum + v_d * v_d, 0));
    if (length > 0) return direction.map((v_d) => v_d / length);
  }
}
