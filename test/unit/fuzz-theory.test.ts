import fc from "fast-check";
import { expect, test } from "vitest";
import * as spectral from "../../src/index.ts";
import { ArgumentError, type Mask, type Method, masks, methods, SpectralError } from "../../src/index.ts";
import { hostileValues } from "../support/hostile.ts";

/** What no function here takes, or takes at the ends of its range alone. */
const wrong: readonly (() => unknown)[] = [
  ...hostileValues.map(([, make]) => make),
  ...[-0, 3, 1e15, -1e308, 1e-200].map((value) => () => value),
  ...[[1e308, 1e-308, 0], [1, 1, 1e-200], [-1, 1], [1e-200]].map((list) => () => list.slice()),
  () => new Array(2 ** 32 - 1),
  () => ({ length: 2, 0: 1 }),
  () => Object.freeze({ learningRate: 1, lambda: 1 }),
  () => new Float32Array(0),
  () => new Map(),
];

const wrongValue = fc.integer({ min: 0, max: wrong.length - 1 }).map((at) => wrong[at]?.());

/** `arguments` with one or two of its values, or members or elements of them, made wrong. */
function spoilt(args: fc.Arbitrary<unknown[]>): fc.Arbitrary<unknown[]> {
  const where = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean(), wrongValue), { minLength: 0, maxLength: 2 });
  return fc.tuple(args, where).map(([given, faults]) => {
    const out = given.slice();
    for (const [at, within, whole, fault] of faults) {
      const index = at % Math.max(1, out.length);
      const target = out[index];
      const keys = typeof target === "object" && target !== null ? Object.keys(target) : [];
      if (whole || keys.length === 0) out[index] = fault;
      else {
        const copy = Array.isArray(target) ? target.slice() : { ...(target as object) };
        out[index] = Object.assign(copy, { [keys[within % keys.length] as string]: fault });
      }
    }
    return out;
  });
}

const positive = fc.oneof(fc.double({ min: 0.01, max: 4, noNaN: true }), fc.constantFrom(1e-300, 1e-9, 1, 1e9, 1e300));
const fraction = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const finite = fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constantFrom(-1e308, 1e-300, 0, 1.7e308));
const small = fc.integer({ min: 1, max: 40 });
const steps = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(2 ** 40, 1e15));
const signal = fc.array(finite, { minLength: 4, maxLength: 40 });
const few = fc.integer({ min: 1, max: 4 });
const spectrum = fc
  .array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 3, maxLength: 30 })
  .map((values) => [3, ...values].sort((a, b) => b - a));
const law = fc.constantFrom("gradientFlow", "gradientDescent");
const problem = spectrum.map((singularValues) => ({
  singularValues,
  coefficients: singularValues.map((s, i) => Math.cos(i * i) + s),
}));

const neurons = {
  width: small,
  dimensions: few,
  directions: fc.constantFrom("normal", "uniform"),
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
};

/** Ranges narrower than those of the definitions, so that parameters fit together, and what methods take beside them. */
const narrower: Readonly<Record<string, Record<string, fc.Arbitrary<unknown>>>> = {
  acceleratedNesterov: { b: fc.double({ min: 0, max: 100, noNaN: true }) },
  chebyshev: { lower: fraction, upper: fc.double({ min: 1, max: 1e300, noNaN: true }) },
  nuMethod: { nu: fc.double({ min: 0.01, max: 20, noNaN: true }) },
  eigenPro: {
    learningRate: fraction,
    eigenvectors: fc.integer({ min: 1, max: 3 }),
    singularValues: fc.constant([3, 2, 1, 0.5, 0]),
  },
  sgd: { samples: small },
};

const parameters = Object.fromEntries(
  spectral.methodDefinitions.map(({ name, parameters }) => {
    const inRange = Object.entries(parameters as spectral.MethodDefinition["parameters"]).map(([key, { range }]) => [
      key,
      fc.oneof(positive, fraction, small).filter((value) => range.holds(value)),
    ]);
    return [name, fc.record({ ...Object.fromEntries(inRange), ...narrower[name] })];
  }),
);

const method: fc.Arbitrary<Method> = fc.constantFrom(
  methods.gradientDescent({ learningRate: 0.1 }),
  methods.heavyBall({ learningRate: 0.1, momentum: 0.9 }),
  methods.acceleratedNesterov({ learningRate: 0.1 }),
  methods.chebyshev({ lower: 0.01, upper: 9.1 }),
  methods.nuMethod({ learningRate: 0.1, nu: 1 }),
  methods.cgls(),
  methods.sgd({ learningRate: 0.1, samples: 40, seed: 1 }),
);

const isFiniteNumber = (value: unknown) => Number.isFinite(value);
const isFiniteArray = (value: unknown) => value instanceof Float64Array && value.every(isFiniteNumber);
const areNeurons = (value: unknown) => {
  const { v, b } = value as spectral.Neurons;
  return isFiniteArray(v) && isFiniteArray(b);
};
const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;

