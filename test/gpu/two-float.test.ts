import { expect } from "vitest";
import { type ActivationForm, activationCode } from "../../shaders/shared/activations.ts";
import { twoFloatArithmetic } from "../../shaders/shared/two-float.ts";
import { execute } from "../../src/gpu/execute.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { dispatch } from "../../src/gpu/schedule.ts";
import { type ActivationName, activationForm, activationFunction } from "../../src/theory/activations.ts";
import { splitTwoFloat } from "../../src/theory/two-float.ts";
import { test } from "../support/gpu.ts";
import { joinTwoFloat } from "../support/numbers.ts";
import { createRandom } from "../support/random.ts";
import { readFloats } from "../support/read.ts";

/** hi and lo of a WGSL expression of the two-floats `a` and `b`, for each pair of numbers. */
async function evaluate(
  device: GPUDevice,
  {
    expression,
    functions = "",
    a,
    b = a,
  }: { expression: string; functions?: string; a: Float64Array; b?: Float64Array },
): Promise<Float32Array> {
  const gpu = new Gpu(device);
  const code = `${twoFloatArithmetic("split")}${functions}
    @group(0) @binding(0) var<uniform> zero: u32;
    @group(0) @binding(1) var<storage, read> left: array<two_float>;
    @group(0) @binding(2) var<storage, read> right: array<two_float>;
    @group(0) @binding(3) var<storage, read_write> result: array<two_float>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      opaque_zero = zero;
      if (id.x >= arrayLength(&left)) { return; }
      let a = left[id.x];
      let b = right[id.x];
      result[id.x] = ${expression};
    }`;
  const pipeline = await gpu.pipelines.get({ label: expression, code });
  return gpu.withArena(async (arena) => {
    const result = arena.upload("result", new Float32Array(2 * a.length).fill(Number.NaN));
    const buffers = [
      arena.uniform("zero", new ArrayBuffer(16)),
      arena.upload("a", splitTwoFloat(a)),
      arena.upload("b", splitTwoFloat(b)),
      result,
    ];
    await execute(gpu, [dispatch(gpu, pipeline, buffers, [Math.ceil(a.length / 64), 1, 1], a.length)]);
    return readFloats(gpu, result, 2 * a.length);
  });
}

const { uniform } = createRandom(5);
const COUNT = 4096;

/** Signed numbers with 48 random bits, in magnitude between 2⁻ʳ and 2ʳ; each is a two-float exactly. */
function twoFloats(range: number): Float64Array {
  const bits = () => (uniform() - 0.5 + uniform() * 2 ** -32) * 2 ** Math.round((2 * uniform() - 1) * range);
  return joinTwoFloat(splitTwoFloat(Float64Array.from({ length: COUNT }, bits)));
}

/** Float32 numbers whose last bit is 1, between 2⁻ʳ and 2ʳ in magnitude: a product of two has all its 48 bits. */
function oddFloats(range: number): Float64Array {
  const odd = () =>
    (Math.round(2 ** 22 * (1 + uniform())) * 2 + 1) * 2 ** (Math.round((2 * uniform() - 1) * range) - 23);
  return Float64Array.from({ length: COUNT }, () => (uniform() < 0.5 ? -odd() : odd()));
}

function worstRelativeError(
  pairs: Float32Array,
  expected: (i: number) => number,
  unit = (i: number) => expected(i),
): number {
  const errors = joinTwoFloat(pairs).map((value, i) => Math.abs(value - expected(i)) / Math.abs(unit(i)));
  return errors.reduce((worst, error) => Math.max(worst, error), 0); // NaN stays
}

test("the sum and the product of two floats come back with every bit", async ({ device }) => {
  // Within 2²⁸ of each other, so that float64 holds the sum exactly; at 2⁻²⁰ … 2²⁰ products are exact and normal too.
  const [a, b] = [oddFloats(14), oddFloats(14)];
  const sums = await evaluate(device, { expression: "two_sum(a.hi, b.hi)", a, b });
  const products = await evaluate(device, { expression: "two_product(a.hi, b.hi)", a, b });
  for (const [pairs, exact] of [
    [sums, a.map((value, i) => value + (b[i] as number))],
    [products, a.map((value, i) => value * (b[i] as number))],
  ] as const) {
    expect(joinTwoFloat(pairs)).toEqual(exact);
    expect(pairs.filter((_, i) => i % 2 === 0)).toEqual(Float32Array.from(exact));
  }
});

