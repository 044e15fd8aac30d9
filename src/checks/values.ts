import { ArgumentError, NotFiniteError } from "../errors.ts";

/** The most characters of a user's text that a message repeats. */
const MOST_QUOTED = 60;

/** A user's text for a message: quoted on one line, and cut where it is long. */
export function quoted(text: string): string {
  if (text.length <= MOST_QUOTED) return JSON.stringify(text);
  return `${JSON.stringify(`${text.slice(0, MOST_QUOTED)}…`)} (${text.length} characters)`;
}

/** Any value as a message shows it; runs no code of the caller. */
export function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "bigint") return "a BigInt";
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a typed array of ${value.byteLength} bytes`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** The error for an argument that is not what is expected. */
export function refusal(name: string, value: unknown, expected: string): ArgumentError {
  return new ArgumentError(`${name}: ${shown(value)} given, ${expected} expected`);
}

/** @throws ArgumentError unless `value` is a number, NaN and infinities included. */
export function requireNumber(name: string, value: unknown): asserts value is number {
  if (typeof value !== "number") throw refusal(name, value, "a number");
}

/** @throws ArgumentError unless `value` is a finite number. */
export function requireFinite(name: string, value: unknown): asserts value is number {
  if (!Number.isFinite(value)) throw refusal(name, value, "a finite number");
}

/** @throws ArgumentError unless `value` is an integer and at least `least`. */
export function requireInteger(name: string, value: unknown, least: number): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < least) {
    throw refusal(name, value, `an integer of at least ${least}`);
  }
}

/** The numbers that an argument may be. */
export interface NumberRange {
  /** In words: "a number between 0 and 1". */
  readonly expected: string;
  /** Whether `value` is one of them; false for NaN. */
  holds(value: number): boolean;
}

export const POSITIVE: NumberRange = {
  expected: "a finite number above 0",
  holds: (value) => value > 0 && value < Number.POSITIVE_INFINITY,
};

const NOT_NEGATIVE: NumberRange = {
  expected: "a finite number of at least 0",
  holds: (value) => value >= 0 && value < Number.POSITIVE_INFINITY,
};

const FRACTION: NumberRange = { expected: "a number between 0 and 1", holds: (value) => value > 0 && value < 1 };

/** @throws ArgumentError unless `value` is a number in `range`. */
export function requireWithin(name: string, value: unknown, range: NumberRange): asserts value is number {
  if (typeof value !== "number" || !range.holds(value)) throw refusal(name, value, range.expected);
}

/** @throws ArgumentError unless `value` is a finite number above 0. */
export function requirePositive(name: string, value: unknown): asserts value is number {
  requireWithin(name, value, POSITIVE);
}

/** @throws ArgumentError unless `value` is a finite number of at least 0. */
export function requireNotNegative(name: string, value: unknown): asserts value is number {
  requireWithin(name, value, NOT_NEGATIVE);
}

/** @throws ArgumentError unless `value` is a number between 0 and 1, both excluded. */
export function requireFraction(name: string, value: unknown): asserts value is number {
  requireWithin(name, value, FRACTION);
}

/** @throws ArgumentError unless `value` is one of `choices`. */
export function requireOneOf(name: string, value: unknown, choices: readonly string[]): void {
  if (typeof value !== "string" || !choices.includes(value)) {
    const expected = choices.map((one) => `"${one}"`).join(choices.length === 2 ? " or " : ", ");
    throw refusal(name, value, choices.length > 2 ? `one of ${expected}` : expected);
  }
}

/** @throws ArgumentError unless `value` is an object with members, such as options; arrays are refused. */
export function requireObject(name: string, value: unknown): asserts value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw refusal(name, value, "an object");
  }
}

/** @throws ArgumentError unless `value` is a string. */
export function requireString(name: string, value: unknown): asserts value is string {
  if (typeof value !== "string") throw refusal(name, value, "a string");
}

/** @throws ArgumentError unless `value` is true or false. */
export function requireBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean") throw refusal(name, value, "true or false");
}

/** @throws ArgumentError unless `value` is a function. */
export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== "function") throw refusal(name, value, "a function");
}

/**
 * @throws ArgumentError unless `values` is an array, a typed array or another array-like object whose elements are
 * numbers. Holes, strings, BigInts and an array whose buffer was transferred are refused; NaN and infinities are numbers.
 */
export function requireNumbers(name: string, values: unknown): asserts values is ArrayLike<number> {
  if (ArrayBuffer.isView(values)) return requireNumericView(name, values);
  const { length } = Object(values) as ArrayLike<unknown>;
  if (typeof values !== "object" || !Number.isInteger(length) || length < 0) {
    throw refusal(name, values, "an array of numbers");
  }
  const elements = values as ArrayLike<unknown>;
  // From the last one: an object with a length but without elements is refused at once, whatever the length.
  for (let i = length - 1; i >= 0; i--) requireNumber(`${name}[${i}]`, elements[i]);
}

function requireNumericView(name: string, values: ArrayBufferView): asserts values is Float64Array {
  const isNumeric = !(
    values instanceof DataView ||
    values instanceof BigInt64Array ||
    values instanceof BigUint64Array
  );
  if (!isNumeric) throw refusal(name, values, "an array of numbers");
  if (isDetached(values)) {
    throw new ArgumentError(`${name}: an array whose buffer was transferred given, an array of numbers expected`);
  }
}

function isDetached({ buffer, byteLength }: ArrayBufferView): boolean {
  if (byteLength > 0) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/**
 * A copy of the numbers in `values`, as float64.
 * @throws ArgumentError where they are no numbers, NotFiniteError that names the first one that is NaN or infinite.
 */
export function finiteNumbers(name: string, values: unknown): Float64Array<ArrayBuffer> {
  requireNumbers(name, values);
  return requireAllFinite(name, Float64Array.from(values));
}

/**
 * Returns `values`. @throws NotFiniteError that names the first one that is not finite, and says whether it was given or
 * computed.
 */
export function requireAllFinite<T extends Float32Array | Float64Array>(name: string, values: T, origin = "given"): T {
  const fault = values.findIndex((value) => !Number.isFinite(value));
  if (fault < 0) return values;
  throw new NotFiniteError(`${name}[${fault}]: ${values[fault]} ${origin}, a finite number expected`);
}

/**
 * As `finiteNumbers`, for numbers of at least 0, such as singular values in any order.
 * @throws ArgumentError where they are no numbers or one is negative, NotFiniteError where one is NaN or infinite.
 */
export function notNegativeNumbers(name: string, values: unknown): Float64Array<ArrayBuffer> {
  const own = finiteNumbers(name, values);
  const fault = own.findIndex((value) => value < 0);
  if (fault >= 0) throw new ArgumentError(`${name}[${fault}]: ${own[fault]} given, at least 0 expected`);
  return own;
}

/** The length of the longest array that is made on the host: 1 GiB of float64. */
export const LONGEST = 2 ** 27;
/** The number of rows of the largest square matrix that is made on the host. */
export const WIDEST = Math.floor(Math.sqrt(LONGEST));

/** @throws ArgumentError unless the number `value` is at most `greatest`. */
export function requireAtMost(name: string, value: number, greatest: number): void {
  if (!(value <= greatest)) throw new ArgumentError(`${name}: ${value} given, at most ${greatest} expected`);
}
