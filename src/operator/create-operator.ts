import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import { ArgumentError, quoted } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { type Activation, type ActivationMatrixInput, largestMagnitude } from "../theory/activations.ts";
import { prepareActivationKernel } from "./activation-kernel.ts";
import { computeActivationMatrix } from "./activation-matrix.ts";
import { ActivationOperator, type OperatorForm, type OperatorParts } from "./activation-operator.ts";
import { planActivations } from "./activation-plan.ts";
import { generatedParts, scanParts, scanPower, storedParts } from "./forms.ts";
import { largestEntries } from "./largest-entries.ts";
import { timeStep } from "./time-step.ts";

/** x, b and v as in `ActivationMatrixInput`, for one matrix. */
export interface ActivationOperatorOptions extends RunOptions, ActivationMatrixInput<Activation> {
  /** "auto", the default, measures and takes the fastest. */
  readonly form?: OperatorForm | "auto";
}

const forms: readonly OperatorForm[] = ["scan", "generated", "stored"];

/** Entries of a matrix beyond which a scan, where there is one, is taken unmeasured: it is ten times faster by then. */
const SCANNED_UNMEASURED = 2 ** 22;

/** Entries that a form is measured on: as many of the first rows as hold them. */
const MEASURED_ENTRIES = 2 ** 18;

/**
 * The operator of an activation matrix in the form that is asked for, or the one whose step takes least on this adapter.
 * @throws ArgumentError where "scan" is asked for what is no z₊ᵖ in one dimension with p ≤ 3;
 * NotFiniteError where an expression has entries that are not finite.
 */
export async function createOperator(
  gpu: Gpu,
  twoFloat: TwoFloatForm,
  { form = "auto", scale = 1, activation, x, b, v, signal, onProgress }: ActivationOperatorOptions,
): Promise<ActivationOperator> {
  signal?.throwIfAborted();
  const given = { activation, scale, b, ...(v && { v }) };
  const { shape, members, positions } = planActivations({ ...given, x });
  const [member] = members;
  if (!member || members.length > 1) {
    throw new ArgumentError(`activation and scale: ${members.length} matrices given, one expected`);
  }
  const power = scanPower(member, v);
  if (form === "scan" && power === undefined) {
    throw new ArgumentError(
      `form: "scan" given for ${describe(activation)}${v ? " with directions v" : ""}, heaviside, relu, relu2 or relu3 ` +
        "in one dimension expected",
    );
  }
  // Compiled here, so that a fault in a user's expression is reported at its place.
  await prepareActivationKernel(gpu, member.form, { twoFloat, extended: false });

  /** The plan of the samples from row `first` on, and their matrix. */
  const planOf = (first: number, rows: number) => {
    const { dimensions } = shape;
    const part = Array.from({ length: rows * dimensions }, (_, i) => positions.x[first * dimensions + i] as number);
    return {
      shape: { ...shape, rows },
      members,
      positions: { ...positions, x: rows === shape.rows ? positions.x : part },
    };
  };
  const matrixOf = (plan: ReturnType<typeof planOf>, { signal, onProgress }: RunOptions) =>
    computeActivationMatrix(gpu, { twoFloat, extended: false }, plan, { signal, onProgress });
  const make = async (form: OperatorForm, rows: number, options: RunOptions): Promise<OperatorParts> => {
    if (form === "scan" && power !== undefined) return scanParts(gpu, power, scale, { x, b });
    const plan = planOf(0, rows);
    if (form === "generated") return generatedParts(gpu, twoFloat, member, plan.positions, plan.shape);
    return storedParts(gpu, await matrixOf(plan, options));
  };
  /** max|A| of a user's expression, from all of its entries, some rows at a time. */
  const measureLargest = async (): Promise<number> => {
    const rows = Math.max(1, Math.floor(MEASURED_ENTRIES / shape.cols));
    let largest = 0;
    for (let begin = 0; begin < shape.rows; begin += rows) {
      const part = await matrixOf(planOf(begin, Math.min(rows, shape.rows - begin)), { signal });
      try {
        largest = Math.max(largest, ...(await largestEntries(gpu, part, signal)));
      } finally {
        part.destroy();
      }
    }
    return largest;
  };
  const fastest = async (): Promise<OperatorForm> => {
    const entries = shape.rows * shape.cols;
    if (power !== undefined && entries > SCANNED_UNMEASURED) return "scan";
    const candidates = forms.filter(
      (one) => (one !== "scan" || power !== undefined) && (one !== "stored" || fits(gpu, entries)),
    );
    const rows = Math.min(shape.rows, Math.ceil(MEASURED_ENTRIES / shape.cols));
    const times = new Map<OperatorForm, number>();
    for (const candidate of candidates) {
      signal?.throwIfAborted();
      // What goes through all entries is measured on some of the rows, and takes as much longer as there are more.
      const measured = candidate === "scan" ? shape.rows : rows;
      const parts = await make(candidate, measured, { signal });
      try {
        const time = await timeStep(gpu, parts.products(1), measured, shape.cols);
        times.set(candidate, time * (shape.rows / measured));
      } finally {
        parts.destroy();
      }
    }
    return candidates.reduce((best, one) => ((times.get(one) ?? 0) < (times.get(best) ?? 0) ? one : best));
  };
  const chosen = form === "auto" ? await fastest() : form;
  const largest =
    typeof activation === "string"
      ? largestMagnitude({ activation, scale: member.scale[0], ...positions })
      : await measureLargest();
  return new ActivationOperator(
    gpu,
    await make(chosen, shape.rows, { signal, onProgress }),
    chosen,
    shape.rows,
    shape.cols,
    largest,
  );
}

function fits({ device }: Gpu, entries: number): boolean {
  return 4 * entries <= Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
}

function describe(activation: Activation): string {
  return typeof activation === "string" ? `activation ${quoted(activation)}` : "an expression";
}