test("a small addend is not lost, and no remainder stays", async ({ device }) => {
  const a = Float64Array.of(1e10, 2 ** 24, 1, -3, 16777215);
  const b = Float64Array.of(Math.fround(1e-10), 1, -(2 ** -40), 3, 16777213);
  const sum = await evaluate(device, { expression: "two_sum(a.hi, b.hi)", a, b });
  expect([...sum.subarray(0, 2)]).toEqual([1e10, b[0]]);
  const back = await evaluate(device, { expression: "tf_add(tf_add(a, b), tf_negate(a))", a, b });
  expect([...joinTwoFloat(back)]).toEqual([...b]);
  const nothing = await evaluate(device, { expression: "tf_add(a, tf_negate(a))", a: twoFloats(30) });
  expect(nothing.every((value) => value === 0)).toBe(true);
});

test("sum, product and quotient are correct to 2⁻⁴⁴, and their hi is the nearest float32", async ({ device }) => {
  const [a, b] = [twoFloats(20), twoFloats(20)];
  const at = (i: number) => [a[i] as number, b[i] as number] as const;
  const operations = {
    "tf_add(a, b)": (i: number) => at(i)[0] + at(i)[1],
    "tf_mul(a, b)": (i: number) => at(i)[0] * at(i)[1],
    "tf_div(a, b)": (i: number) => at(i)[0] / at(i)[1],
    "tf_div(tf_mul(a, b), b)": (i: number) => at(i)[0],
  };
  for (const [expression, expected] of Object.entries(operations)) {
    const pairs = await evaluate(device, { expression, a, b });
    const bound = expression.startsWith("tf_div(tf_mul") ? 2 ** -43 : 2 ** -44;
    expect(worstRelativeError(pairs, expected), expression).toBeLessThanOrEqual(bound);
    const normal = pairs.every((hi, i) => i % 2 === 1 || Math.fround(hi + (pairs[i + 1] as number)) === hi);
    expect(normal, `${expression}: hi + lo rounds to hi`).toBe(true);
  }
});

test("a sum that cancels keeps its relative accuracy", async ({ device }) => {
  const a = twoFloats(3);
  const b = a.map((value) => -value * (1 + 2 ** -20 * uniform()));
  const held = joinTwoFloat(splitTwoFloat(b));
  const pairs = await evaluate(device, { expression: "tf_add(a, b)", a, b: held });
  expect(worstRelativeError(pairs, (i) => (a[i] as number) + (held[i] as number))).toBeLessThanOrEqual(2 ** -44);
});

test.for<[ActivationName, number[]]>([
  ["relu", [0.01, 1, 1e5]],
  ["relu2", [0.01, 1, 1e5]],
  ["relu7", [0.01, 1, 1e5]],
  ["tanh", [1e-6, 0.01, 1, 30]],
  ["gelu", [1e-6, 0.01, 1, 30]],
  ["silu", [1e-6, 0.01, 1, 200]],
  ["sinc", [1e-6, 0.01, 1, 1e5, 1e8]],
  ["gaussian", [1e-6, 0.01, 1, 30]],
  ["sine", [1e-6, 0.01, 1, 1e5, 1e8]],
])("%s is correct to 2⁻⁴⁴ before its entry is rounded", async ([name, scales], { device }) => {
  const { form, power } = activationForm(name);
  const activation = activationFunction(name);
  for (const scale of scales) {
    const a = joinTwoFloat(splitTwoFloat(twoFloats(0).map((value) => 2 * scale * value)));
    const functions = activationCode(form satisfies ActivationForm);
    const pairs = await evaluate(device, { expression: `activation(a, ${power}u)`, functions, a });
    const values = a.map(activation);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // A product errs by 5·2⁻⁴⁸; the longest chain, relu7, has four, doubled as powers grow.
    const bound = name === "relu7" ? 2 ** -43 : 2 ** -44;
    expect(
      worstRelativeError(
        pairs,
        (i) => values[i] as number,
        () => largest,
      ),
      `|z| ≤ ${scale}`,
    ).toBeLessThanOrEqual(bound);
  }
});
