import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix, type Precision } from "../gpu/matrix.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { createActivationMatrix } from "../kernels/activation-matrix.ts";
import type { TwoFloatForm } from "../kernels/two-float-check.ts";
import type { planActivations } from "../theory/activation-batch.ts";
import type { Activation, ActivationMatrixInput } from "../theory/activations.ts";
import { splitTwoFloat } from "../theory/two-float.ts";

/** x, b, v as in `ActivationMatrixInput`; an array of activations or scales makes a batch of matrices. */
export interface ActivationMatrixOptions extends RunOptions, Omit<ActivationMatrixInput, "activation" | "scale"> {
  readonly activation: Activation | readonly Activation[];
  readonly scale?: number | readonly number[];
  /** "extended" keeps entries to about 48 bits, for an extended `svd`; default "single". */
  readonly precision?: Precision;
}

type Positions = Pick<ActivationMatrixInput, "x" | "b" | "v">;

/** Computes the activation matrices of a plan, one behind the other. */
export async function computeActivationMatrix(
  gpu: Gpu,
  variant: { readonly twoFloat: TwoFloatForm; readonly extended: boolean },
  { shape, members }: ReturnType<typeof planActivations>,
  { x, b, v }: Positions,
  { signal, onProgress }: RunOptions,
): Promise<Matrix> {
  const positions = {
    x: splitTwoFloat(x),
    v: splitTwoFloat(v ?? new Float64Array(shape.cols).fill(1)),
    b: splitTwoFloat(b),
  };
  const kernels = await Promise.all(
    members.map(async (member) => ({ member, encode: await createActivationMatrix(gpu, member.form, variant) })),
  );
  return gpu.withArena(async (arena) => {
    const { buffer, low, steps } = await gpu.guard("activationMatrix", () => {
      const bytes = members.length * shape.rows * shape.cols * 4;
      const buffer = arena.storage("activation matrix", bytes);
      const low = variant.extended ? arena.storage("activation matrix, low", bytes) : undefined;
      const buffers = {
        x: arena.upload("x", positions.x),
        v: arena.upload("v", positions.v),
        b: arena.upload("b", positions.b),
        out: buffer,
        ...(low && { low }),
      };
      return { buffer, low, steps: kernels.flatMap(({ member, encode }) => encode(arena, buffers, shape, member)) };
    });
    await execute(gpu, steps, {
      signal,
      onSteps: (done) => onProgress?.({ stage: "activation matrix", fraction: done / steps.length }),
    });
    if (low) arena.release(low);
    return new Matrix(gpu, arena.release(buffer), shape.rows, shape.cols, members.length, low);
  });
}
