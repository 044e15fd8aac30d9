/**
 * The class of all errors of the engine. Every message says what was given and what was expected. A call that is
 * aborted rejects with the reason of its signal instead.
 */
export class SpectralError extends Error {
  /** The name of the class. */
  override get name(): string {
    return this.constructor.name;
  }
}

/**
 * There is no WebGPU, or no adapter that has what the engine needs. `cause` is the error of the request, where there is
 * one.
 */
export class NoAdapterError extends SpectralError {}

/** The GPU device was lost or destroyed. A new engine is needed. */
export class DeviceLostError extends SpectralError {}

/** A request exceeds a limit of the device. */
export class LimitError extends SpectralError {
  constructor(
    what: string,
    /** The name of the limit, as in `GPUDevice.limits`. */
    readonly limit: string,
    /** What the request needs. */
    readonly asked: number,
    /** What the device allows. */
    readonly allowed: number,
  ) {
    super(`${what}: ${limit} is ${allowed} on this device, ${asked} needed`);
  }
}

/** Extended precision was asked for, and the compiler of the device keeps no form of two-float arithmetic exact. */
export class PrecisionError extends SpectralError {}

/** An argument has the wrong type or length, or a number lies outside its range. */
export class ArgumentError extends SpectralError {}

/** A number is NaN, infinite or beyond float32 where a finite float32 number is needed. */
export class NotFiniteError extends SpectralError {}

/** An expression or a shader did not compile. */
export class ShaderError extends SpectralError {
  constructor(
    message: string,
    /** From 1, in `source`; 0 where the compiler gives none. */
    readonly line: number,
    /** From 1, in the line; 0 where the compiler gives none. */
    readonly column: number,
    /** The text that did not compile. */
    readonly source: string,
  ) {
    super(message);
  }
}

/** A descent diverged: a residual became larger than any of a stable method. */
export class DivergedError extends SpectralError {
  constructor(
    message: string,
    /** The number of the step, from 1. */
    readonly step: number,
    /** The number of the run, from 0. */
    readonly run: number,
  ) {
    super(message);
  }
}

/** An engine, a matrix or an operator was used after its `destroy()`, or destroyed before the end of a call on it. */
export class DestroyedError extends SpectralError {}

/** The GPU reported a validation, memory or internal error. The message names the operation. */
export class GpuError extends SpectralError {}
