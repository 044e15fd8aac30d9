import { FLOAT32_MAX } from "../checks/float32.ts";
import { ArgumentError, NotFiniteError } from "../errors.ts";
import {
  type Activation,
  type ActivationMatrixInput,
  activationForm,
  activationMatrixShape,
  largestMagnitude,
} from "../theory/activations.ts";
import { exponentOf, largestOf } from "../theory/scale.ts";
import { splitTwoFloat } from "../theory/two-float.ts";

type Positions = Pick<ActivationMatrixInput, "x" | "b" | "v">;

/** One matrix of a batch, as the kernels take it. */
export interface BatchMember extends ReturnType<typeof activationForm> {
  readonly index: number;
  /** ω for the positions of the plan, which are scaled. It differs from the ω that was given. */
  readonly scale: readonly [hi: number, lo: number];
}

/** A batch of activation matrices that has passed all checks. */
export interface ActivationPlan {
  readonly shape: ReturnType<typeof activationMatrixShape>;
  readonly members: readonly BatchMember[];
  /**
   * The given positions times powers of two, which the members' scales undo: no part of their two-floats is then a
   * subnormal number, which a GPU may take as zero.
   */
  readonly positions: Positions;
}

/**
 * Plans one batch from activations and scales, each of which may be one for all matrices or one for each.
 * @throws ArgumentError where their counts do not fit, NotFiniteError where an entry would be beyond float32.
 */
export function planActivations({
  activation,
  scale,
  ...positions
}: Omit<ActivationMatrixInput, "activation" | "scale"> & {
  readonly activation: Activation | readonly Activation[];
  readonly scale: number | readonly number[];
}): ActivationPlan {
  const shape = activationMatrixShape(positions);
  const activations = Array.isArray(activation) ? (activation as readonly Activation[]) : [activation as Activation];
  const scales = typeof scale === "number" ? [scale] : scale;
  const batch = Math.max(activations.length, scales.length);
  for (const [what, count] of [
    ["activations", activations.length],
    ["scales", scales.length],
  ] as const) {
    if (count === 0 || (count !== 1 && count !== batch)) {
      throw new ArgumentError(`${count} ${what} given, 1 or as many as the batch has (${batch}) expected`);
    }
  }
  const drafts = Array.from({ length: batch }, (_, index) => {
    const own = (activations.length === 1 ? activations[0] : activations[index]) as Activation;
    const ownScale = (scales.length === 1 ? scales[0] : scales[index]) as number;
    const largest = largestMagnitude({ activation: own, scale: ownScale, ...positions });
    if (!(largest <= FLOAT32_MAX)) {
      throw new NotFiniteError(
        `x, b, v, scale: up to ${largest} given or reached in the activation matrix, finite numbers within float32 expected`,
      );
    }
    return { index, form: activationForm(own), scale: ownScale };
  });
  const { unit, ...scaled } = scaledPositions(
    positions,
    drafts.filter(({ form }) => !dependsOnSignAlone(form)).map(({ scale }) => scale),
  );
  const members = drafts.map(({ index, form, scale }) => {
    const [hi = 0, lo = 0] = splitTwoFloat([dependsOnSignAlone(form) ? Math.sign(scale) : scale * unit]);
    return { index, scale: [hi, lo] as const, ...form };
  });
  return { shape, members, positions: scaled };
}

/** The rows of a plan from `first` on. */
export function planRows({ shape, positions, ...plan }: ActivationPlan, first: number, rows: number): ActivationPlan {
  const { dimensions } = shape;
  const x = Array.from({ length: rows * dimensions }, (_, i) => positions.x[first * dimensions + i] as number);
  return { ...plan, shape: { ...shape, rows }, positions: { ...positions, x } };
}

/** Heaviside and the impulse depend on the sign of z alone. Their z must not be so small that a GPU takes it as zero. */
function dependsOnSignAlone({ form, power }: ReturnType<typeof activationForm>): boolean {
  return form === "impulse" || (form === "truncatedPower" && power === 0);
}

/**
 * Positions near 1, and their `unit`: v·x − b of the given positions is `unit` times v·x − b of these. Every scale, and 1,
 * times `unit` is within float32.
 */
function scaledPositions({ x, b, v }: Positions, scales: readonly number[]): Positions & { unit: number } {
  const magnitudes = [1, ...scales].map(exponentOf);
  const ofDirections = v ? exponentOf(largestOf(v)) : 0;
  const wanted = Math.max(exponentOf(largestOf(x)) + ofDirections, exponentOf(largestOf(b)));
  const exponent = Math.min(
    Math.max(wanted, -126 - Math.min(...magnitudes)),
    Math.max(0, 126 - Math.max(...magnitudes)),
  );
  const times = (values: ArrayLike<number>, power: number) => Float64Array.from(values, (value) => value * 2 ** power);
  return {
    unit: 2 ** exponent,
    x: times(x, ofDirections - exponent),
    b: times(b, -exponent),
    ...(v && { v: times(v, -ofDirections) }),
  };
}
