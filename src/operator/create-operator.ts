import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import { quoted } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { type Activation, type ActivationMatrixInput, largestMagnitude } from "../theory/activations.ts";
import { largestOf } from "../theory/scale.ts";
import { computeActivationMatrix, prepareActivationMatrix } from "./activation-matrix.ts";
import { ActivationOperator, type OperatorForm, type OperatorParts } from "./activation-operator.ts";
import { type ActivationPlan, planActivations, planRows } from "./activation-plan.ts";
import { fastestForm } from "./fastest-form.ts";
import { generatedParts, scanParts, scanPower, storedParts } from "./forms.ts";
import { largestEntries } from "./largest-entry.ts";

/** x, b, v, activation and scale of one matrix, as in `ActivationMatrixInput`. */
export interface ActivationOperatorOptions extends RunOptions, ActivationMatrixInput<Activation> {
  /** How the operator multiplies. "auto", the default, measures the forms that the activation has and takes the fastest. */
  readonly form?: OperatorForm | "auto";
  /** The number of signals that a descent on it will have: "auto" takes the form that is fastest for so many. Default 1. */
  readonly runs?: number;
}

/**
 * The operator of an activation matrix, in the form that is asked for, or in the fastest one.
 * @throws ArgumentError where "scan" is asked for and the activation is no z₊ᵖ in one dimension with p ≤ 3; NotFiniteError
 * where an expression has entries that are not finite.
 */
export async function createOperator(
  gpu: Gpu,
  twoFloat: TwoFloatForm,
  { form = "auto", runs = 1, scale = 1, activation, x, b, v, signal, onProgress }: ActivationOperatorOptions,
): Promise<ActivationOperator> {
  signal?.throwIfAborted();
  const plan = planActivations({ activation, scale, x, b, ...(v && { v }) });
  const { shape, members, positions } = plan;
  const [member] = members;
  if (!member || members.length > 1) {
    throw new ArgumentError(`activation and scale: ${members.length} matrices given, one expected`);
  }
  const power = scanPower(plan);
  if (form === "scan" && power === undefined) {
    throw new ArgumentError(
      `form: "scan" given for ${describe(activation)}${v ? " with directions v" : ""}, heaviside, relu, relu2 or relu3 ` +
        "in one dimension expected",
    );
  }
  const variant = { twoFloat, extended: false };
  await prepareActivationMatrix(gpu, member.form, variant); // reports a fault in a user's expression at its place

  const make = async (own: OperatorForm, rows: number, options: RunOptions): Promise<OperatorParts> => {
    if (own === "scan" && power !== undefined) return scanParts(gpu, power, { x, b, scale });
    const part = rows === shape.rows ? plan : planRows(plan, 0, rows);
    if (own === "generated") return generatedParts(gpu, twoFloat, part);
    return storedParts(gpu, await computeActivationMatrix(gpu, variant, part, options));
  };
  const ofSize = { rows: shape.rows, cols: shape.cols, runs, isScannable: power !== undefined };
  const chosen =
    form === "auto" ? await fastestForm(gpu, ofSize, (own, rows) => make(own, rows, { signal }), signal) : form;
  const largest =
    typeof activation === "string"
      ? largestMagnitude({ activation, scale: member.scale[0], ...positions })
      : await largestOfExpression(gpu, plan, twoFloat, signal);
  const parts = await make(chosen, shape.rows, { signal, onProgress });
  return ActivationOperator.create(gpu, parts, {
    form: chosen,
    rows: shape.rows,
    cols: shape.cols,
    largestEntry: largest,
  });
}

function describe(activation: Activation): string {
  return typeof activation === "string" ? `activation ${quoted(activation)}` : "an expression";
}

/** About how many entries are computed at a time to find the largest of all. */
const ENTRIES_AT_ONCE = 2 ** 18;

/** max|A| of a user's expression, from all of its entries, some rows at a time. */
async function largestOfExpression(
  gpu: Gpu,
  plan: ActivationPlan,
  twoFloat: TwoFloatForm,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { rows, cols } = plan.shape;
  const atOnce = Math.max(1, Math.floor(ENTRIES_AT_ONCE / cols));
  let largest = 0;
  for (let first = 0; first < rows; first += atOnce) {
    const part = planRows(plan, first, Math.min(atOnce, rows - first));
    using matrix = await computeActivationMatrix(gpu, { twoFloat, extended: false }, part, { signal });
    largest = Math.max(largest, largestOf(await largestEntries(gpu, matrix, signal)));
  }
  return largest;
}
