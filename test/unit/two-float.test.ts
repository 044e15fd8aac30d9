import { expect, test } from "vitest";
import { floatLiteral, twoFloatLiteral } from "../../shaders/shared/two-float.ts";
import { splitTwoFloat } from "../../src/theory/two-float.ts";
import { joinTwoFloat } from "../support/numbers.ts";
import { createRandom } from "../support/random.ts";

const { uniform } = createRandom(11);
const numbers = Float64Array.from(
  { length: 1000 },
  () => (uniform() - 0.5 + uniform() * 2 ** -32) * 2 ** (80 * uniform() - 40),
);

test("a number splits into its nearest float32 and the rest, together correct to 2⁻⁴⁹", () => {
  const pairs = splitTwoFloat(numbers);
  const joined = joinTwoFloat(pairs);
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] as number;
    expect(pairs[2 * i]).toBe(Math.fround(value));
    expect(Math.abs((joined[i] as number) - value)).toBeLessThanOrEqual(2 ** -49 * Math.abs(value));
  }
});

test("numbers of 48 bits survive the conversion and its inverse", () => {
  const exact = [0, 1, -3.5, 1 + 2 ** -47, (2 ** 24 + 1) * 2 ** 23 + 1, 1e10, 2 ** -100];
  expect([...joinTwoFloat(splitTwoFloat(exact))]).toEqual(exact);
  expect(splitTwoFloat([])).toHaveLength(0);
});

test("literals keep every bit of a float32", () => {
  for (const value of numbers) {
    const literal = floatLiteral(value);
    expect(literal).toMatch(/^-?\d+(\.\d+)?(e[+-]\d+)?f$/);
    expect(Number(literal.slice(0, -1))).toBe(Math.fround(value));
  }
  expect(twoFloatLiteral(1.5)).toBe("two_float(1.5f, 0f)");
});
