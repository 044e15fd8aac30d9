import { Command } from "commander";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { addMethodOptions, methodHelp } from "../../src/cli/method.ts";
import {
  assertStable,
  chooseMethod,
  defineMethod,
  discrepancyIterations,
  gcvIterations,
  iterationsToKeep,
  type Method,
  type MethodDraft,
  methodDefinitions,
  methods,
} from "../../src/index.ts";
import { figureMethods } from "../../src/paper/figure-methods.ts";
import { compareMethods, methodTables } from "../../src/paper/method-comparison.ts";
import { alternating } from "../support/alternating.ts";

const SAMPLES = 48;
const singularValues = Array.from({ length: SAMPLES }, (_, k) => (k + 1) ** -1.5);
const coefficients = singularValues.map((s, k) => s * Math.cos(k));
const definitions = [...methodDefinitions, alternating];

const comparison = compareMethods(
  { report() {} },
  (["heaviside", "relu"] as const).map((activation) => ({
    activation,
    scale: 1,
    ratios: singularValues,
    floor: 1e-7,
    coefficients,
  })),
  definitions,
);

/** Gradient descent with α = ½ and an answer of its own to `iterationsToKeep`, in an object that needs its `this`. */
class InClass implements Omit<Method, "name"> {
  readonly learningRate = 0.5;
  readonly growth = 1;
  get stableBelow() {
    return 2 / this.learningRate;
  }
  get isMonotone() {
    return true;
  }
  mask(iterations: number) {
    return (s: number) => 1 - this.envelope(iterations)(s);
  }
  envelope(iterations: number) {
    return (s: number) => Math.abs(1 - this.learningRate * s * s) ** iterations;
  }
  iterationsToKeep() {
    return 34 * this.learningRate;
  }
  readonly iteration = {
    kind: "linear",
    learningRate: this.learningRate,
    coefficients() {
      return { rate: this.learningRate, momentum: 0, extrapolation: 0 };
    },
    preconditioner(values: ArrayLike<number>) {
      return { identity: 1, factors: Float64Array.from(values, (s) => s * this.learningRate) };
    },
  } as const;
}

test("an optimiser of one's own has its parameters chosen, and those given kept", () => {
  const input = { singularValues, samples: SAMPLES };
  const { parameters } = chooseMethod(alternating, { ...input, components: 4 });
  expect(parameters).toEqual({ learningRate: 1, share: 1 - 1 / 8 });
  const { method } = chooseMethod(alternating, { ...input, parameters: { share: 0.5 } });
  expect(method.name).toBe("alternating");
  expect(method.mask(2)(1 / 2)).toBe(1 - (3 / 4) * (7 / 8));
  expect(() => chooseMethod(alternating, input)).toThrow("alternating given without share or components");
  expect(() => chooseMethod(alternating, { ...input, parameters: { share: 2 } })).toThrow("share: 2 given, a number");
});

test("the rules that count iterations take it: each answer is the first of all T", () => {
  const { method } = chooseMethod(alternating, { singularValues, samples: SAMPLES, components: 6 });
  assertStable(method, 1);
  expect(() => assertStable(method, 1.5)).toThrow("alternating at σ₁² = 2.25 given");
  const firstWhere = (holds: (T: number) => boolean) => Array.from({ length: 1000 }, (_, T) => T).findIndex(holds);

  const last = singularValues[5] as number;
  const kept = firstWhere((T) => 1 - method.mask(T)(last) <= 1 / Math.E);
  expect(iterationsToKeep({ method, singularValues, components: 6 })).toBe(kept);

  const problem = { method, singularValues, coefficients, outside: 0, samples: 60, maxIterations: 1000 };
  const left = (T: number) => singularValues.map((s) => 1 - method.mask(T)(s));
  const square = (T: number) => left(T).reduce((sum, r, k) => sum + (r * (coefficients[k] as number)) ** 2, 0);
  const noise = 0.01;
  expect(discrepancyIterations({ ...problem, noise, tau: 1 })).toBe(firstWhere((T) => square(T) <= 60 * noise ** 2));
  const scores = Array.from({ length: 1001 }, (_, T) => square(T) / (12 + left(T).reduce((a, b) => a + b)) ** 2);
  expect(gcvIterations(problem)).toBe(scores.indexOf(Math.min(...scores)));
});

test("a method without a definition is taken as well, and a wrong member of it is refused by name", () => {
  const { method } = chooseMethod(alternating, { singularValues, samples: SAMPLES, components: 6 });
  const { name, mask, iteration, stableBelow, growth } = method;
  const plain = { name, mask, iteration, stableBelow, growth };
  const problem = { singularValues, coefficients, outside: 0, samples: 60, maxIterations: 1000, noise: 0.01 };
  const answers = (method: Method) => [
    iterationsToKeep({ method, singularValues, components: 6 }),
    discrepancyIterations({ ...problem, method }),
    gcvIterations({ ...problem, method }),
  ];
  expect(answers(plain)).toEqual(answers(method));
  expect(answers(Object.create(method))).toEqual(answers(method));
  const wrong = { isMonotone: "yes", dependsOnTargets: 1, envelope: 2, iterationsToKeep: {}, mask: 3, name: 4 };
  for (const [member, value] of Object.entries(wrong)) {
    expect(() => answers({ ...plain, [member]: value }), member).toThrow(`method.${member}: `);
    expect(() => answers(Object.create({ ...plain, [member]: value })), member).toThrow(`method.${member}: `);
  }
});

const draft = {
  name: "own",
  label: "own",
  family: "own",
  parameters: {},
  create: () => new InClass(),
} satisfies MethodDraft<"own", []>;

