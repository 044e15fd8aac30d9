import { quoted, refusal, requireNumber, requireString } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import { type Expression, parseExpression } from "./expression.ts";
import { gaussian, normalTail } from "./normal-tail.ts";
import { largestOf } from "./scale.ts";

/** `relu${p}` is z₊ᵖ with an integer p ≥ 0: relu0 is heaviside, relu1 is relu. */
export type ActivationName =
  | "heaviside"
  | "relu"
  | "relu2"
  | `relu${number}`
  | "tanh"
  | "gelu"
  | "silu"
  | "sinc"
  | "gaussian"
  | "sine"
  | "impulse";

/** All except the truncated powers. */
type OtherName = Exclude<ActivationName, "heaviside" | "relu" | `relu${number}`>;

/**
 * A named activation, or an expression of z: decimal numbers, which are f32, WGSL's operators and built-in functions of
 * f32 and bool, `select`, parentheses and comments, in at most 1024 characters.
 */
export type Activation = ActivationName | { readonly wgsl: string };

/** What makes an activation matrix A[n,m] = η(ω·(Σ_d v[m,d]·x[n,d] − b[m])). */
export interface ActivationMatrixInput<A = Activation> {
  /** η. */
  readonly activation: A;
  /** ω, 1 unless given. */
  readonly scale?: number;
  /** Samples: N numbers, or N×D row-major where `v` is given. */
  readonly x: ArrayLike<number>;
  /** Biases: M numbers. */
  readonly b: ArrayLike<number>;
  /** Directions: M×D row-major; without them D = 1 and every direction is 1. */
  readonly v?: ArrayLike<number>;
}

/** Beyond this power the rounding of z, 2⁻⁴⁸ relative, would show in a float32 entry. */
const HIGHEST_POWER = 2 ** 20;

const otherActivations: Readonly<Record<OtherName, (z: number) => number>> = {
  tanh: Math.tanh,
  gelu: (z) => (z < 0 ? z * normalTail(-z) : z * (1 - normalTail(z))),
  silu: (z) => z / (1 + Math.exp(-z)),
  sinc,
  gaussian,
  sine: Math.sin,
  impulse: (z) => (z === 0 ? 1 : 0),
};

/** The activations to offer in a menu; there is a reluᵖ for higher p too. */
export const activationNames: readonly ActivationName[] = [
  "heaviside",
  "relu",
  "relu2",
  "relu3",
  "tanh",
  "gelu",
  "silu",
  "sinc",
  "gaussian",
  "sine",
  "impulse",
];

/** The p of an activation z₊ᵖ (heaviside 0, relu 1, relu2 2, …), or undefined for the others. */
function activationPower(name: string): number | undefined {
  if (name === "heaviside") return 0;
  const power = /^relu(0|[1-9]\d*)?$/.exec(name);
  return power ? Number(power[1] ?? 1) : undefined;
}

/**
 * Reads an activation's name; relu0 becomes heaviside and relu1 relu.
 * @throws ArgumentError for a value that is no string, an unknown name, and a power above 2²⁰.
 */
export function parseActivation(name: string): ActivationName {
  requireString("activation", name);
  const power = activationPower(name);
  if (power === undefined && !Object.hasOwn(otherActivations, name)) {
    const known = [...activationNames.slice(0, 3), "relu<p> with an integer p ≥ 0", ...activationNames.slice(4)];
    throw new ArgumentError(`activation: ${quoted(name)} given, one of ${known.join(", ")} expected`);
  }
  if (power === undefined || power === 2) return name as ActivationName;
  if (power > HIGHEST_POWER) {
    throw new ArgumentError(`activation: ${quoted(name)} given, a power of at most ${HIGHEST_POWER} expected`);
  }
  return power === 0 ? "heaviside" : power === 1 ? "relu" : `relu${power}`;
}

/**
 * The activation η(z) in float64, correct to about 1e-15 relative to its value (Heaviside and the impulse exactly).
 * Heaviside is 1 at 0, GELU is the exact z·Φ(z), sinc is sin(πz)/(πz), Gaussian is exp(−z²/2). An expression is computed
 * as it is written. At NaN, at infinities, and where the value is beyond float64, the result is what the formula gives in
 * float64: NaN or an infinity.
 * @throws ArgumentError as `parseActivation`, ShaderError as `parseExpression`; ArgumentError from the function unless z
 * is a number.
 */
export function activationFunction(activation: Activation): (z: number) => number {
  const value = functionOf(activation);
  return (z) => {
    requireNumber("z", z);
    return value(z);
  };
}

function functionOf(activation: Activation): (z: number) => number {
  if (typeof activation !== "string") return expressionOf(activation).value;
  const power = activationPower(parseActivation(activation));
  return power === undefined ? otherActivations[activation as OtherName] : (z) => truncatedPower(z, power);
}

function expressionOf(activation: { readonly wgsl: string }): Expression {
  if (typeof activation?.wgsl !== "string") {
    throw refusal("activation", activation, 'a name or { wgsl: "…" }');
  }
  return parseExpression(activation.wgsl);
}

