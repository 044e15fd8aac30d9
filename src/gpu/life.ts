import { DestroyedError, DeviceLostError, GpuError, SpectralError } from "../errors.ts";

/** Milliseconds within which a device reports that it is lost, after a call has failed because of that. */
const LOSS_MS = 200;

/** The life of an engine: it ends when the engine is destroyed or its device is lost. */
export class Life {
  /** Resolves when the device is lost or destroyed. */
  readonly lost: Promise<DeviceLostError>;
  readonly #waiting = new Set<(error: SpectralError) => void>();
  #destroyed = false;
  #lostError: DeviceLostError | undefined;

  constructor(device: GPUDevice) {
    this.lost = device.lost.then((info) => {
      const error = lossOf(info);
      this.#lostError = error;
      for (const reject of this.#waiting) reject(error);
      return error;
    });
  }

  /** @throws DestroyedError after `end()`, DeviceLostError after the loss of the device. */
  assertAlive(): void {
    if (this.#destroyed) throw new DestroyedError("this engine was destroyed");
    if (this.#lostError) throw this.#lostError;
  }

  /** Waits for `promise`, which may never settle after the loss of the device. @throws DeviceLostError at the loss. */
  async race<T>(promise: Promise<T>): Promise<T> {
    let giveUp!: (error: SpectralError) => void;
    const lost = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    this.#waiting.add(giveUp);
    try {
      return await Promise.race([promise, lost]);
    } finally {
      this.#waiting.delete(giveUp);
    }
  }

  end(): void {
    this.#destroyed = true;
  }
}

/**
 * The error to throw for a call that failed with `error`: the loss of the device, where that is the cause. Firefox and
 * Deno report the failed call first, as a validation error or as a shader that does not compile, and the loss after it.
 * Where a promise of the device rejects for another reason, it is a GpuError that names `operation`.
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

function lossOf({ reason, message }: GPUDeviceLostInfo): DeviceLostError {
  return new DeviceLostError(`the GPU device was lost (${reason}): ${message}`);
}
