import { expect, test } from "vitest";
import {
  finiteNumbers,
  requireFinite,
  requireFraction,
  requireFunction,
  requireInteger,
  requireNotNegative,
  requireNumber,
  requireNumbers,
  requireObject,
  requireOneOf,
  requirePositive,
  shown,
} from "../../src/checks/values.ts";
import { ArgumentError, NotFiniteError } from "../../src/errors.ts";

/** Values of every type that are no numbers; one of them runs code where a message is careless. */
const foreign: [string, unknown][] = [
  ['"0.5"', "0.5"],
  ['""', ""],
  ["undefined", undefined],
  ["null", null],
  ["true", true],
  ["a BigInt", 5n],
  ["Symbol(q)", Symbol("q")],
  ["an array of 1", [0.5]],
  ["an object", { valueOf: () => 0.5 }],
  ["an object", Object.create(null)],
  ["a function", () => 0.5],
  ["a typed array of 8 bytes", Float64Array.of(0.5)],
];

test.each([
  ["requireNumber", requireNumber],
  ["requireFinite", requireFinite],
  ["requireInteger", (name: string, value: unknown) => requireInteger(name, value, 0)],
  ["requirePositive", requirePositive],
  ["requireNotNegative", requireNotNegative],
  ["requireFraction", requireFraction],
])("%s takes numbers alone, and names what else was given", (_, check) => {
  for (const [told, value] of foreign) {
    expect(() => check("rate", value), told).toThrow(ArgumentError);
    expect(() => check("rate", value), told).toThrow(`rate: ${told} given, `);
  }
});

test("a string is cut where it is long, in every message", () => {
  const long = "x".repeat(1e6);
  expect(shown(long)).toHaveLength(60 + '"…" (1000000 characters)'.length);
  expect(() => requireOneOf("form", long, ["auto", "scan"])).toThrow(
    /^form: "x{60}…" \(1000000 characters\) given, "auto" or "scan" expected$/,
  );
});

test("objects and functions are distinguished from what looks like them", () => {
  for (const value of [null, undefined, 3, "a", [], new Float32Array(1), () => 1]) {
    expect(() => requireObject("options", value)).toThrow(ArgumentError);
  }
  requireObject("options", {});
  expect(() => requireFunction("mask", "ridge")).toThrow('mask: "ridge" given, a function expected');
});

test("arrays of numbers are arrays of numbers", () => {
  const transferred = new Float64Array(3);
  structuredClone(transferred, { transfer: [transferred.buffer] });
  const sparse = [1, 2];
  sparse[4] = 5;
  for (const [values, message] of [
    [["1", 2], 'y[0]: "1" given, a number expected'],
    [[1, 2n], "y[1]: a BigInt given, a number expected"],
    [sparse, "y[3]: undefined given, a number expected"],
    [{ length: 2 ** 33 }, "y[8589934591]: undefined given, a number expected"],
    [{ length: 1.5 }, "y: an object given, an array of numbers expected"],
    [{ length: -1 }, "y: an object given, an array of numbers expected"],
    ["12", 'y: "12" given, an array of numbers expected'],
    [undefined, "y: undefined given, an array of numbers expected"],
    [new DataView(new ArrayBuffer(8)), "y: a typed array of 8 bytes given, an array of numbers expected"],
    [BigInt64Array.of(1n), "y: a typed array of 8 bytes given, an array of numbers expected"],
    [transferred, "y: an array whose buffer was transferred given, an array of numbers expected"],
  ] as const) {
    expect(() => requireNumbers("y", values), message).toThrow(ArgumentError);
    expect(() => requireNumbers("y", values), message).toThrow(message);
  }
  for (const values of [[], [1, Number.NaN], new Float32Array(0), Uint8Array.of(3), { length: 1, 0: 2 }]) {
    requireNumbers("y", values);
  }
});

test("finiteNumbers copies, and refuses NaN and infinity by place", () => {
  const given = Float64Array.of(1, 2);
  const own = finiteNumbers("y", given);
  given[0] = 7;
  expect([...own]).toEqual([1, 2]);
  expect(() => finiteNumbers("y", [1, Number.NaN])).toThrow(NotFiniteError);
  expect(() => finiteNumbers("y", Float32Array.of(1, Number.POSITIVE_INFINITY))).toThrow("y[1]: Infinity given");
});