/**
 * The form of an activation in the kernels, and its power. All z₊ᵖ are one form; the power of all others is 0.
 * @throws ArgumentError as `parseActivation`, ShaderError as `parseExpression`.
 */
export function activationForm(activation: Activation): {
  form: "truncatedPower" | OtherName | Expression;
  power: number;
} {
  if (typeof activation !== "string") return { form: expressionOf(activation), power: 0 };
  const power = activationPower(parseActivation(activation));
  return power === undefined ? { form: activation as OtherName, power: 0 } : { form: "truncatedPower", power };
}

/**
 * The float64 twin of the kernel `activation-matrix`: N×M, row-major, A[n,m] = η(ω·(Σ_d v[m,d]·x[n,d] − b[m])).
 * The kernel has x, b, v and ω to a relative 2⁻⁴⁹ only. Heaviside and the impulse jump where x equals b: where x and b
 * differ by less than that, their entries may differ from those of this twin.
 * @throws ArgumentError as `activationMatrixShape` and `parseActivation`, ShaderError as `parseExpression`.
 */
export function activationMatrixTwin(input: ActivationMatrixInput): Float64Array<ArrayBuffer> {
  const { rows, cols, dimensions } = activationMatrixShape(input);
  const { scale = 1, x, b, v } = input;
  const activation = activationFunction(input.activation);
  const matrix = new Float64Array(rows * cols);
  for (let n = 0; n < rows; n++) {
    for (let m = 0; m < cols; m++) {
      let position = v ? 0 : (x[n] as number);
      for (let d = 0; v && d < dimensions; d++) {
        position += (v[m * dimensions + d] as number) * (x[n * dimensions + d] as number);
      }
      matrix[n * cols + m] = activation(scale * (position - (b[m] as number)));
    }
  }
  return matrix;
}

/**
 * N, M and D of an activation matrix, from the lengths of x, b and v.
 * @throws ArgumentError where x or b is empty, or the lengths of v and x do not fit.
 */
export function activationMatrixShape({ x, b, v }: Omit<ActivationMatrixInput<unknown>, "activation">): {
  rows: number;
  cols: number;
  dimensions: number;
} {
  for (const [name, { length }] of Object.entries({ x, b })) {
    if (length === 0) throw new ArgumentError(`${name}: no numbers given, at least one expected`);
  }
  const cols = b.length;
  const dimensions = v ? v.length / cols : 1;
  if (!Number.isInteger(dimensions) || dimensions === 0) {
    throw new ArgumentError(`v: ${v?.length} numbers given, M×D with M = ${cols}, the length of b, expected`);
  }
  const rows = x.length / dimensions;
  if (!Number.isInteger(rows)) {
    throw new ArgumentError(`x: ${x.length} numbers given, N×D with D = ${dimensions}, that of v, expected`);
  }
  return { rows, cols, dimensions };
}

/**
 * The largest magnitude that can occur while an activation matrix is computed: of the arguments, of v·x − b with its
 * partial sums, of z = ω·(v·x − b), and of the entries of a named activation. Exact where `v` is not given, otherwise an
 * upper bound from the extremes of each array. Infinite or NaN where an argument is. A matrix can be computed in float32
 * while this is at most 3.4028234663852886e38.
 */
export function largestMagnitude(input: ActivationMatrixInput): number {
  const { activation, scale = 1, x, b, v } = input;
  const { dimensions } = activationMatrixShape(input);
  let low: number;
  let high: number;
  if (v) {
    const directions = largestByColumn(v, dimensions);
    const samples = largestByColumn(x, dimensions);
    high = directions.reduce((sum, v_d, d) => sum + v_d * (samples[d] as number), largestOf(b));
    low = -high;
  } else {
    const samples = extremes(x);
    const biases = extremes(b);
    low = samples.low - biases.high;
    high = samples.high - biases.low;
  }
  const given = Math.max(Math.abs(scale), ...[x, b, v ?? [1]].map(largestOf));
  const largest = Math.max(given, Math.max(Math.abs(low), Math.abs(high)) * Math.max(1, Math.abs(scale)));
  const power = typeof activation === "string" ? activationPower(activation) : undefined;
  return power === undefined ? largest : Math.max(largest, truncatedPower(Math.max(scale * low, scale * high), power));
}

function largestByColumn(values: ArrayLike<number>, columns: number): number[] {
  const largest = new Array<number>(columns).fill(0);
  for (let i = 0; i < values.length; i++) {
    largest[i % columns] = Math.max(largest[i % columns] as number, Math.abs(values[i] as number));
  }
  return largest;
}

function extremes(values: ArrayLike<number>): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] as number);
    high = Math.max(high, values[i] as number);
  }
  return { low, high };
}

function truncatedPower(z: number, power: number): number {
  return z < 0 ? 0 : z ** power;
}

/** sin(πz)/(πz) from the exact distance of z to the nearest integer, so that the zeros at the integers are exact. */
function sinc(z: number): number {
  if (z === 0) return 1;
  const nearest = Math.round(z);
  const sine = Math.sin(Math.PI * (z - nearest));
  return (nearest % 2 === 0 ? sine : -sine) / (Math.PI * z);
}
