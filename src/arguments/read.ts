import { refusal, requireFunction, requireNumbers, requireObject, requireOneOf } from "../checks/values.ts";

/**
 * Reads an argument: returns a value of the call's own, which does not change when the caller changes theirs.
 * @throws ArgumentError that names the argument, what was given and what was expected.
 */
export type Read<T> = (name: string, value: unknown) => T;

/** An argument that may be left out, or be undefined. */
interface Optional<T> {
  readonly optional: Read<T>;
}

/**
 * A reader for every member of T, an optional one for an optional member: a member without a reader is a type error.
 */
type Members<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K> ? Optional<Exclude<T[K], undefined>> : Read<T[K]>;
};

export function optional<T>(read: Read<T>): Optional<T> {
  return { optional: read };
}

/** A value that `require` lets pass. */
export function value<T>(require: (name: string, value: unknown) => void): Read<T> {
  return (name, given) => {
    require(name, given);
    return given as T;
  };
}

export function oneOf<T extends string>(...choices: readonly T[]): Read<T> {
  return value((name, given) => requireOneOf(name, given, choices));
}

/** A function whose results are not used and so not read. The compiler alone checks its type. */
// biome-ignore lint/suspicious/noExplicitAny: a reader of any function reads every type of function
export const callback: Read<any> = value(requireFunction);

/** A function of the caller. Its results are read when it is called. */
export function returning<Given extends unknown[], T>(read: Read<T>): Read<(...given: Given) => T> {
  return (name, given) => {
    requireFunction(name, given);
    return (...args) => read(`${name}(…)`, (given as (...args: Given) => unknown)(...args));
  };
}

/** A copy of an array of numbers, of the given type where it is a typed array; NaN and infinities included. */
export const numbers: Read<ArrayLike<number>> = (name, given) => {
  requireNumbers(name, given);
  return ArrayBuffer.isView(given) ? (given as unknown as Float64Array).slice() : Float64Array.from(given);
};

/** A copy of a typed array of the class that is asked for. */
export function typed<T extends Float32Array | Uint32Array>(Class: {
  readonly name: string;
  new (values: ArrayLike<number>): T;
}): Read<T> {
  return (name, given) => {
    if (!(given instanceof Class)) throw refusal(name, given, `a ${Class.name}`);
    requireNumbers(name, given);
    return new Class(given);
  };
}

/** A copy of an array, each element read. */
export function many<T>(read: Read<T>): Read<readonly T[]> {
  return (name, given) => {
    if (!Array.isArray(given)) throw refusal(name, given, "an array");
    return Array.from(given.keys(), (i) => read(`${name}[${i}]`, given[i]));
  };
}

/** One value, or an array of values. */
export function oneOrMany<T>(read: Read<T>): Read<T | readonly T[]> {
  const readMany = many(read);
  return (name, given) => (Array.isArray(given) ? readMany(name, given) : read(name, given));
}

/**
 * The members of an object, each read under its path, `stopping.noise`; other members are ignored. A function keeps the
 * object as its `this`.
 */
export function members<T extends object>(fields: Members<T>): Read<T> {
  return (name, given) => readMembers(fields, name, given, (key) => `${name}.${key}`);
}

/** A call's options, each read under its own name. */
export function options<T extends object>(fields: Members<T>): (given: unknown) => T {
  return (given) => readMembers(fields, "options", given, (key) => key);
}

function readMembers<T extends object>(
  fields: Members<T>,
  name: string,
  given: unknown,
  pathOf: (key: string) => string,
): T {
  requireObject(name, given);
  const own: Record<string, unknown> = {};
  for (const [key, reader] of Object.entries<Read<unknown> | Optional<unknown>>(fields)) {
    const found = (given as Record<string, unknown>)[key];
    const member = typeof found === "function" ? found.bind(given) : found;
    if (typeof reader === "function") own[key] = reader(pathOf(key), member);
    else if (member !== undefined) own[key] = reader.optional(pathOf(key), member);
  }
  return own as T;
}
