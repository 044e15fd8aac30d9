import { requireNormal, toFloat32 } from "../checks/float32.ts";
import {
  ArgumentError,
  iterationsFor,
  iterationsToKeep,
  type Method,
  type MethodName,
  methods,
  type SpectralProblem,
} from "../index.ts";

/** Parameters given in place of the chosen ones. */
export interface GivenParameters {
  readonly learningRate?: number;
  readonly momentum?: number;
  readonly b?: number;
  readonly nu?: number;
  readonly mu?: number;
  readonly seed?: number;
}

/** What parameters are chosen from. */
export interface ChoiceInput extends GivenParameters {
  /** σ, descending, σ₁ > 0. */
  readonly singularValues: ArrayLike<number>;
  /** N. */
  readonly samples: number;
  /** K, the components to keep. Needed by methods whose parameters depend on it, unless those are given. */
  readonly components?: number;
}

export interface ChosenMethod {
  readonly method: Method;
  /** α, where the method has one. */
  readonly learningRate?: number;
  /** The others. */
  readonly parameters: Readonly<Record<string, number>>;
}

interface Choice {
  /** Its name in a sentence. */
  readonly label: string;
  /** The choice in a formula, with what has to be known of it. */
  readonly words: string;
  /** What may be given. */
  readonly takes: readonly (keyof GivenParameters)[];
  /** A step multiplies by V, so that the SVD has to be known. */
  readonly needsSvd?: true;
  choose(input: Chooser): ChosenMethod;
}

/** A share of σ₁² beyond σ₁, whose float32 error would otherwise let a method that ends sharply at σ₁ diverge. */
const MARGIN = 1e-3;
/** μ/σ₁² of iterated Tikhonov. */
const RIDGE = 1e-3;

/** An input with the quantities that the choices are made of. */
class Chooser {
  constructor(
    readonly given: ChoiceInput,
    readonly name: MethodName,
  ) {}

  /** λ₁ = σ₁². */
  get top(): number {
    return this.lambda(1);
  }

  get learningRate(): number {
    return this.given.learningRate ?? 1 / this.top;
  }

  /** √(ασ_K²), at most 1. @throws ArgumentError without K. */
  get slowest(): number {
    return Math.min(1, Math.sqrt(this.lambda(this.components("momentum or components")) * this.learningRate));
  }

  /** @throws ArgumentError where K is not given, in whose place `expected` would do. */
  components(expected: string): number {
    const { components } = this.given;
    if (components !== undefined) return components;
    throw new ArgumentError(`${this.name} given without ${expected}; its parameters depend on the components to keep`);
  }

  /** λ_k. */
  lambda(k: number): number {
    return (this.given.singularValues[k - 1] ?? 0) ** 2;
  }
}

/**
 * The parameters of each method, chosen from the spectrum to keep K components, in the one place that has them: the
 * comparison of the methods and the command line take theirs from here.
 *   α = 1/σ₁², gradient descent's iteration-efficient rate, wherever a method allows it.
 *   Heavy ball and Nesterov: critical damping at σ_K, where both roots of its recurrence meet: for this α the momentum
 *   whose slowest root of the first K is smallest.
 *   Chebyshev and the ν-method grow without bound beyond the end of their interval: it lies 10⁻³ above σ₁².
 *   Damped Newton: μ = σ_K², and the α for which one step comes nearest to m = 1: within 1/3 for every λ ≥ σ_K².
 *   SGD: no row is longer than σ₁, so that every single run stays bounded, whatever the draws.
 */
