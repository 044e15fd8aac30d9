import { FLOAT32_MAX } from "../../src/checks/float32.ts";

/**
 * Where a value computed in float32 may lie, [low, high], by WGSL's table of accuracies ("Floating point accuracy"); ±∞
 * where the table, or an overflow, leaves it open.
 */
export type Enclosure = readonly [low: number, high: number];
/** A condition; undefined where the values that it compares leave it open. */
export type Condition = boolean | undefined;

const unknown: Enclosure = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
const ULP = 2 ** -23;
/** Smaller numbers may become 0. */
const SMALLEST_NORMAL = 2 ** -126;

export const isKnown = ([low, high]: Enclosure) => low > Number.NEGATIVE_INFINITY && high < Number.POSITIVE_INFINITY;

/** The values between the least and the greatest of `candidates`, widened by an error of `ulps` and an absolute one. */
function hull(candidates: readonly number[], ulps = 0, absolute = 0): Enclosure {
  const error = (value: number) => Math.abs(value) * ulps * ULP + absolute + SMALLEST_NORMAL;
  const low = Math.min(...candidates.map((value) => value - error(value)));
  const high = Math.max(...candidates.map((value) => value + error(value)));
  return Math.max(Math.abs(low), Math.abs(high)) <= FLOAT32_MAX ? [low, high] : unknown;
}

/** Of a function that is monotone in each of its operands: its values at their ends. */
const byEnds =
  (f: (...operands: number[]) => number, ulps = 0, absolute = 0) =>
  (...operands: Enclosure[]): Enclosure => {
    if (!operands.every(isKnown)) return unknown;
    const ends = operands.reduce<number[][]>(
      (all, pair) => all.flatMap((one) => pair.map((end) => [...one, end])),
      [[]],
    );
    return hull(
      ends.map((one) => f(...one)),
      ulps,
      absolute,
    );
  };

/** `enclose` where all operands lie within [low, high]. */
const within =
  (low: number, high: number, enclose: (a: Enclosure) => Enclosure) =>
  (a: Enclosure): Enclosure =>
    a[0] >= low && a[1] <= high ? enclose(a) : unknown;

export const literal = (value: number): Enclosure =>
  Math.fround(value) === value ? [value, value] : hull([value], 0.5);

export const less = (a: Enclosure, b: Enclosure): Condition =>
  !isKnown(a) || !isKnown(b) ? undefined : a[1] < b[0] ? true : a[0] >= b[1] ? false : undefined;
export const not = (a: Condition): Condition => (a === undefined ? undefined : !a);
export const and = (a: Condition, b: Condition): Condition =>
  a === false || b === false ? false : a === undefined || b === undefined ? undefined : true;
export const or = (a: Condition, b: Condition): Condition => not(and(not(a), not(b)));
export const equal = (a: Enclosure, b: Enclosure): Condition =>
  less(a, b) || less(b, a) ? false : isKnown(a) && a[0] === a[1] && a[0] === b[0] && a[1] === b[1] ? true : undefined;

export const select = (otherwise: Enclosure, chosen: Enclosure, condition: Condition): Enclosure =>
  condition === undefined
    ? [Math.min(otherwise[0], chosen[0]), Math.max(otherwise[1], chosen[1])]
    : condition
      ? chosen
      : otherwise;

const zero = literal(0);
const one = literal(1);
const two = literal(2);
const half = literal(0.5);

export const negative = ([low, high]: Enclosure): Enclosure => [-high, -low];
export const add = byEnds((a, b) => a + b, 1);
export const subtract = byEnds((a, b) => a - b, 1);
export const multiply = byEnds((a, b) => a * b, 1);
const quotient = byEnds((a, b) => a / b, 2.5);
const isNormalDivisor = ([low, high]: Enclosure) =>
  (low >= SMALLEST_NORMAL && high <= 2 ** 126) || (high <= -SMALLEST_NORMAL && low >= -(2 ** 126));
export const divide = (a: Enclosure, b: Enclosure): Enclosure => (isNormalDivisor(b) ? quotient(a, b) : unknown);
export const remainder = (a: Enclosure, b: Enclosure): Enclosure => subtract(a, multiply(b, trunc(divide(a, b))));

const trunc = byEnds(Math.trunc);
const floor = byEnds(Math.floor);
const max = (a: Enclosure, b: Enclosure) => byEnds((x, y) => Math.max(x, y))(a, b);
const min = (a: Enclosure, b: Enclosure) => byEnds((x, y) => Math.min(x, y))(a, b);
const roundEven = byEnds((a) => (Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a)));
const abs = (a: Enclosure): Enclosure => max(a, negative(a));
/** Where low is above high, any of the three. */
const clamp = (a: Enclosure, low: Enclosure, high: Enclosure): Enclosure =>
  low[1] <= high[0]
    ? min(max(a, low), high)
    : isKnown(a) && isKnown(low) && isKnown(high)
      ? hull([...a, ...low, ...high])
      : unknown;

