import { DestroyedError, type DeviceLostError, type SpectralError } from "../errors.ts";
import { lossOf } from "./faults.ts";

/** How long an engine lasts: until it is destroyed, or its device is lost. */
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

  /** @throws DestroyedError after `end()`, DeviceLostError after the device is gone. */
  assertAlive(): void {
    if (this.#destroyed) throw new DestroyedError("this engine was destroyed");
    if (this.#lostError) throw this.#lostError;
  }

  /** Waits for `promise`, as long as the device lasts: it may never settle after that. @throws DeviceLostError. */
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
