import { expect, test } from "vitest";
import { assertStable, chooseMethod, iterationsToKeep, methodDefinitions } from "../../src/index.ts";
import { compareMethods, describeChoice, methodTables } from "../../src/paper/method-comparison.ts";

const SAMPLES = 48;
const singularValues = Array.from({ length: SAMPLES }, (_, k) => 3 * (k + 1) ** -1.5);
const coefficients = singularValues.map((s, k) => s * Math.cos(k));
const input = { singularValues, samples: SAMPLES };
const methodNames = methodDefinitions.map(({ name }) => name);

test.each(methodNames)("%s is stable with the parameters chosen for any K, and keeps it", (name) => {
  for (const components of [1, 2, 9, 47]) {
    const { method } = chooseMethod(name, { ...input, components });
    expect(method.name).toBe(name);
    expect(() => assertStable(method, 3 * (1 + 1e-6))).not.toThrow();
    const problem = { singularValues, coefficients };
    const iterations = iterationsToKeep({ method, singularValues, components, problem });
    const mask = method.mask(iterations, problem);
    for (const s of singularValues.slice(0, components)) expect(Math.abs(1 - mask(s))).toBeLessThan(1 / Math.E + 1e-9);
  }
});

test("momentum is the best for its rate at σ_K in the long run", () => {
  for (const name of ["heavyBall", "nesterov"] as const) {
    const iterations = (momentum?: number) => {
      const { method } = chooseMethod(name, {
        ...input,
        components: 20,
        ...(momentum && { parameters: { momentum } }),
      });
      return iterationsToKeep({ method, singularValues, components: 20, maskThreshold: 1e-9 });
    };
    const { momentum = 0 } = chooseMethod(name, { ...input, components: 20 }).parameters;
    for (const nudge of [-0.02, 0.004]) expect(iterations(momentum + nudge)).toBeGreaterThan(iterations());
  }
});

test("one step of damped Newton is within a third for all λ ≥ σ_K², and no other α is", () => {
  const farthest = (learningRate?: number) => {
    const { method } = chooseMethod("preconditioned", {
      ...input,
      components: 20,
      ...(learningRate && { parameters: { learningRate } }),
    });
    return Math.max(...singularValues.slice(0, 20).map((s) => Math.abs(1 - method.mask(1)(s))));
  };
  expect(farthest()).toBeCloseTo(1 / 3, 3);
  for (const learningRate of [1.2, 1.4]) expect(farthest(learningRate)).toBeGreaterThan(farthest() + 0.01);
});

test("given parameters replace the chosen ones; where neither they nor K are given it is refused", () => {
  expect(chooseMethod("nesterov", { ...input, parameters: { momentum: 0.3, learningRate: 0.01 } }).parameters).toEqual({
    learningRate: 0.01,
    momentum: 0.3,
  });
  for (const definition of methodDefinitions.filter((one) => /K/.test(describeChoice(one)))) {
    expect(() => chooseMethod(definition, input), definition.name).toThrow(`${definition.name} given without`);
  }
});

test("a definition describes its methods correctly", () => {
  for (const definition of methodDefinitions) {
    const { method } = chooseMethod(definition, { ...input, components: 9 });
    const { iteration, dependsOnTargets } = method;
    const needsBasis = iteration.kind === "linear" && iteration.preconditioner !== undefined;
    expect(needsBasis, definition.name).toBe(definition.needsBasis ?? false);
    expect(dependsOnTargets, definition.name).toBe(definition.dependsOnTargets ?? false);
    if (dependsOnTargets) expect(() => method.mask(3)).toThrow("problem: none given");
    else expect(method.mask(3)(0)).toBe(0);
  }
});

test("a method is monotone where its residual falls with every step, for every y", () => {
  const problem = { singularValues, coefficients };
  for (const definition of methodDefinitions) {
    const { method } = chooseMethod(definition, { ...input, components: 9 });
    const residual = (T: number) => {
      const mask = method.mask(T, problem);
      return Math.hypot(...singularValues.map((s, k) => (1 - mask(s)) * (coefficients[k] as number)));
    };
    const falls = Array.from({ length: 60 }, (_, T) => residual(T + 1) <= residual(T) * (1 + 1e-12)).every(Boolean);
    if (method.isMonotone) expect(falls, definition.name).toBe(true);
    // The other methods have an envelope, which tells where a component that has been fitted may leave again.
    else expect(method.envelope, definition.name).toBeDefined();
  }
});

test("the comparison ends where rounding begins, and its tables leave out what was not compared", async () => {
  const ratios = singularValues.map((s) => s / 3);
  const steep = ratios.map((ratio) => ratio ** 3);
  const fractions: number[] = [];
  const comparison = await compareMethods({ report: (fraction) => fractions.push(fraction) }, [
    { activation: "heaviside", scale: 1, ratios, floor: 1e-7, coefficients },
    { activation: "relu2", scale: 1, ratios: steep, floor: 1e-6, coefficients },
  ]);
  expect(fractions).toEqual([0, 0.5]);
  expect(comparison.components).toEqual([2, 3, 4, 6, 8, 12, 16, 24, 32, 48]);
  const counts = new Map(comparison.curves.map((curve) => [`${curve.activation} ${curve.method}`, curve.iterations]));
  expect(counts.get("heaviside gradientDescent")).toHaveLength(10);
  // 16^−4.5 = 3.8e-6 stands above the floor, 24^−4.5 = 6.1e-7 does not.
  for (const name of methodNames) expect(counts.get(`relu2 ${name}`), name).toHaveLength(7);
  const { method } = chooseMethod("cgls", { singularValues: ratios, samples: SAMPLES });
  const problem = { singularValues: ratios, coefficients };
  expect(counts.get("heaviside cgls")).toEqual(
    comparison.components.map((k) => iterationsToKeep({ method, singularValues: ratios, components: k, problem })),
  );

  const tables = methodTables(comparison);
  expect(tables.map(({ components }) => components)).toEqual([8, 32]);
  const [first, second] = tables;
  expect(first?.activations).toEqual(["Heaviside", "ReLU²"]);
  expect(first?.rows).toHaveLength(methodNames.length);
  const row = (table: typeof first, label: string) => table?.rows.find((one) => one.label === label)?.cells;
  expect(row(first, "gradient descent")?.[0]).toEqual({ iterations: "512", timesFewer: "1×" });
  expect(row(first, "SGD")?.[0]).toEqual({ iterations: "24576", timesFewer: "1/48×" });
  expect(row(second, "Chebyshev")?.[1]).toEqual({ iterations: "–", timesFewer: "" });
});

test("parameters out of range are refused", () => {
  expect(() => chooseMethod("nesterov", { ...input, parameters: { momentum: 1.5 } })).toThrow(
    "momentum: 1.5 given, a number from 0",
  );
  expect(() => chooseMethod("gradientDescent", { ...input, parameters: { learningRate: 1e-50 } })).toThrow(
    "at least 2⁻¹²⁶ expected",
  );
  expect(() => chooseMethod("cgls", { ...input, parameters: { lambda: 1 } })).toThrow(
    "parameters: lambda given for cgls, none expected",
  );
  expect(() => chooseMethod("adam" as "sgd", input)).toThrow('optimiser: "adam" given, one of "gradientDescent", ');
});