test("a method may be an instance of a class, which inherits members and reads its own", () => {
  const method = defineMethod(draft).create();
  const same = methods.gradientDescent({ learningRate: 0.5 });
  expect(method).toMatchObject({ name: "own", stableBelow: 4, growth: 1, isMonotone: true });
  expect(method.mask(3)(1)).toBe(same.mask(3)(1));
  expect(method.envelope?.(3)(1)).toBe(1 / 8);
  expect(method.iteration).toMatchObject({ kind: "linear" });
  if (method.iteration.kind !== "linear") return;
  expect(method.iteration.coefficients(1)).toEqual({ rate: 0.5, momentum: 0, extrapolation: 0 });
  expect(method.iteration.preconditioner?.([1])).toEqual({ identity: 1, factors: Float64Array.of(0.5) });
  expect(iterationsToKeep({ method, singularValues, components: 6 })).toBe(17);
});

test("what a definition makes is refused where it is no method", () => {
  const making = (made: unknown) => () => defineMethod({ ...draft, create: () => made as InClass }).create();
  expect(making(undefined)).toThrow("create(…): undefined given, an object expected");
  expect(making({})).toThrow("create(…).mask: undefined given, a function expected");
  expect(making({ mask() {} })).toThrow("create(…).iteration: undefined given, an object expected");
  const iteration = { kind: "linear", coefficients: () => undefined as never } as const;
  const { iteration: read } = making(Object.assign(new InClass(), { iteration }))();
  if (read.kind !== "linear") throw new Error("linear expected");
  expect(() => read.coefficients(3)).toThrow("coefficients of step 3: undefined given, an object expected");
});

test("a number that cannot be chosen is told apart from one that is given", () => {
  const input = { singularValues: [4, 2, 0], samples: 3, components: 3 };
  expect(() => chooseMethod("heavyBall", input)).toThrow(
    "heavyBall given for a spectrum in which momentum = (1 − σ_K/σ₁)² would be 1, a number from 0 to below 1 expected",
  );
  expect(() => chooseMethod("chebyshev", input)).toThrow("lower = σ_K² would be 0, a finite number above 0 expected");
  expect(chooseMethod("heavyBall", { ...input, parameters: { momentum: 0.5 } }).parameters).toEqual({
    learningRate: 1 / 16,
    momentum: 0.5,
  });
  const given = (parameters: object) => () => chooseMethod("heavyBall", { ...input, parameters: { ...parameters } });
  expect(given({ momentum: null })).toThrow("momentum: null given, a number from 0 to below 1 expected");
  expect(given({ toString: 1 })).toThrow("parameters: toString given for heavyBall");
});

test.each(["", "flow", null, 0])("iterationsToKeep refuses the law %o, whatever the method", (law) => {
  for (const method of [
    methods.gradientDescent({ learningRate: 1 }),
    methods.acceleratedNesterov({ learningRate: 1 }),
  ]) {
    const request = { method, singularValues, components: 6, law: law as never };
    expect(() => iterationsToKeep(request)).toThrow('given, "gradientFlow" or "gradientDescent" expected');
  }
});

test("it is in the comparison of the methods, with a row in every table", async () => {
  const { methods, table } = await comparison;
  expect(methods.at(-1)).toEqual({
    method: "alternating",
    label: "alternating rates",
    family: "alternating",
    parameters: "α = 1/σ₁², γ = 1 − σ_K/σ₁; for a test",
  });
  const cells = table.filter((cell) => cell.method === "alternating");
  expect(cells.map(({ activation, components }) => [activation, components])).toEqual(
    [8, 32].flatMap((k) => ["heaviside", "relu"].map((activation) => [activation, k])),
  );
  for (const { timesFewer } of cells) expect(timesFewer).toBeCloseTo(1, 0);
  for (const { rows } of methodTables(await comparison)) {
    expect(rows).toHaveLength(definitions.length);
    expect(rows.at(-1)).toMatchObject({
      label: "alternating rates",
      cells: [{ iterations: expect.stringMatching(/^\d+$/) }, {}],
    });
  }
});

test("the figure draws it, and every curve has a look of its own", async () => {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const { svg } = figureMethods(await comparison, document);
  const words = Array.from(svg.querySelectorAll("text"), ({ textContent }) => textContent);
  for (const { label } of definitions)
    expect(
      words.filter((word) => word === label),
      label,
    ).toHaveLength(2);
  const curves = Array.from(svg.querySelectorAll("[stroke-width='2']"));
  expect(curves).toHaveLength(2 * definitions.length);
  const looks = curves.map((curve) => `${curve.getAttribute("stroke")} ${curve.getAttribute("stroke-dasharray")}`);
  expect(new Set(looks).size).toBe(definitions.length);
});

test("the command line offers it with an option for each of its parameters", () => {
  const command = addMethodOptions(new Command("fit").exitOverride(), definitions);
  const help = command.helpInformation().replace(/\s+/g, " ");
  expect(help).toMatch(/--method <name> .*"gd", "gradientDescent", .*"alternating"/);
  expect(help).toContain("--share <number> share γ of every second step (default: listed below)");
  expect(help.match(/--learning-rate <number>/g)).toHaveLength(1);
  expect(methodHelp(definitions)).toContain("\n  alternating: α = 1/σ₁², γ = 1 − σ_K/σ₁; for a test");
  command.parse(["--method", "alternating", "--share", "0.25"], { from: "user" });
  expect(command.opts()).toEqual({ method: "alternating", share: 0.25 });
});
