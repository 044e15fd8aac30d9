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

/** One matrix of a batch, as the kernel takes it. */
export interface BatchMember extends ReturnType<typeof activationForm> {
  readonly index: number;
  /** For the plan's positions, not for those that were given. */
  readonly scale: readonly [hi: number, lo: number];
}

type Positions = Pick<ActivationMatrixInput, "x" | "b" | "v">;

/**
 * Brings activations and scales to one batch: what is given once serves all of it. `positions` are those given times
 * powers of two that the scales make good, so that their two-floats have no subnormal parts, which a GPU may take as
 * zero.
 * @throws ArgumentError where their counts do not fit, NotFiniteError where an entry would be beyond float32.
 */
export function planActivations({
  activation,
  scale,
  ...positions
}: Omit<ActivationMatrixInput, "activation" | "scale"> & {
  readonly activation: Activation | readonly Activation[];
  readonly scale: number | readonly number[];
}): { shape: ReturnType<typeof activationMatrixShape>; members: BatchMember[]; positions: Positions } {
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
  const { unit, ...scaled } = scaledPositions(positions, scales);
  const members = Array.from({ length: batch }, (_, index) => {
    const own = activations.length === 1 ? activations[0] : activations[index];
    const ownScale = (scales.length === 1 ? scales[0] : scales[index]) as number;
    const input = { activation: own as Activation, scale: ownScale, ...positions };
    const largest = largestMagnitude(input);
    if (!(largest <= FLOAT32_MAX)) {
      throw new NotFiniteError(
        `x, b, v, scale: up to ${largest} given or reached in the activation matrix, finite numbers within float32 expected`,
      );
    }
    const form = activationForm(input.activation);
    const [hi = 0, lo = 0] = splitTwoFloat([asksSignAlone(form) ? Math.sign(ownScale) : ownScale * unit]);
    return { index, scale: [hi, lo] as const, ...form };
  });
  return { shape, members, positions: scaled };
}

/** Heaviside and the impulse: a z that a GPU may take as zero, for its size, would be another one to them. */
function asksSignAlone({ form, power }: ReturnType<typeof activationForm>): boolean {
  return form === "impulse" || (form === "truncatedPower" && power === 0);
}

/** Positions brought near 1: v·x − b is `unit` times what it is of those returned; scales · unit stay within float32. */
function scaledPositions({ x, b, v }: Positions, scales: readonly number[]): Positions & { unit: number } {
  const magnitudes = scales.map(exponentOf);
  const turn = v ? exponentOf(largestOf(v)) : 0;
  const wanted = Math.max(exponentOf(largestOf(x)) + turn, exponentOf(largestOf(b)));
  const exponent = Math.min(
    Math.max(wanted, -126 - Math.min(...magnitudes)),
    Math.max(0, 126 - Math.max(...magnitudes)),
  );
  const times = (values: ArrayLike<number>, power: number) => Float64Array.from(values, (value) => value * 2 ** power);
  return {
    unit: 2 ** exponent,
    x: times(x, turn - exponent),
    b: times(b, -exponent),
    ...(v && { v: times(v, -turn) }),
  };
}
