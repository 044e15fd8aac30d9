import { type ActivationMatrixVariant, activationMatrix } from "../../shaders/activation-matrix.ts";
import { type ActivationForm, operationsLine } from "../../shaders/shared/activations.ts";
import { expressionError, ShaderError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Compiles `activationMatrix`; a message about a user's expression gets the line and column in that expression. */
export async function prepareActivationKernel(gpu: Gpu, form: ActivationForm, variant: ActivationMatrixVariant) {
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
