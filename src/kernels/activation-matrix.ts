import { activationMatrixShader, expressionLine } from "../../shaders/activation-matrix.ts";
import { ShaderError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";
import { elementGrid } from "./grid.ts";

export type ActivationForm = Parameters<typeof activationMatrixShader>[0];

export interface ActivationBuffers {
  /** Two-floats: x rows × dimensions, v cols × dimensions, b cols. */
  readonly x: GPUBuffer;
  readonly v: GPUBuffer;
  readonly b: GPUBuffer;
  /** f32: batch × rows × cols. */
  readonly out: GPUBuffer;
}

export interface ActivationShape {
  readonly rows: number;
  readonly cols: number;
  readonly dimensions: number;
}

/** Step that writes matrix `index` of a batch, with its own `power` and `scale` (two-float). */
export async function createActivationMatrix(gpu: Gpu, form: ActivationForm) {
  const pipeline = await compile(gpu, form);
  return (
    arena: Arena,
    { x, v, b, out }: ActivationBuffers,
    { rows, cols, dimensions }: ActivationShape,
    { index, power, scale }: { index: number; power: number; scale: readonly [hi: number, lo: number] },
  ): Step => {
    const params = packUniforms([
      ["u32", rows],
      ["u32", cols],
      ["u32", dimensions],
      ["u32", index * rows * cols],
      ["u32", power],
      ["u32", 0], // opaque_zero
      ["f32", scale[0]],
      ["f32", scale[1]],
    ]);
    const buffers = [arena.uniform("activation params", params), x, v, b, out];
    return dispatch(gpu, pipeline, buffers, elementGrid(rows * cols));
  };
}

/** Compiles; a fault in a user's expression is told by its line and column in that expression. */
async function compile(gpu: Gpu, form: ActivationForm): Promise<GPUComputePipeline> {
  const code = activationMatrixShader(form);
  try {
    return await gpu.pipelines.get({ label: "activation-matrix", code });
  } catch (error) {
    if (typeof form === "string" || !(error instanceof ShaderError)) throw error;
    const lines = form.wgsl.split("\n");
    const place = error.line - expressionLine + 1;
    const line = Math.min(Math.max(place, 1), lines.length);
    // A fault that shows only behind the expression, such as a missing operand, is one of its end.
    const column = place > lines.length ? (lines.at(-1) ?? "").length + 1 : place < 1 ? 1 : Math.max(1, error.column);
    const reason = error.message.replace(/^.*?: /, "");
    throw new ShaderError(
      `activation "${form.wgsl}", line ${line}, column ${column}: ${reason}`,
      line,
      column,
      form.wgsl,
    );
  }
}
