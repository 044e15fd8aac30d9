import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quoted } from "../../src/checks/values.ts";
import { ShaderError } from "../../src/errors.ts";
import { activationForm, activationFunction } from "../../src/theory/activations.ts";
import { parseExpression } from "../../src/theory/expression.ts";
import { functions } from "../../src/theory/expression-functions.ts";
import { expressions } from "../support/expressions.ts";

function faultOf(source: string): ShaderError | undefined {
  try {
    parseExpression(source);
    return undefined;
  } catch (error) {
    expect(error, source).toBeInstanceOf(ShaderError);
    return error as ShaderError;
  }
}

/** What JavaScript's own parser makes of a text that it reads as WGSL does. */
function byJavaScript(text: string): (z: number) => number {
  const known = [...functions].map(([name, [signature]]) => [name, signature?.value] as const);
  const names = known.map(([name]) => name);
  const make = new Function(...names, `return (z) => ${text};`);
  return make(...known.map(([name, value]) => (name === "f32" ? Number : value)));
}

describe("the value", () => {
  /** [expression, z, value], by hand and from mpmath. */
  const known: readonly (readonly [string, number, number])[] = [
    ["1/3", 0, 1 / 3],
    ["z * 2 + 1", 3, 7],
    ["1 - 2 - 3", 0, -4],
    ["8 / 4 / 2", 0, 1],
    ["2 + 3 * -z", 4, -10],
    ["-z * z", 3, -9],
    ["- -z", 3, 3],
    ["-5 % 3", 0, -2],
    ["(1 + 2) * 3", 0, 9],
    ["z // a comment\n + /* and\n another */ 1", 1, 2],
    [".5f + 1. + 25e-2f", 0, 1.75],
    ["max(z, 0.1 * z)", -10, -1],
    ["select(1, 2, z > 0 && !(z >= 3))", 2, 2],
    ["select(1, 2, z > 0 && !(z >= 3))", 3, 1],
    ["f32(z == 1 || z != z) + f32(true)", 1, 2],
    ["f32((z < 1) != false)", 0, 1],
    ["clamp(z, -1, 1)", 5, 1],
    ["mix(2, 4, z)", 0.25, 2.5],
    ["step(0, z)", 0, 1],
    ["sign(z) + fract(z)", -1.25, -0.25],
    ["round(z)", 2.5, 2],
    ["round(z)", -3.5, -4],
    ["smoothstep(0, 2, z)", 1.5, 0.84375],
    ["saturate(z) + radians(180) - degrees(z)", 0, Math.PI],
    ["pow(z, 3) + fma(z, 2, 1) + exp2(z)", 2, 17],
    ["z / (1 + exp(-1.702 * z))", 1, 0.8457957659328212],
    ["log(1 + exp(z))", 0.5, 0.9740769841801067],
    ["atan2(z, -1) + inverseSqrt(4)", 1, 2.856194490192345],
  ];

  test.each(known)("of %s at %d is %d", (wgsl, z, value) => {
    // A rounding or two of float64 for each of a few operations.
    expect(Math.abs(activationFunction({ wgsl })(z) - value)).toBeLessThanOrEqual(8 * 2 ** -52 * Math.abs(value));
  });

  test("has the value that JavaScript's parser gives to any expression", () => {
    let read = 0;
    fc.assert(
      fc.property(expressions, fc.double({ min: -10, max: 10, noNaN: true }), ({ text }, z) => {
        const fault = faultOf(text);
        // Only what no float32 can hold is refused of the grammar's own.
        if (fault) {
          expect(fault.message).toMatch(/ gives \S+ here, a finite number within float32's range/);
          return;
        }
        read++;
        expect(activationFunction({ wgsl: text })(z)).toBe(byJavaScript(text)(z));
      }),
      { numRuns: 1000, seed: 23 },
    );
    expect(read).toBeGreaterThan(750);
  });
});

describe("what reaches the compiler", () => {
  const name = [...functions.keys()].join("|");
  const operation = new RegExp(
    String.raw`^(z|true|false|[\d.]+(e[+-]\d+)?f|[-!]v\d+|v\d+ ([-+*/%<>]|[<>=!]=|&&|\|\|) v\d+|(${name})\(v\d+(, v\d+){0,2}\))$`,
  );
  const parts = fc.constantFrom(
    ..."z z 1 2.5 + - * / % ( ) , ; { } [ ] < > = ! & | ^ ~ @ : . // /* */ \n".split(" "),
    "max(",
    "exp(",
    "select(",
    "fn",
    "loop",
    "params",
    "true",
    "🙂",
    "z)); } fn f() {",
  );

  test("is one operation a line, of z and of earlier lines, whatever is given", () => {
    const texts = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.array(parts, { maxLength: 12 }).map((some) => some.join("")),
      expressions.map(({ text }) => text),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const fault = faultOf(text);
        if (fault) {
          const lines = text.split(/\r\n|[\n\r\u2028\u2029]/);
          expect(lines[fault.line - 1]?.length, "the column lies in its line").toBeGreaterThanOrEqual(fault.column - 1);
          expect(fault.column).toBeGreaterThanOrEqual(1);
          expect(fault.source).toBe(text);
          expect(fault.message.length).toBeLessThan(800);
          return;
        }
        parseExpression(text).operations.forEach(({ wgsl }, i) => {
          expect(wgsl).toMatch(operation);
          for (const [, place] of wgsl.matchAll(/\bv(\d+)/g)) expect(Number(place)).toBeLessThan(i);
        });
      }),
      { numRuns: 5000, seed: 29 },
    );
  });

  test("does not depend on how the expression is written", () => {
    const code = (wgsl: string) => parseExpression(wgsl).operations.map((one) => one.wgsl);
    expect(code("max( z,0.10*z, ) // leaky")).toEqual(code("max(z, (1e-1f * (z)))"));
    expect(code("max(z, 0.1 * z)")).toEqual(["z", "0.10000000149011612f", "z", "v1 * v2", "max(v0, v3)"]);
    expect(activationForm({ wgsl: "z" })).toMatchObject({ form: { operations: [{ wgsl: "z" }] }, power: 0 });
  });
});