const exponential = (f: (a: number) => number) => (a: Enclosure) =>
  byEnds(f, 3 + 2 * Math.max(Math.abs(a[0]), Math.abs(a[1])))(a);
const logarithm = (f: (a: number) => number) =>
  within(SMALLEST_NORMAL, FLOAT32_MAX, (a) => byEnds(f, 3, a[1] < 0.5 || a[0] > 2 ? 0 : 2 ** -21)(a));
const exp = exponential(Math.exp);
const exp2 = exponential((a) => 2 ** a);
const log = logarithm(Math.log);
const log2 = logarithm(Math.log2);
/** By 1/inverseSqrt, of 2 ulp, and a quotient of 2.5. */
const sqrt = within(0, FLOAT32_MAX, byEnds(Math.sqrt, 4.5));

/** Of a function whose derivative is at most 1. */
const wave = (f: (a: number) => number) =>
  within(-Math.PI, Math.PI, ([low, high]) => hull([f((low + high) / 2)], 0, 2 ** -11 + (high - low) / 2));
const sin = wave(Math.sin);
const cos = wave(Math.cos);

const isNormal = ([low, high]: Enclosure) => low >= SMALLEST_NORMAL || high <= -SMALLEST_NORMAL;
const angle = byEnds((y, x) => Math.atan2(y, x), 4096);
const atan2 = (y: Enclosure, x: Enclosure): Enclosure => (isNormal(y) && isNormal(x) ? angle(y, x) : unknown);
/** The worse of an absolute error and of what another form of the function has. */
const worse = (a: Enclosure, b: Enclosure): Enclosure => [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
const coAngle = (a: Enclosure) => sqrt(subtract(one, multiply(a, a)));

const sinh = (a: Enclosure) => multiply(subtract(exp(a), exp(negative(a))), half);
const cosh = (a: Enclosure) => multiply(add(exp(a), exp(negative(a))), half);
const mix = (a: Enclosure, b: Enclosure, t: Enclosure) => add(multiply(a, subtract(one, t)), multiply(b, t));

const smoothstep = (low: Enclosure, high: Enclosure, a: Enclosure): Enclosure => {
  const t = clamp(divide(subtract(a, low), subtract(high, low)), zero, one);
  return multiply(multiply(t, t), subtract(literal(3), multiply(two, t)));
};

/**
 * The numeric functions of the grammar, as WGSL defines their accuracy; those of more than one operand name them all.
 */
export const enclosures: Readonly<Record<string, (...operands: Enclosure[]) => Enclosure>> = {
  abs,
  acos: within(-1, 1, (a) => worse(byEnds(Math.acos, 0, 6.77e-5)(a), atan2(coAngle(a), a))),
  acosh: within(1, FLOAT32_MAX, (a) => log(add(a, sqrt(subtract(multiply(a, a), one))))),
  asin: within(-1, 1, (a) => worse(byEnds(Math.asin, 0, 6.81e-5)(a), atan2(a, coAngle(a)))),
  asinh: (a) => log(add(a, sqrt(add(multiply(a, a), one)))),
  atan: byEnds(Math.atan, 4096),
  atan2,
  atanh: within(-1, 1, (a) => multiply(log(divide(add(one, a), subtract(one, a))), half)),
  ceil: byEnds(Math.ceil),
  clamp,
  cos,
  cosh,
  degrees: (a) => multiply(a, literal(180 / Math.PI)),
  exp,
  exp2,
  floor,
  fma: (a, b, c) => add(multiply(a, b), c),
  fract: (a) => subtract(a, floor(a)),
  inverseSqrt: within(
    SMALLEST_NORMAL,
    FLOAT32_MAX,
    byEnds((a) => 1 / Math.sqrt(a), 2),
  ),
  log,
  log2,
  max,
  min,
  mix,
  pow: (a, b) => exp2(multiply(b, log2(a))),
  radians: (a) => multiply(a, literal(Math.PI / 180)),
  round: roundEven,
  saturate: (a) => clamp(a, zero, one),
  sign: byEnds(Math.sign),
  sin,
  sinh,
  smoothstep,
  sqrt,
  step: (edge, a) => select(one, zero, less(a, edge)),
  tan: (a) => divide(sin(a), cos(a)),
  tanh: (a) => worse(byEnds(Math.tanh, 0, 1e-5)(a), divide(sinh(a), cosh(a))),
  trunc,
};