export const methodChoices: { readonly [name in MethodName]: Choice } = {
  gradientDescent: {
    label: "gradient descent",
    words: "α = 1/σ₁²",
    takes: ["learningRate"],
    choose: ({ learningRate }) => ({ method: methods.gradientDescent({ learningRate }), learningRate, parameters: {} }),
  },
  heavyBall: {
    label: "heavy ball",
    words: "α = 1/σ₁², β = (1 − σ_K/σ₁)²",
    takes: ["learningRate", "momentum"],
    choose(chooser) {
      const { learningRate } = chooser;
      const momentum = chooser.given.momentum ?? (1 - chooser.slowest) ** 2;
      return { method: methods.heavyBall({ learningRate, momentum }), learningRate, parameters: { momentum } };
    },
  },
  nesterov: {
    label: "Nesterov",
    words: "α = 1/σ₁², β = (σ₁ − σ_K)/(σ₁ + σ_K)",
    takes: ["learningRate", "momentum"],
    choose(chooser) {
      const { learningRate } = chooser;
      const momentum = chooser.given.momentum ?? (1 - chooser.slowest) / (1 + chooser.slowest);
      return { method: methods.nesterov({ learningRate, momentum }), learningRate, parameters: { momentum } };
    },
  },
  acceleratedNesterov: {
    label: "accelerated Nesterov",
    words: "α = 1/σ₁², b = 2",
    takes: ["learningRate", "b"],
    choose({ learningRate, given: { b = 2 } }) {
      return { method: methods.acceleratedNesterov({ learningRate, b }), learningRate, parameters: { b } };
    },
  },
  chebyshev: {
    label: "Chebyshev",
    words: "on [σ_K², 1.001σ₁²]",
    takes: [],
    choose(chooser) {
      const interval = { lower: chooser.lambda(chooser.components("components")), upper: (1 + MARGIN) * chooser.top };
      return { method: methods.chebyshev(interval), parameters: interval };
    },
  },
  nuMethod: {
    label: "ν-method",
    words: "ν = 1, α = 1/(1.001σ₁²)",
    takes: ["learningRate", "nu"],
    choose({ top, given: { nu = 1, learningRate = 1 / ((1 + MARGIN) * top) } }) {
      return { method: methods.nuMethod({ learningRate, nu }), learningRate, parameters: { nu } };
    },
  },
  iteratedTikhonov: {
    label: "iterated Tikhonov",
    words: "μ = 10⁻³σ₁²; a step solves with AᵀA + μ",
    takes: ["mu"],
    needsSvd: true,
    choose({ top, given: { mu = RIDGE * top } }) {
      return { method: methods.iteratedTikhonov({ mu }), parameters: { mu } };
    },
  },
  preconditioned: {
    label: "damped Newton",
    words: "α = 4/3, μ = σ_K²; a step solves with AᵀA + μ",
    takes: ["learningRate", "mu"],
    needsSvd: true,
    choose(chooser) {
      const { learningRate = 4 / 3, mu = chooser.lambda(chooser.components("mu or components")) } = chooser.given;
      return { method: methods.preconditioned({ learningRate, mu }), learningRate, parameters: { mu } };
    },
  },
  eigenPro: {
    label: "EigenPro",
    words: "k = ⌊K/2⌋, α = 1/σ²ₖ₊₁; the first k singular vectors known",
    takes: ["learningRate"],
    needsSvd: true,
    choose(chooser) {
      const { singularValues } = chooser.given;
      const components = Math.max(1, Math.floor(chooser.components("components") / 2));
      const learningRate = chooser.given.learningRate ?? 1 / chooser.lambda(components + 1);
      const method = methods.eigenPro({ learningRate, components, singularValues });
      return { method, learningRate, parameters: { components } };
    },
  },
  cgls: {
    label: "CGLS",
    words: "none; the count depends on y, and holds in exact arithmetic",
    takes: [],
    choose: () => ({ method: methods.cgls(), parameters: {} }),
  },
  sgd: {
    label: "SGD",
    words: "α = 1/σ₁², in the mean; a step sees one row of N",
    takes: ["learningRate", "seed"],
    choose({ learningRate, given: { samples, seed = 1 } }) {
      return { method: methods.sgd({ learningRate, samples, seed }), learningRate, parameters: { seed } };
    },
  },
};

export const methodNames = Object.keys(methodChoices) as readonly MethodName[];

/**
 * @throws ArgumentError where the parameters are out of range, a given rate is too small for float32, or they depend on K
 * and neither they nor K are given.
 */
export function chooseMethod(name: MethodName, input: ChoiceInput): ChosenMethod {
  const { learningRate } = input;
  if (learningRate !== undefined) requireNormal("learningRate", toFloat32("learningRate", [learningRate]));
  return methodChoices[name].choose(new Chooser(input, name));
}

/**
 * The iterations that keep K components: gradient descent's are the paper's, q_K of Proposition 4.2, which counts up to
 * one more than `iterationsToKeep` of its own mask.
 * @throws ArgumentError where another method is unstable on this spectrum, or no number of iterations keeps them.
 */
export function iterationsOf(
  { method, learningRate }: ChosenMethod,
  problem: SpectralProblem,
  components: number,
): number {
  const { singularValues } = problem;
  if (method.name === "gradientDescent" && learningRate !== undefined) {
    return iterationsFor({ singularValues, components, learningRate });
  }
  return iterationsToKeep({ method, singularValues, components, problem });
}