describe("a refusal names line and column", () => {
  const refused: readonly (readonly [wgsl: string, line: number, column: number, words: string])[] = [
    ["", 1, 1, "the end given"],
    ["z + ", 1, 5, "the end given"],
    ["(z", 1, 3, 'the end given, ")" or one of ||'],
    ["z)", 1, 2, '")" given'],
    ["z +\n  softplus(z)", 2, 3, '"softplus" given, z, true, false or one of abs, acos,'],
    ["z +\r\n\ty", 2, 2, '"y" given'],
    ["spin(z)); } fn spin(q: f32) -> f32 { loop {} } fn rest(q: f32) -> f32 { return (q", 1, 1, '"spin" given'],
    ["z); } fn f() { loop {} }", 1, 2, '")" given'],
    ["z; loop {}", 1, 2, '";" given'],
    ["A[0]", 1, 1, '"A" given'],
    ["params.rows", 1, 1, '"params" given'],
    ["z[0]", 1, 2, '"[" given'],
    ["z.x", 1, 2, '"." given'],
    ["v0", 1, 1, '"v0" given'],
    ["user_activation(z)", 1, 1, '"user_activation" given'],
    ["vec2f(z, z).x", 1, 1, '"vec2f" given'],
    ["bitcast<f32>(1)", 1, 1, '"bitcast" given'],
    ["constructor(z)", 1, 1, '"constructor" given'],
    ["z toString", 1, 3, '"toString" given, the end or one of || &&'],
    ["z^2", 1, 2, '"^" given, the end or one of || && < <= > >= == != + - * / % expected'],
    ["z = 1", 1, 3, '"=" given'],
    ["--z", 1, 1, '"--" given'],
    ["z < 1 < 2", 1, 7, '"<" given after "<", parentheses'],
    ["f32(z > 0 && z < 1 || z > 2)", 1, 20, '"||" given after "&&"'],
    ["max(z)", 1, 1, "max given (f32), (f32, f32) expected"],
    ["max(z, 1, 2)", 1, 1, "max given (f32, f32, f32), (f32, f32) expected"],
    ["1 + exp(z > 0)", 1, 5, "exp given (bool), (f32) expected"],
    ["select(z, true, z > 0)", 1, 1, "(f32, f32, bool) or (bool, bool, bool) expected"],
    ["(z > 0) + 1", 1, 9, '"+" given (bool, f32), (f32, f32) expected'],
    ["!z", 1, 1, '"!" given (f32), (bool) expected'],
    ["z > 0", 1, 3, "a value of type bool given, f32 expected"],
    ["max", 1, 4, 'the end given, "(" expected'],
    ["max(z 1)", 1, 7, '"1" given, ",", ")" or one of'],
    ["z + 2u", 1, 5, '"2u" given, a decimal number'],
    ["1h", 1, 1, '"1h" given, a decimal number'],
    ["0x1p3 * z", 1, 1, '"0x1p3" given, a decimal number'],
    ["1.5.2", 1, 1, '"1.5.2" given, a decimal number'],
    ["1e", 1, 1, '"1e" given, a decimal number'],
    ["z * 1e39", 1, 5, '"1e39" given, a number within float32'],
    ["z + 1.0 / 0.0", 1, 9, '"/" gives Infinity here'],
    ["z + log(-1.0)", 1, 5, "log gives NaN here"],
    ["select(z, 1e38 * 1e38, z > 0)", 1, 16, '"*" gives'],
    ["pow(-2, 2) * z", 1, 1, "pow gives NaN here"],
    ["z /* a", 1, 4, '"*" given'],
  ];

  test.each(refused)("%j at %d:%d", (wgsl, line, column, words) => {
    expect(faultOf(wgsl)).toMatchObject({ line, column, source: wgsl, message: expect.stringContaining(words) });
    expect(faultOf(wgsl)?.message).toContain(`activation ${quoted(wgsl)}, line ${line}, column ${column}: `);
  });

  test("of whatever is put between two words of an expression", () => {
    const strangers = fc.constantFrom(
      "z1",
      "fn",
      "A[0]",
      "params.rows",
      ";",
      "{",
      "}",
      "[",
      "@",
      "#",
      "$",
      "?",
      ":",
      "=",
      "&",
      "|",
      "^",
      "~",
      ".",
      "\\",
      '"',
      "é",
      "2u",
    );
    fc.assert(
      fc.property(expressions, strangers, fc.nat(), ({ text }, stranger, at) => {
        if (faultOf(text) || text.length > 1000) return;
        const words = text.split(" ");
        const place = at % (words.length + 1);
        const before = words
          .slice(0, place)
          .map((word) => `${word} `)
          .join("");
        const fault = faultOf(`${before} ${stranger} ${words.slice(place).join(" ")}`);
        // What the words before it are cut to may have the wrong type: that is found sooner.
        const sooner = fault?.message.includes(" given (") && fault.column < before.length + 2;
        if (!sooner) expect(fault).toMatchObject({ line: 1, column: before.length + 2 });
      }),
      { numRuns: 1000, seed: 31 },
    );
  });

  test("of a megabyte and of deep nesting, in a short message", () => {
    const long = faultOf("z+".repeat(2 ** 19));
    expect(long).toMatchObject({ line: 1, column: 1025 });
    expect(long?.message).toContain("1048576 characters given, at most 1024 expected");
    expect(long?.message.length).toBeLessThan(300);
    for (const opening of ["(", "-(", "- ", "exp(", "!("]) {
      const deep = faultOf(opening.repeat(101));
      expect(deep?.message).toContain("more than 100 levels of nesting given");
      expect(deep?.column).toBeLessThanOrEqual(101 * opening.length + 1);
    }
    expect(faultOf(`${"(".repeat(100)}z${")".repeat(100)}`)).toBeUndefined();
    expect(faultOf(`z${" + z".repeat(255)}`)).toBeUndefined();
  });
});
