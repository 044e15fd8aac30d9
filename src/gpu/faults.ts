import { DeviceLostError, GpuError, SpectralError } from "../errors.ts";

/** Milliseconds within which a device reports that it is lost, after a call has failed because of that. */
const LOSS_MS = 200;

export function lossOf({ reason, message }: GPUDeviceLostInfo): DeviceLostError {
  return new DeviceLostError(`the GPU device was lost (${reason}): ${message}`);
}

/**
 * What to throw for a call that failed with `error`: the loss of the device, where that is the cause. Firefox and Deno
 * report the failed call first, as a validation error or as a shader that does not compile, and the loss after it. What
 * a promise of the device rejects with otherwise is a GpuError that names `operation`.
 */
export async function causeOf(device: GPUDevice, error: unknown, operation: string): Promise<SpectralError> {
  if (error instanceof DeviceLostError) return error;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeUp = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LOSS_MS);
  });
  const loss = await Promise.race([device.lost, timeUp]);
  clearTimeout(timer);
  if (loss) return lossOf(loss);
  return error instanceof SpectralError ? error : new GpuError(`${operation}: ${error}`, { cause: error });
}
