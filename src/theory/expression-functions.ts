/** The types f32 and bool of WGSL, and their values in float64. */
export type ValueType = "f32" | "bool";
export type Value = number | boolean;

/** What an operator or a function takes and gives, and its value in float64. */
export interface Signature {
  readonly takes: readonly ValueType[];
  readonly gives: ValueType;
  readonly value: (...operands: never[]) => Value;
}

const numbers = (count: number): ValueType[] => new Array<ValueType>(count).fill("f32");

/** A function of as many numbers as `value` has parameters. */
const numeric = (value: (...operands: number[]) => number): Signature => ({
  takes: numbers(value.length),
  gives: "f32",
  value,
});
const comparison = (value: (a: number, b: number) => boolean): Signature => ({
  takes: numbers(2),
  gives: "bool",
  value,
});
const logical = (value: (a: boolean, b: boolean) => boolean): Signature => ({
  takes: ["bool", "bool"],
  gives: "bool",
  value,
});

/** The signatures of each unary operator; the type of the operand selects one. */
export const unaryOperators: ReadonlyMap<string, readonly Signature[]> = new Map<string, readonly Signature[]>([
  ["-", [numeric((a) => -a)]],
  ["!", [{ takes: ["bool"], gives: "bool", value: (a: boolean) => !a }]],
]);

/** The binary operators by precedence, the lowest first. */
export const binaryOperators: readonly ReadonlyMap<string, readonly Signature[]>[] = [
  new Map([
    ["||", [logical((a, b) => a || b)]],
    ["&&", [logical((a, b) => a && b)]],
  ]),
  new Map([
    ["<", [comparison((a, b) => a < b)]],
    ["<=", [comparison((a, b) => a <= b)]],
    [">", [comparison((a, b) => a > b)]],
    [">=", [comparison((a, b) => a >= b)]],
    ["==", [comparison((a, b) => a === b), logical((a, b) => a === b)]],
    ["!=", [comparison((a, b) => a !== b), logical((a, b) => a !== b)]],
  ]),
  new Map([
    ["+", [numeric((a, b) => a + b)]],
    ["-", [numeric((a, b) => a - b)]],
  ]),
  new Map([
    ["*", [numeric((a, b) => a * b)]],
    ["/", [numeric((a, b) => a / b)]],
    ["%", [numeric((a, b) => a % b)]],
  ]),
];

const clamp = (a: number, low: number, high: number) => Math.min(Math.max(a, low), high);

/** Rounds halves to even, as WGSL does. */
const round = (a: number) => (Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a));

/** In WGSL it is exp2(y·log2(x)), which is not defined for x < 0, nor for x = 0 with y ≤ 0. */
const pow = (x: number, y: number) => (x < 0 || (x === 0 && y <= 0) ? Number.NaN : x ** y);

const smoothstep = (low: number, high: number, x: number) => {
  const t = clamp((x - low) / (high - low), 0, 1);
  return t * t * (3 - 2 * t);
};

const numericFunctions: Readonly<Record<string, (...operands: number[]) => number>> = {
  abs: (a) => Math.abs(a),
  acos: (a) => Math.acos(a),
  acosh: (a) => Math.acosh(a),
  asin: (a) => Math.asin(a),
  asinh: (a) => Math.asinh(a),
  atan: (a) => Math.atan(a),
  atan2: (y, x) => Math.atan2(y, x),
  atanh: (a) => Math.atanh(a),
  ceil: (a) => Math.ceil(a),
  clamp,
  cos: (a) => Math.cos(a),
  cosh: (a) => Math.cosh(a),
  degrees: (a) => (a * 180) / Math.PI,
  exp: (a) => Math.exp(a),
  exp2: (a) => 2 ** a,
  floor: (a) => Math.floor(a),
  fma: (a, b, c) => a * b + c,
  fract: (a) => a - Math.floor(a),
  inverseSqrt: (a) => 1 / Math.sqrt(a),
  log: (a) => Math.log(a),
  log2: (a) => Math.log2(a),
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  mix: (a, b, t) => a * (1 - t) + b * t,
  pow,
  radians: (a) => (a * Math.PI) / 180,
  round,
  saturate: (a) => clamp(a, 0, 1),
  sign: (a) => Math.sign(a),
  sin: (a) => Math.sin(a),
  sinh: (a) => Math.sinh(a),
  smoothstep,
  sqrt: (a) => Math.sqrt(a),
  step: (edge, x) => (edge <= x ? 1 : 0),
  tan: (a) => Math.tan(a),
  tanh: (a) => Math.tanh(a),
  trunc: (a) => Math.trunc(a),
};

const choose = (otherwise: Value, chosen: Value, condition: boolean): Value => (condition ? chosen : otherwise);

/** The built-in functions of WGSL that take and give f32 or bool, and the conversion to f32. */
export const functions: ReadonlyMap<string, readonly Signature[]> = new Map<string, readonly Signature[]>([
  ...Object.entries(numericFunctions).map(([name, value]) => [name, [numeric(value)]] as const),
  ["f32", [numeric((a) => a), { takes: ["bool"], gives: "f32", value: (a: boolean) => Number(a) }]],
  [
    "select",
    [
      { takes: ["f32", "f32", "bool"], gives: "f32", value: choose },
      { takes: ["bool", "bool", "bool"], gives: "bool", value: choose },
    ],
  ],
]);