const singularValues = [0, 1e-200, 1e-9, 0.3, 1, 2.9, 1e9, 1e200];

/** A mask takes singular values alone, and is finite where `isStable` says so; beyond, a number. */
function isMask(mask: unknown, isStable: (s: number) => boolean): boolean {
  for (const make of wrong) {
    const s = make();
    if (typeof s !== "number" || !(s >= 0 && s < Number.POSITIVE_INFINITY)) {
      expect(() => (mask as (s: unknown) => number)(s)).toThrow(ArgumentError);
    }
  }
  return singularValues.every((s) => {
    const value = (mask as Mask)(s);
    return typeof value === "number" && (isFiniteNumber(value) || !isStable(s));
  });
}

/** A method's masks are finite below `stableBelow`; CGLS's at its problem's own σ. */
function isMethod(value: unknown): boolean {
  const { dependsOnTargets, mask, iteration, stableBelow, growth } = value as Method;
  expect(stableBelow > 0 && growth >= 1).toBe(true);
  if (dependsOnTargets) return true;
  for (const iterations of [0, 1, 7, 1000, 1e15]) {
    expect(
      isMask(mask(iterations), (s) => s * s < stableBelow && s * s < 1e300),
      `T = ${iterations}`,
    ).toBe(true);
  }
  for (const make of wrong) {
    const count = make();
    if (!isCount(count)) expect(() => mask(count as number)).toThrow(ArgumentError);
  }
  for (const step of [1, 2, 1e15]) {
    if (iteration.kind === "linear") expect(orError(() => Object.values(iteration.coefficients(step)))).toBe(true);
  }
  return true;

  function orError(call: () => number[]): boolean {
    try {
      return call().every(isFiniteNumber);
    } catch (error) {
      return error instanceof SpectralError;
    }
  }
}

type Entry = [args: fc.Arbitrary<unknown[]>, isRight: (result: unknown, args: unknown[]) => boolean];

const law4 = { maskThreshold: fraction, law };

/** Every function of the theory that is exported: right arguments, and what a right result is. */
const table: Record<string, Entry> = {
  "masks.ridge": [fc.tuple(fc.record({ lambda: positive })), (mask) => isMask(mask, () => true)],
  "masks.pca": [fc.tuple(fc.record({ threshold: positive })), (mask) => isMask(mask, () => true)],
  // ±Infinity is documented beyond αs² = 2.
  "masks.gradientDescent": [
    fc.tuple(fc.record({ learningRate: positive, iterations: steps })),
    (mask, [given]) => isMask(mask, (s) => (given as { learningRate: number }).learningRate * s * s <= 2),
  ],
  "masks.gradientFlow": [
    fc.tuple(fc.record({ learningRate: positive, iterations: positive })),
    (mask) => isMask(mask, () => true),
  ],
  ...Object.fromEntries(
    Object.entries(parameters).map(([name, given]): [string, Entry] => [
      `methods.${name}`,
      [fc.tuple(given), isMethod],
    ]),
  ),
  "methods.cgls().mask": [
    fc.tuple(steps, problem),
    (mask, [, given]) =>
      Array.from((given as spectral.SpectralProblem).singularValues).every((s) => isFiniteNumber((mask as Mask)(s))) &&
      isMask(mask, () => false),
  ],
  activationFunction: [
    fc.tuple(fc.constantFrom<spectral.Activation>(...spectral.activationNames, { wgsl: "z * exp(-z * z)" })),
    (eta) => [-3, 0, 2].every((z) => isFiniteNumber((eta as (z: number) => number)(z))),
  ],
  parseActivation: [fc.tuple(fc.constantFrom("relu5", "tanh", "heaviside")), (name) => typeof name === "string"],
  dst1Basis: [fc.tuple(small), isFiniteArray],
  dst7Basis: [fc.tuple(small), isFiniteArray],
  dstBaseline: [fc.tuple(signal, few, fc.constantFrom("dst1", "dst7")), isFiniteArray],
  linspace: [fc.tuple(finite, finite, small), isFiniteArray],
  offsetBiases: [fc.tuple(small), isFiniteArray],
  offsetSamples: [fc.tuple(small), isFiniteArray],
  iterationsToKeep: [
    fc.tuple(fc.record({ method, singularValues: spectrum, components: few, maskThreshold: fraction, problem })),
    isCount,
  ],
  chooseMethod: [
    fc.tuple(
      fc.constantFrom(...spectral.methodDefinitions.map(({ name }) => name)),
      fc.record({ singularValues: spectrum, samples: small, components: few, parameters: fc.constant({}) }),
    ),
    (chosen) => isMethod((chosen as spectral.ChosenMethod).method),
  ],
  defineMethod: [
    fc.tuple(fc.constantFrom(...spectral.methodDefinitions)),
    (definition) => typeof (definition as spectral.MethodDefinition).create === "function",
  ],
  assertStable: [fc.tuple(method, positive), (result) => result === undefined],
  componentsFor: [
    fc.tuple(fc.record({ ...law4, singularValues: spectrum, iterations: positive, learningRate: positive })),
    isCount,
  ],
  efficientLearningRate: [fc.tuple(spectrum), isFiniteNumber],
  iterationsAt: [fc.tuple(fc.record({ ...law4, threshold: positive, learningRate: positive })), isFiniteNumber],
  iterationsFor: [
    fc.tuple(fc.record({ ...law4, singularValues: spectrum, components: few, learningRate: fraction })),
    isCount,
  ],
  thresholdAt: [fc.tuple(fc.record({ ...law4, iterations: positive, learningRate: positive })), isFiniteNumber],
  transitionWidth: [fc.tuple(fraction, fraction), isFiniteNumber],
  // Infinity is documented where the signals are equal.
  psnr: [
    fc
      .tuple(fc.array(fc.tuple(finite, finite), { minLength: 1 }), positive)
      .map(([pairs, peak]) => [pairs.map(([value]) => value), pairs.map(([, value]) => value), peak]),
    (decibels, [reference, estimate]) =>
      isFiniteNumber(decibels) ||
      (decibels === Number.POSITIVE_INFINITY &&
        Array.from(reference as number[]).every((value, i) => value === (estimate as number[])[i])),
  ],
  fourierFeatures: [fc.tuple(fc.record({ ...neurons, scale: positive })), areNeurons],
  gridCentres: [fc.tuple(fc.array(few, { minLength: 1, maxLength: 4 })), isFiniteArray],
  randomNeurons: [fc.tuple(fc.record(neurons)), areNeurons],
  randomSplit: [
    fc.tuple(
      fc.record({
        samples: fc.integer({ min: 8, max: 40 }),
        keep: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        seed: small,
      }),
    ),
    (split) => (split as spectral.RandomSplit).kept.length > 0,
  ],
  differenceOperator: [fc.tuple(small, small), isFiniteArray],
  integrationOperator: [fc.tuple(small, small), isFiniteArray],
  splineSmooth: [fc.tuple(signal, fc.integer({ min: 1, max: 6 }), positive), isFiniteArray],
  discrepancyIterations: [
    fc.tuple(
      fc
        .tuple(
          problem,
          method,
          fc.record({ outside: positive, noise: positive, maxIterations: fc.constantFrom(0, 1e3, 1e12) }),
        )
        .map(([given, one, rest]) => ({ ...given, method: one, samples: 40, tau: 1.1, ...rest })),
    ),
    isCount,
  ],
  gcvIterations: [
    fc.tuple(
      fc
        .tuple(problem, method, fc.record({ outside: positive, maxIterations: fc.constantFrom(0, 1e3, 1e12) }))
        .map(([given, one, rest]) => ({ ...given, method: one, samples: 40, ...rest })),
    ),
    isCount,
  ],
};

