import {
  finiteNumbers,
  type NumberRange,
  notNegativeNumbers,
  POSITIVE,
  requireFinite,
  requireFunction,
  requireInteger,
  requireObject,
  requireString,
  requireWithin,
} from "../../checks/values.ts";
import { ofSingularValues } from "../masks.ts";
import type { Iteration, Method } from "./method.ts";

/** What the parameters of a method are chosen from. */
export interface Choice {
  /** λ_k = σ_k², 0 beyond the last σ; k from 1. */
  lambda(k: number): number;
  /** K, the number of components to keep. @throws ArgumentError where it is not given. */
  readonly components: number;
}

/** A number that a method takes. */
export interface MethodParameter<Parameters extends object = object> {
  /** Its letter in formulas: "α". */
  readonly symbol: string;
  /** What it is: "step size α". */
  readonly description: string;
  /** How it is chosen, as a formula: "1/σ₁²". */
  readonly default: string;
  /** The numbers that it may be. */
  readonly range: NumberRange;
  /** Whether `create` has a default of its own for it. */
  readonly isOptional?: boolean;
  /** The number that `default` describes; `chosen` has the parameters that stand before this one. */
  choose(choice: Choice, chosen: Readonly<Parameters>): number;
}

/** What `create` takes: the parameters in one object, or nothing. */
// biome-ignore lint/suspicious/noExplicitAny: a list of definitions holds every type of parameters
export type MethodArguments = [parameters?: any];

/** All that is known of an optimiser. */
export interface MethodDefinition<Name extends string = string, Args extends MethodArguments = MethodArguments> {
  /** Its name in code: "heavyBall". */
  readonly name: Name;
  /** Its name in a sentence: "heavy ball". */
  readonly label: string;
  /** The methods that it belongs to: figures give one hue to a family. */
  readonly family: string;
  /** What its count of iterations does not show: what a step costs, or what has to be known before. */
  readonly remark?: string;
  /**
   * The numbers that it takes, in the order in which they are chosen; σ and N, which a method may take too, are not among
   * them.
   */
  readonly parameters: {
    readonly [P in Exclude<keyof NonNullable<Args[0]>, "singularValues" | "samples"> & string]-?: MethodParameter<
      NonNullable<Args[0]>
    >;
  };
  /** Whether a step multiplies by right singular vectors, so that `descend` needs a `basis`. */
  readonly needsBasis?: boolean;
  /** Whether the filter depends on y. */
  readonly dependsOnTargets?: boolean;
  /** The method with these parameters. @throws ArgumentError where one is out of range. */
  create(...parameters: Args): Method;
}

/** What `defineMethod` takes. `create` leaves out the members of a method that `defineMethod` adds. */
export type MethodDraft<Name extends string, Args extends MethodArguments> = Omit<
  MethodDefinition<Name, Args>,
  "create"
> & {
  create(...parameters: Args): Omit<Method, "name" | "dependsOnTargets">;
};

/** @throws ArgumentError unless `definition` has the members that are read. */
export function requireDefinition(definition: unknown): asserts definition is MethodDefinition {
  requireObject("definition", definition);
  const { name, parameters, create } = definition as MethodDefinition;
  requireString("name", name);
  requireFunction("create", create);
  requireObject("parameters", parameters);
  for (const [key, parameter] of Object.entries(parameters)) {
    requireObject(`parameters.${key}`, parameter);
    requireObject(`parameters.${key}.range`, parameter.range);
    requireFunction(`parameters.${key}.range.holds`, parameter.range.holds);
    requireFunction(`parameters.${key}.choose`, parameter.choose);
  }
}

/**
 * Completes the definition of an optimiser. Its methods carry its name, and the checks that all methods share are added:
 * parameters are an object with numbers in range; masks take only numbers of steps and singular values; coefficients are
 * finite.
 * @throws ArgumentError where a member is missing; from `create` where a parameter is out of range.
 */
export function defineMethod<const Name extends string, Args extends MethodArguments>(
  draft: MethodDraft<Name, Args>,
): MethodDefinition<Name, Args> {
  requireDefinition(draft);
  const parameters = Object.entries<MethodParameter>(draft.parameters);
  return {
    ...draft,
    create(...given) {
      const [own = {}] = given;
      requireObject("parameters", own);
      for (const [name, { range, isOptional }] of parameters) {
        const value = (own as Record<string, unknown>)[name];
        if (value !== undefined || !isOptional) requireWithin(name, value, range);
      }
      const { name, dependsOnTargets = false } = draft;
      return { ...checked(draft.create(...given)), name, dependsOnTargets };
    },
  };
}

/** Reads each member by itself, since an instance of a class inherits some, and calls functions with their `this`. */
function checked(method: Omit<Method, "name" | "dependsOnTargets">): Omit<Method, "name" | "dependsOnTargets"> {
  requireObject("create(…)", method);
  requireFunction("create(…).mask", method.mask);
  requireObject("create(…).iteration", method.iteration);
  const { iteration, stableBelow, growth, isMonotone } = method;
  const [envelope, iterationsToKeep] = [method.envelope?.bind(method), method.iterationsToKeep?.bind(method)];
  return {
    mask: (iterations, problem) => {
      requireInteger("iterations", iterations, 0);
      return ofSingularValues(method.mask(iterations, problem));
    },
    iteration: checkedIteration(iteration),
    stableBelow,
    growth,
    ...(isMonotone !== undefined && { isMonotone }),
    ...(envelope && {
      envelope: (iterations: number) => {
        requireInteger("iterations", iterations, 0);
        return ofSingularValues(envelope(iterations));
      },
    }),
    ...(iterationsToKeep && { iterationsToKeep }),
  };
}

function checkedIteration(iteration: Iteration): Iteration {
  if (iteration.kind !== "linear") return iteration;
  const preconditioner = iteration.preconditioner?.bind(iteration);
  return {
    kind: "linear",
    coefficients: (step) => {
      requireInteger("step", step, 1);
      const found = iteration.coefficients(step);
      requireObject(`coefficients of step ${step}`, found);
      for (const [name, value] of Object.entries(found)) requireFinite(`${name} of step ${step}`, value);
      return found;
    },
    ...(preconditioner && {
      preconditioner: (singularValues: ArrayLike<number>) => {
        const { identity, factors } = preconditioner(notNegativeNumbers("singularValues", singularValues));
        return { identity, factors: finiteNumbers("factors", factors) };
      },
    }),
  };
}

/** α = 1/σ₁², gradient descent's iteration-efficient rate: the choice wherever a method allows it. */
export const efficientRate: MethodParameter = {
  symbol: "α",
  description: "step size α",
  default: "1/σ₁²",
  range: POSITIVE,
  choose: ({ lambda }) => 1 / lambda(1),
};

/** A method that grows fast beyond σ₁² is chosen for (1 + MARGIN)·σ₁², because σ₁ has the error of float32. */
export const MARGIN = 1e-3;
