import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix, type Precision } from "../gpu/matrix.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import type { Activation, ActivationMatrixInput } from "../theory/activations.ts";
import { splitTwoFloat } from "../theory/two-float.ts";
import { prepareActivationKernel } from "./activation-kernel.ts";
import type { planActivations } from "./activation-plan.ts";

/** x, b, v as in `ActivationMatrixInput`; an array of activations or scales makes a batch of matrices. */
export interface ActivationMatrixOptions extends RunOptions, Omit<ActivationMatrixInput, "activation" | "scale"> {
  readonly activation: Activation | readonly Activation[];
  readonly scale?: number | readonly number[];
  /** "extended" keeps entries to about 48 bits, for an extended `svd`; default "single". */
  readonly precision?: Precision;
}

/** Computes the activation matrices of a plan, one behind the other. */
export async function computeActivationMatrix(
  gpu: Gpu,
  variant: { readonly twoFloat: TwoFloatForm; readonly extended: boolean },
  { shape, members, positions }: ReturnType<typeof planActivations>,
  { signal, onProgress }: RunOptions,
): Promise<Matrix> {
  const { x, b, v = new Float64Array(shape.cols).fill(1) } = positions;
  const [samples, directions, biases] = [splitTwoFloat(x), splitTwoFloat(v), splitTwoFloat(b)];
  const kernels = await Promise.all(
    members.map(async (member) => ({ member, encode: await prepareActivationKernel(gpu, member.form, variant) })),
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
    return new Matrix(gpu, arena.release(buffer), shape.rows, shape.cols, members.length, low);
  });
}
