import type { createRandom } from "./random.ts";

/** Values that are wrong in most places, each with a name for messages; made anew for each use. */
export const hostileValues: readonly [string, () => unknown][] = [
  ["undefined", () => undefined],
  ["null", () => null],
  ["true", () => true],
  ['"3"', () => "3"],
  ["an empty string", () => ""],
  ["a long string", () => "q(".repeat(50_000)],
  ["NaN", () => Number.NaN],
  ["Infinity", () => Number.POSITIVE_INFINITY],
  ["−1", () => -1],
  ["0", () => 0],
  ["1.5", () => 1.5],
  ["2⁵³", () => 2 ** 53],
  ["1e308", () => 1e308],
  ["5e-324", () => 5e-324],
  ["1e39", () => 1e39],
  ["a BigInt", () => 3n],
  ["a symbol", () => Symbol("q")],
  ["a function", () => () => 0.5],
  ["an empty object", () => ({})],
  ["an object without prototype", () => Object.create(null)],
  ["an object that is 3", () => ({ valueOf: () => 3 })],
  ["an empty array", () => []],
  ["an array of NaN", () => [Number.NaN]],
  ["an array of strings", () => ["1", "2"]],
  ["a sparse array", () => Object.assign([1], { length: 4 })],
  ["an array of arrays", () => [[1], [2]]],
  ["a length alone", () => ({ length: 2 ** 33 })],
  ["a negative length", () => ({ length: -1 })],
  ["a DataView", () => new DataView(new ArrayBuffer(16))],
  ["64-bit integers", () => BigInt64Array.of(1n, 2n)],
  ["a transferred array", transferred],
];

function transferred(): Float32Array {
  const values = new Float32Array(4);
  structuredClone(values, { transfer: [values.buffer] });
  return values;
}

/**
 * `given` with one of its arguments, members or elements replaced by a hostile value, chosen at random; `given` itself
 * stays.
 */
export function spoil<T extends readonly unknown[]>(
  given: T,
  { uniform }: ReturnType<typeof createRandom>,
  values: typeof hostileValues,
): { given: T; told: string } {
  const copy = clone(given) as unknown as T;
  const places = placesIn(copy, "argument ");
  const { holder, key, path } = places[Math.floor(uniform() * places.length)] as Place;
  const [name, make] = values[Math.floor(uniform() * values.length)] as (typeof values)[number];
  holder[key] = make();
  return { given: copy, told: `${path} is ${name}` };
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
  readonly path: string;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    Array.isArray(value) ||
    (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
  );
}

function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clone);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, clone(member)]));
}

function placesIn(value: unknown, path: string): Place[] {
  if (!isPlain(value)) return [];
  return Object.keys(value).flatMap((key) => [
    { holder: value, key, path: `${path}${key}` },
    ...placesIn(value[key], `${path}${key}.`),
  ]);
}
