import { expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import {
  type ActivationName,
  activationForm,
  activationFunction,
  activationMatrixTwin,
  activationNames,
  largestMagnitude,
  parseActivation,
} from "../../src/theory/activations.ts";

/** [z, η(z)] from mpmath with 40 digits. */
const known: Partial<Record<ActivationName, readonly (readonly [number, number])[]>> = {
  heaviside: [
    [-1e-300, 0],
    [0, 1],
    [3, 1],
  ],
  relu: [
    [-2, 0],
    [0, 0],
    [2.5, 2.5],
  ],
  relu3: [
    [-1, 0],
    [0, 0],
    [0.001, 1e-9],
    [2.5, 15.625],
  ],
  tanh: [
    [0.001, 0.0009999996666668],
    [-0.5, -0.46211715726000974],
    [3.25, 0.996997635486526],
    [20, 1],
  ],
  gelu: [
    [0.001, 0.000500398942213911],
    [-0.001, -0.000499601057786089],
    [0.75, 0.5800294857173488],
    [-1.5, -0.1002108019032871],
    [3.25, 3.24812466861223],
    [-6, -5.9195258702261885e-9],
    [-12.5, -4.665705373597142e-35],
    [-30, -1.472014178144456e-196],
  ],
  silu: [
    [0.001, 0.0005002499999791667],
    [-0.5, -0.18877033439907273],
    [3.25, 3.1286876161315793],
    [-30, -2.8072868906517896e-12],
    [-700, -6.90177358063184e-302],
    [800, 800],
  ],
  sinc: [
    [0, 1],
    [7, 0],
    [0.001, 0.999998355066745],
    [-0.5, 0.6366197723675814],
    [1.25, -0.18006326323142122],
    [-7.375, -0.0398752527242307],
    [1000.5, 0.00031815081077840146],
    [123456.75, 1.823141132739008e-6],
  ],
  gaussian: [
    [0.001, 0.999999500000125],
    [-0.5, 0.8824969025845955],
    [3.3, 0.0043178400076330815],
    [-12.7, 9.469379172715963e-36],
  ],
  sine: [
    [0.001, 0.0009999998333333417],
    [3.25, -0.10819513453010837],
    [-1000, -0.8268795405320025],
    [1e5, 0.03574879797201651],
  ],
  impulse: [
    [0, 1],
    [1e-300, 0],
    [-1, 0],
  ],
};

test.each(Object.keys(known) as ActivationName[])("%s agrees with values from mpmath", (name) => {
  const activation = activationFunction(name);
  for (const [z, value] of known[name] ?? []) {
    // Some ten float64 operations; the GELU's tail has the most.
    expect(Math.abs(activation(z) - value), `${name}(${z})`).toBeLessThanOrEqual(2e-15 * Math.abs(value));
  }
});

test("far from 0 the activations reach their limits without overflow", () => {
  for (const z of [1e3, 1e100, 1e308]) {
    expect(["tanh", "gelu", "silu", "gaussian"].map((name) => activationFunction(name as ActivationName)(z))).toEqual([
      1,
      z,
      z,
      0,
    ]);
    expect(
      ["tanh", "gelu", "silu", "gaussian"].map((name) => activationFunction(name as ActivationName)(-z) + 0),
    ).toEqual([-1, 0, 0, 0]);
  }
});

test("every name in the menu parses to itself, and every power has one name", () => {
  for (const name of activationNames) expect(parseActivation(name)).toBe(name);
  expect(["relu0", "relu1", "relu12"].map(parseActivation)).toEqual(["heaviside", "relu", "relu12"]);
  expect(activationForm("relu12")).toEqual({ form: "truncatedPower", power: 12 });
  expect(activationForm("tanh")).toEqual({ form: "tanh", power: 0 });
});

test("a name that is not known is refused with those that are", () => {
  for (const name of ["", "Tanh", "relu-1", "relu1.5", "relu01", "toString"]) {
    expect(() => parseActivation(name)).toThrow(ArgumentError);
    expect(() => parseActivation(name)).toThrow(`"${name}" given, one of heaviside, relu, relu2, relu<p>`);
  }
  expect(() => activationFunction("relu99999999")).toThrow("at most 1048576");
  for (const none of [undefined, null, 5, {}, { wgsl: 5 }]) {
    expect(() => activationFunction(none as never)).toThrow(
      /^activation: .* given, a name or \{ wgsl: "…" \} expected$/,
    );
  }
});

test("the twin places sample n in row n, bias m in column m", () => {
  const input = { activation: "relu", scale: 2, x: [0.5, 1, 3], b: [0, 1] } as const;
  expect([...activationMatrixTwin(input)]).toEqual([1, 0, 2, 0, 6, 4]);
  const plane = { ...input, x: [0.5, 1, 3, -1], v: [1, 0, 2, 3] };
  expect([...activationMatrixTwin(plane)]).toEqual([1, 6, 6, 4]);
});

test("lengths that do not fit are refused", () => {
  const twin = (x: number[], b: number[], v?: number[]) =>
    activationMatrixTwin({ activation: "relu", x, b, ...(v && { v }) });
  expect(() => twin([], [1])).toThrow("x: no numbers given, at least one expected");
  expect(() => twin([1], [])).toThrow("b: no numbers given, at least one expected");
  expect(() => twin([1, 2], [1, 2], [1, 2, 3])).toThrow("v: 3 numbers given, M×D with M = 2");
  expect(() => twin([1, 2], [1, 2], [])).toThrow("v: 0 numbers given");
  expect(() => twin([1, 2, 3], [1, 2], [1, 2, 3, 4])).toThrow("x: 3 numbers given, N×D with D = 2");
});

test("the largest magnitude is that of v·x − b, of z or of the entry", () => {
  const line = { x: [0.25, 1], b: [-3, 0.5] };
  expect(largestMagnitude({ activation: "tanh", ...line })).toBe(4);
  expect(largestMagnitude({ activation: "tanh", scale: 0.001, ...line })).toBe(4);
  expect(largestMagnitude({ activation: { wgsl: "z" }, scale: -10, ...line })).toBe(40);
  expect(largestMagnitude({ activation: "relu3", scale: 10, ...line })).toBe(64000);
  // A negative scale turns the only positive z, 0.25, of the least distance into the largest entry.
  expect(largestMagnitude({ activation: "relu8", scale: -100, ...line })).toBe(25 ** 8);
  expect(largestMagnitude({ activation: "relu", x: [1, -2, 3, 0.5], b: [7], v: [2, -4] })).toBe(2 * 3 + 4 * 2 + 7);
  expect(largestMagnitude({ activation: "relu", x: [1, Number.NaN], b: [0] })).toBeNaN();
});
