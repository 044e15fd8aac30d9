import fc from "fast-check";
import { expect, test } from "vitest";
import { parseNpyHeader } from "../../src/cli/npy-header.ts";
import { ArgumentError } from "../../src/errors.ts";

const parse = (text: string) => parseNpyHeader(text, "A.npy");

/** Headers as NumPy, NumPy under Python 2 and other writers have them. */
const header = fc
  .record({
    descr: fc.constantFrom("<f8", ">f4", "|b1", "<U10"),
    fortranOrder: fc.boolean(),
    shape: fc.array(fc.oneof(fc.nat(9), fc.maxSafeNat()), { maxLength: 4 }),
    keys: fc.shuffledSubarray(["descr", "fortran_order", "shape"], { minLength: 3 }),
    quote: fc.constantFrom("'", '"'),
    space: fc.constantFrom("", " ", "\n\t "),
    long: fc.constantFrom("", "L"),
    comma: fc.boolean(),
    padding: fc.constantFrom("", "    \n"),
  })
  .map(({ descr, fortranOrder, shape, keys, quote, space, long, comma, padding }) => {
    const more = (count: number) => (comma || count === 1 ? `,${space}` : "");
    const sizes = shape.map((size) => `${size}${long}`).join(`,${space}`);
    const values: Record<string, string> = {
      descr: `${quote}${descr}${quote}`,
      fortran_order: fortranOrder ? "True" : "False",
      shape: `(${space}${sizes}${shape.length > 0 ? more(shape.length) : ""})`,
    };
    const entries = keys.map((key) => `${quote}${key}${quote}${space}:${space}${values[key]}`);
    const text = `{${space}${entries.join(`${space},${space}`)}${more(3)}}${padding}`;
    return { text, expected: { descr, fortranOrder, shape } };
  });

test("headers of all writers are read", () => {
  fc.assert(
    fc.property(header, ({ text, expected }) => {
      expect(parse(text)).toEqual(expected);
    }),
    { numRuns: 1000, seed: 20 },
  );
});

const fragments = ["{", "}", "(", ")", ",", ":", "'", '"', "L", "0", "7", "-", "\\", " ", "\n", "\0", "True", "é"];
fragments.push("'shape':(", "'descr':'<f4'", "'fortran_order':False", "__proto__", "constructor", "[");

test("a damaged header is read as NumPy's grammar has it, or refused with a typed error", () => {
  const damage = fc.tuple(fc.nat(), fc.nat(3), fc.array(fc.constantFrom(...fragments), { maxLength: 3 }));
  let refused = 0;
  fc.assert(
    fc.property(header, fc.array(damage, { minLength: 1, maxLength: 3 }), ({ text }, damages) => {
      const damaged = damages.reduce((before, [place, cut, put]) => {
        const at = place % (before.length + 1);
        return before.slice(0, at) + put.join("") + before.slice(at + cut);
      }, text);
      try {
        const { descr, fortranOrder, shape } = parse(damaged);
        // Written out anew, what was read is what stands there but for spaces, quotes, order and commas at the end.
        const plain = (literal: string) => [...literal.replace(/[\s"',L:]/g, "")].sort().join("");
        const again = `{descr${descr}fortran_order${fortranOrder ? "True" : "False"}shape(${shape.join()})}`;
        expect(plain(damaged)).toBe(plain(again));
      } catch (error) {
        if (!(error instanceof ArgumentError)) throw error;
        expect(error.message.length).toBeLessThan(200);
        refused++;
      }
    }),
    { numRuns: 4000, seed: 21 },
  );
  expect(refused).toBeGreaterThan(2000);
});

const full = (shape: string) => `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}}`;
const refusals: Record<string, [text: string, message: RegExp]> = {
  nothing: ["", /"" given at its character 1, "{" expected/],
  "an empty dict": ["{}", /descr, fortran_order and shape expected in it/],
  "a size without a comma, a number in Python": [full("(7)"), /a comma after the only size expected/],
  "a comma alone": [full("(,)"), /",\)}" given .* a size or a closing bracket expected/],
  "sizes without a comma": [full("(7 5)"), /"5\)}" given .* a comma expected/],
  "a negative size": [full("(-7, 5)"), /"-7, 5\)}" given .* a size/],
  "a size in octal": [full("(07,)"), /a size/],
  "a size that is no integer": [full("(7.5,)"), /a comma expected/],
  "a size beyond float64's integers": [full("(9007199254740993,)"), /sizes of at most 9007199254740991 expected/],
  "an expression": [full("(7*5,)"), /a comma expected/],
  "a list": [full("[7, 5]"), /"\(" expected/],
  "records in lists": ["{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (7,)}", /holds records/],
  "an escape": ["{'descr': '\\x3cf8', 'fortran_order': False, 'shape': (7,)}", /the name of a type expected/],
  "0 for False": ["{'descr': '<f8', 'fortran_order': 0, 'shape': (7,)}", /True or False expected/],
  "a key twice": ["{'shape': (7,), 'descr': '<f8', 'fortran_order': False, 'shape': (8,)}", /each once, expected/],
  "another key": ["{'descr': '<f8', 'fortran_order': False, 'shape': (7,), 'toString': 1}", /each once, expected/],
  "a header within a string": ["\"{'descr': '<f8', 'fortran_order': False, 'shape': (7,)}\"", /"{" expected/],
  "text behind it": [`${full("(7,)")} # 7`, /"# 7" given .* nothing after the closing brace/],
  "no end": [full("(7,)").slice(0, -1), /a comma or a closing brace expected/],
};

test.for(Object.entries(refusals))("is refused: %s", ([, [text, message]]) => {
  expect(() => parse(text)).toThrow(ArgumentError);
  expect(() => parse(text)).toThrow(message);
});

/** Each took time of the length's square, or more, by regular expressions that began anew at every character. */
test.for(["'shape':(", "'descr':'", " ", "7", "7,", "(", "{", '"', "'descr':'<f8',"])(
  "megabytes of %s are refused in a moment",
  (part) => {
    const flood = part.repeat(2e6 / part.length);
    for (const text of [flood, `{${flood}`, full(`(${flood}`), full(`(7,)}${flood}x`)]) {
      expect(() => parse(text)).toThrow(ArgumentError);
    }
  },
);
