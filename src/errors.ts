/**
 * The errors of the engine. Every message names what was given and what was expected; catch by class.
 * Aborted calls reject with the signal's own reason instead.
 */
export class SpectralError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** No WebGPU, or no adapter that grants what the engine needs; `cause` is what the request threw, where it did. */
export class NoAdapterError extends SpectralError {}

/** The GPU device was lost or destroyed; make a new engine to go on. */
export class DeviceLostError extends SpectralError {}

/** The device has a limit that the request exceeds. */
export class LimitError extends SpectralError {
  constructor(
    what: string,
    readonly limit: string,
    readonly asked: number,
    readonly allowed: number,
  ) {
    super(`${what}: ${limit} is ${allowed} on this device, ${asked} needed`);
  }
}

/** Extended precision was asked for on a device whose compiler keeps no form of two-float arithmetic exact. */
export class PrecisionError extends SpectralError {}

/** An argument has the wrong type or length, or a number lies outside its range. */
export class ArgumentError extends SpectralError {}

/** NaN or infinity, or a value beyond float32, where finite float32 numbers are needed. */
export class NotFiniteError extends SpectralError {}

/** A shader did not compile; `line` and `column` count from 1 in `source`, and are 0 where the compiler gives none. */
export class ShaderError extends SpectralError {
  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
    readonly source: string,
  ) {
    super(message);
  }
}

/** Gradient descent diverged: the residual of `run` outgrew its start at `step`. */
export class DivergedError extends SpectralError {
  constructor(
    message: string,
    readonly step: number,
    readonly run: number,
  ) {
    super(message);
  }
}

/** A GPU object or an engine was used after its `destroy()`, or destroyed before the end of a call on it. */
export class DestroyedError extends SpectralError {}

/** The GPU reported a validation, memory or internal error in the named operation, or refused it. */
export class GpuError extends SpectralError {}
