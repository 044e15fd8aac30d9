import {
  type ActivationMatrixVariant,
  activationMatrixShader,
  operationsLine,
} from "../../shaders/activation-matrix.ts";
import type { ActivationForm } from "../../shaders/shared/activations.ts";
import { expressionError, ShaderError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { elementGrid } from "../gpu/grid.ts";
import { LOW_SCALE } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";

export interface ActivationBuffers {
  /** Two-floats: x rows × dimensions, v cols × dimensions, b cols. */
  readonly x: GPUBuffer;
  readonly v: GPUBuffer;
  readonly b: GPUBuffer;
  /** f32: batch × rows × cols, and its lo, times `LOW_SCALE`, where the variant is extended. */
  readonly out: GPUBuffer;
  readonly low?: GPUBuffer;
}

export interface ActivationShape {
  readonly rows: number;
  readonly cols: number;
  readonly dimensions: number;
}

/** Entries of a dispatch: some 30 ms of the slowest activation on a software adapter, so that `Pace` can bound submits. */
const ENTRIES_A_STEP = 2 ** 17;
/** Multiply–adds that an entry lasts as long as: the slowest. */
const ENTRY_WORK = 2 ** 8;

/** Steps that write matrix `index` of a batch, with its own `power` and `scale` (two-float). */
export async function createActivationMatrix(gpu: Gpu, form: ActivationForm, variant: ActivationMatrixVariant) {
  const pipeline = await compile(gpu, form, variant);
  return (
    arena: Arena,
    { x, v, b, out, low }: ActivationBuffers,
    { rows, cols, dimensions }: ActivationShape,
    { index, power, scale }: { index: number; power: number; scale: readonly [hi: number, lo: number] },
  ): Step[] => {
    const entries = rows * cols;
    const parts = Array.from({ length: Math.ceil(entries / ENTRIES_A_STEP) }, (_, part) => part * ENTRIES_A_STEP);
    const params = packUniforms(
      ...parts.map(
        (first) =>
          [
            ["u32", rows],
            ["u32", cols],
            ["u32", dimensions],
            ["u32", index * entries],
            ["u32", power],
            ["u32", 0], // opaque_zero
            ["u32", first],
            ["f32", scale[0]],
            ["f32", scale[1]],
          ] as const,
      ),
    );
    const uniform = arena.uniform("activation params", params);
    return parts.map((first, part) => {
      const slot = { buffer: uniform, offset: part * UNIFORM_STRIDE, size: 48 };
      const count = Math.min(ENTRIES_A_STEP, entries - first);
      const bound = [slot, x, v, b, out, ...(low ? [low] : [])];
      return dispatch(gpu, pipeline, bound, elementGrid(count), count * ENTRY_WORK);
    });
  };
}

/** Compiles; a message about a user's expression gets the line and column in that expression. */
async function compile(gpu: Gpu, form: ActivationForm, variant: ActivationMatrixVariant): Promise<GPUComputePipeline> {
  const code = activationMatrixShader(form, variant);
  try {
    const constants = { ...(variant.extended && { low_scale: LOW_SCALE }) };
    return await gpu.pipelines.get({ label: "activation-matrix", code, constants, ofUser: typeof form !== "string" });
  } catch (error) {
    if (typeof form === "string" || !(error instanceof ShaderError)) throw error;
    const operation = form.operations[error.line - operationsLine(variant)];
    if (!operation) throw error;
    throw expressionError(form.source, operation.index, error.message);
  }
}
