import { requireNormal, toFloat32 } from "../../checks/float32.ts";
import { requireAtMost, requireInteger, requireObject, requireOneOf } from "../../checks/values.ts";
import { ArgumentError } from "../../errors.ts";
import { spectrumOf } from "../proposition.ts";
import { type MethodDefinition, requireDefinition } from "./definition.ts";
import type { Method } from "./method.ts";
import { type MethodName, methodDefinitions } from "./registry.ts";

/** What the parameters of a method are chosen from. */
export interface ChooseOptions {
  /** σ, descending, σ₁ > 0. */
  readonly singularValues: ArrayLike<number>;
  /** N. */
  readonly samples: number;
  /** K, the components to keep. Needed by parameters that depend on it, unless those are given. */
  readonly components?: number;
  /** Parameters that replace the chosen ones, by name. */
  readonly parameters?: Readonly<Record<string, number>>;
}

/** A method and the parameters that it was made with. */
export interface ChosenMethod {
  /** Made by `create` of its definition. */
  readonly method: Method;
  /** The numbers that the method was made with, by name, including those that were given. */
  readonly parameters: Readonly<Record<string, number>>;
}

/**
 * A method with parameters that suit a spectrum and the number K of components to keep. `methodDefinitions` has the choice
 * of every parameter as a formula (`default`). Parameters are chosen in their order: a later one may depend on earlier ones.
 * @param optimiser the name of one of `methods`, or the definition of an optimiser of your own
 * @throws ArgumentError where the optimiser is not known, K is not in 1 … count, a parameter is given that it does not
 * take, one is out of range, as the choice is where σ_K is 0, a given learning rate is too small for float32, or a
 * parameter depends on K and neither of them is given; NotFiniteError where σ is not finite.
 */
export function chooseMethod(optimiser: MethodName | MethodDefinition, options: ChooseOptions): ChosenMethod {
  const definition = typeof optimiser === "object" ? optimiser : definitionOf(optimiser);
  requireDefinition(definition);
  requireObject("options", options);
  const singularValues = spectrumOf(options.singularValues);
  const { samples, components, parameters: given = {} } = options;
  requireInteger("samples", samples, 1);
  if (components !== undefined) {
    requireInteger("components", components, 1);
    requireAtMost("components", components, singularValues.length);
  }
  requireObject("parameters", given);
  requireTaken(definition, given);
  const { learningRate } = given;
  if (learningRate !== undefined) requireNormal("learningRate", toFloat32("learningRate", [learningRate]));

  const parameters: Record<string, number> = {};
  for (const [name, parameter] of Object.entries(definition.parameters)) {
    const choice = {
      lambda: (k: number) => (singularValues[k - 1] ?? 0) ** 2,
      get components() {
        if (components !== undefined) return components;
        throw new ArgumentError(
          `optimiser: ${definition.name} given without ${name} or components, one of them expected: ` +
            `${name} depends on the components to keep`,
        );
      },
    };
    const own = given[name];
    const value = own === undefined ? parameter.choose(choice, parameters) : own;
    if (own === undefined && !parameter.range.holds(value)) {
      throw new ArgumentError(
        `optimiser: ${definition.name} given for a spectrum in which ${name} = ${parameter.default} would be ${value}, ` +
          `${parameter.range.expected} expected`,
      );
    }
    parameters[name] = value;
  }
  return { method: definition.create({ singularValues, samples, ...parameters }), parameters };
}

function definitionOf(name: MethodName): MethodDefinition {
  const definition = methodDefinitions.find((one) => one.name === name);
  requireOneOf(
    "optimiser",
    name,
    methodDefinitions.map((one) => one.name),
  );
  return definition as MethodDefinition;
}

function requireTaken({ name, parameters }: MethodDefinition, given: Readonly<Record<string, number>>): void {
  const foreign = Object.keys(given).find((parameter) => !Object.hasOwn(parameters, parameter));
  if (foreign === undefined) return;
  const taken = Object.keys(parameters).join(" and ");
  throw new ArgumentError(`parameters: ${foreign} given for ${name}, ${taken ? `only ${taken}` : "none"} expected`);
}
