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

/** An error at `index` of a user's expression, with the line and column of that place. */
export function expressionError(source: string, index: number, reason: string): ShaderError {
  const lines = source.slice(0, index).split(/\r\n|[\n\r\u2028\u2029]/);
  const [line, column] = [lines.length, (lines.at(-1) ?? "").length + 1];
  return new ShaderError(
    `activation ${quoted(source)}, line ${line}, column ${column}: ${reason}`,
    line,
    column,
    source,
  );
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

/** The most characters of a user's text that a message repeats. */
const MOST_QUOTED = 60;

/** A user's text for a message: quoted on one line, and cut where it is long. */
export function quoted(text: string): string {
  if (text.length <= MOST_QUOTED) return JSON.stringify(text);
  return `${JSON.stringify(`${text.slice(0, MOST_QUOTED)}…`)} (${text.length} characters)`;
}