const callable: Record<string, (...args: never[]) => unknown> = {
  ...Object.fromEntries(Object.entries(spectral).filter(([, value]) => typeof value === "function")),
  ...Object.fromEntries(Object.entries(masks).map(([name, make]) => [`masks.${name}`, make])),
  ...Object.fromEntries(Object.entries(methods).map(([name, make]) => [`methods.${name}`, make])),
  "methods.cgls().mask": methods.cgls().mask,
} as never;

test("the table has every exported function that is no class and needs no device", () => {
  const others = new Set(["createEngine", "requiredLimits"]);
  const isClass = (name: string) => Object.getOwnPropertyDescriptor(callable[name], "prototype")?.writable === false;
  const names = Object.keys(callable).filter((name) => !others.has(name) && !isClass(name));
  expect(Object.keys(table).sort()).toEqual(names.sort());
});

/** CPU time, which other processes do not lengthen. */
const MOST_SECONDS = 2;
const RUNS = 60;

/** What a call gives: its result, or the SpectralError that it throws. */
function outcome(
  call: (...args: unknown[]) => unknown,
  args: unknown[],
): { result: unknown } | { error: SpectralError } {
  const before = process.cpuUsage();
  try {
    return { result: call(...args) };
  } catch (error) {
    if (!(error instanceof SpectralError)) throw error;
    return { error };
  } finally {
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6, "seconds").toBeLessThan(MOST_SECONDS);
  }
}

test.each(Object.entries(table))(
  "%s: a right result or a SpectralError, whatever is given",
  (name, [args, isRight]) => {
    let results = 0;
    fc.assert(
      fc.property(spoilt(args), (given) => {
        const told = outcome(callable[name] as (...args: unknown[]) => unknown, given);
        if ("error" in told) {
          expect(told.error.message.length).toBeLessThan(400);
        } else {
          results++;
          expect(isRight(told.result, given), "the result").toBe(true);
        }
      }),
      { seed: 20, numRuns: RUNS },
    );
    expect(results, "calls that were right").toBeGreaterThan(RUNS / 10);
  },
);
