import { type ActivationMatrixVariant, activationMatrix } from "../../shaders/activation-matrix.ts";
import { type ActivationForm, operationsLine } from "../../shaders/shared/activations.ts";
import { ShaderError } from "../errors.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix, type Precision } from "../gpu/matrix.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import type { Activation, ActivationMatrixInput } from "../theory/activations.ts";
import { expressionError } from "../theory/expression.ts";
import { splitTwoFloat } from "../theory/two-float.ts";
import type { ActivationPlan } from "./activation-plan.ts";

/** x, b and v as in `ActivationMatrixInput`. An array of activations or of scales makes a batch of matrices. */
export interface ActivationMatrixOptions extends RunOptions, Omit<ActivationMatrixInput, "activation" | "scale"> {
  /** One for all matrices of the batch, or one for each. */
  readonly activation: Activation | readonly Activation[];
  /** ω: one for all matrices of the batch, or one for each; 1 unless given. */
  readonly scale?: number | readonly number[];
  /** "extended" keeps entries to about 48 bits, for an extended `svd`; "single", the default, to float32's 24. */
  readonly precision?: Precision;
}

/**
 * Compiles the kernel of activation matrices.
 * @throws ShaderError with the line and column in a user's expression, where the fault is there.
 */
export async function prepareActivationMatrix(gpu: Gpu, form: ActivationForm, variant: ActivationMatrixVariant) {
  const kernel = activationMatrix(form, variant);
  try {
    return await kernel.on(gpu);
  } catch (error) {
    if (typeof form === "string" || !(error instanceof ShaderError)) throw error;
    const operation = form.operations[error.line - operationsLine(kernel.code)];
    if (!operation) throw error;
    throw expressionError(form.source, operation.index, error.message);
  }
}

/** Computes the activation matrices of a plan, as one batch. */
export async function computeActivationMatrix(
  gpu: Gpu,
  variant: ActivationMatrixVariant,
  { shape, members, positions }: ActivationPlan,
  { signal, onProgress }: RunOptions,
): Promise<Matrix> {
  const { x, b, v = new Float64Array(shape.cols).fill(1) } = positions;
  const [samples, directions, biases] = [splitTwoFloat(x), splitTwoFloat(v), splitTwoFloat(b)];
  const kernels = await Promise.all(
    members.map(async (member) => ({ member, encode: await prepareActivationMatrix(gpu, member.form, variant) })),
  );
  return gpu.withArena(async (arena) => {
    const { buffer, low, steps } = await gpu.guard("activationMatrix", () => {
      const bytes = members.length * shape.rows * shape.cols * 4;
      const buffer = arena.storage("activation matrix", bytes);
      const low = variant.extended ? arena.storage("activation matrix, low", bytes) : undefined;
      const given = {
        ...shape,
        x: arena.upload("x", samples),
        v: arena.upload("v", directions),
        b: arena.upload("b", biases),
        A: buffer,
        ...(low && { A_low: low }),
      };
      const steps = kernels.flatMap(({ member: { index, power, scale }, encode }) =>
        encode(arena, {
          ...given,
          output_offset: index * shape.rows * shape.cols,
          power,
          scale_hi: scale[0],
          scale_lo: scale[1],
        }),
      );
      return { buffer, low, steps };
    });
    await execute(gpu, steps, {
      signal,
      onSteps: (done) => onProgress?.({ stage: "activation matrix", fraction: done / steps.length }),
    });
    if (low) arena.release(low);
    return Matrix.create(gpu, { ...shape, batch: members.length, buffer: arena.release(buffer), low });
  });
}
