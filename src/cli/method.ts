import { type Command, Option } from "commander";
import {
  ArgumentError,
  type Engine,
  type Matrix,
  type MethodDefinition,
  methodDefinitions,
  type RunOptions,
  type SpectralProblem,
  type Spectrum,
  type Svd,
} from "../index.ts";
import { describeChoice } from "../paper/method-comparison.ts";
import { finiteNumber } from "./options.ts";

/** The names that --method takes besides those of the library. */
const shortNames: Readonly<Record<string, string>> = { gd: "gradientDescent" };

/** The name of a method. The parameters are members too, under the names that the library has for them. */
export interface MethodOptions {
  readonly method: string;
}

/** Adds --method, and an option for every parameter of the methods. */
export function addMethodOptions(
  command: Command,
  definitions: readonly MethodDefinition[] = methodDefinitions,
): Command {
  const names = [...Object.keys(shortNames), ...definitions.map(({ name }) => name)];
  command.addOption(new Option("--method <name>", "gd is gradientDescent").choices(names).default("gd"));
  const parameters = Object.assign({}, ...definitions.map((definition) => definition.parameters));
  for (const [name, { description }] of Object.entries<MethodDefinition["parameters"][string]>(parameters)) {
    command.option(`${flagOf(name)} <number>`, `${description} (default: listed below)`, finiteNumber);
  }
  return command;
}

/** The methods with the defaults of their parameters, for the help. */
export function methodHelp(definitions: readonly MethodDefinition[] = methodDefinitions): string {
  const lines = definitions.map((definition) => `  ${definition.name}: ${describeChoice(definition)}`);
  return `\nMethods and the parameters that they have with --components K:\n${lines.join("\n")}`;
}

/**
 * The method that is asked for, and the parameters that are given for it.
 * @throws ArgumentError where a parameter is given that the method does not have, or one is out of range.
 */
export function readMethod(options: MethodOptions): {
  definition: MethodDefinition;
  parameters: Record<string, number>;
} {
  const name = shortNames[options.method] ?? options.method;
  const definition = methodDefinitions.find((one) => one.name === name) as MethodDefinition;
  const names = new Set(methodDefinitions.flatMap(({ parameters }) => Object.keys(parameters)));
  const parameters: Record<string, number> = {};
  for (const [parameter, value] of Object.entries(options)) {
    if (!names.has(parameter)) continue;
    const range = definition.parameters[parameter]?.range;
    if (range === undefined) {
      const taken = Object.keys(definition.parameters).map(flagOf).join(" and ") || "none";
      throw new ArgumentError(`${flagOf(parameter)}: given for ${name}, which takes ${taken}`);
    }
    if (!range.holds(value)) {
      throw new ArgumentError(`${flagOf(parameter)}: ${value} given, ${range.expected} expected`);
    }
    parameters[parameter] = value;
  }
  return { definition, parameters };
}

function flagOf(parameter: string): string {
  return `--${parameter.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The spectrum; from the SVD, with V and Uᵀy, where a step of the method or the count of its steps needs these. */
export async function decompose(
  engine: Engine,
  matrix: Matrix,
  y: Float64Array,
  { needsBasis, needsTargets }: { needsBasis: boolean; needsTargets: boolean },
  run: RunOptions,
): Promise<{ spectrum: Spectrum; problem: SpectralProblem; basis?: Svd }> {
  if (!needsBasis && !needsTargets) {
    const spectrum = await engine.singularValues(matrix, run);
    return { spectrum, problem: { singularValues: spectrum.singularValues, coefficients: [] } };
  }
  const svd = await engine.svd(matrix, run);
  const [problem] = await engine.project(svd, y, run);
  return { spectrum: svd, problem, basis: svd };
}
