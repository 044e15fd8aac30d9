import { type Command, Option } from "commander";
import {
  ArgumentError,
  type Engine,
  type Matrix,
  type MethodName,
  type RunOptions,
  type SpectralProblem,
  type Spectrum,
  type Svd,
} from "../index.ts";
import {
  type ChosenMethod,
  chooseMethod,
  type GivenParameters,
  methodChoices,
  methodNames,
} from "../paper/method-choices.ts";
import { finiteNumber, positiveInteger, positiveNumber } from "./options.ts";

/** The options of a method, each under the name that the library's `methods` have for it. */
export interface MethodOptions extends GivenParameters {
  readonly method: MethodName | "gd";
}

const optionNames: Readonly<Record<keyof GivenParameters, string>> = {
  learningRate: "--learning-rate",
  momentum: "--momentum",
  b: "--b",
  nu: "--nu",
  mu: "--mu",
  seed: "--seed",
};

export function addMethodOptions(command: Command): Command {
  const method = new Option("--method <name>", "gd is gradientDescent").choices(["gd", ...methodNames]).default("gd");
  return command
    .addOption(method)
    .option(
      "--learning-rate <alpha>",
      "step size α (default: 1/σ₁², the iteration-efficient rate, unless listed below)",
      positiveNumber,
    )
    .option("--momentum <beta>", "β of heavyBall and nesterov (default: critical damping at σ_K)", finiteNumber)
    .option("--b <b>", "b of acceleratedNesterov's momentum (t − 1)/(t + b) (default: 2)", finiteNumber)
    .option("--nu <nu>", "ν of nuMethod (default: 1)", positiveNumber)
    .option("--mu <mu>", "μ of iteratedTikhonov and preconditioned (default: listed below)", positiveNumber)
    .option("--seed <count>", "of sgd's draws (default: 1)", positiveInteger);
}

export const methodHelp = `
Methods and the parameters that they have with --components K:
${methodNames.map((name) => `  ${name}: ${methodChoices[name].words}`).join("\n")}`;

function methodName({ method }: MethodOptions): MethodName {
  return method === "gd" ? "gradientDescent" : method;
}

/** @throws ArgumentError where a parameter is given that the method does not have. */
export function requireTaken(options: MethodOptions): void {
  const name = methodName(options);
  const { takes } = methodChoices[name];
  for (const parameter of Object.keys(optionNames) as (keyof GivenParameters)[]) {
    if (options[parameter] === undefined || takes.includes(parameter)) continue;
    const taken = takes.length > 0 ? takes.map((one) => optionNames[one]).join(" and ") : "none";
    throw new ArgumentError(`${optionNames[parameter]}: given for ${name}, which takes ${taken}`);
  }
}

/** @throws ArgumentError where parameters are out of range, or need --components. */
export function createMethod(
  options: MethodOptions & { readonly components?: number },
  singularValues: ArrayLike<number>,
  samples: number,
): ChosenMethod {
  return chooseMethod(methodName(options), { ...options, singularValues, samples });
}

/** The spectrum; from the SVD, with V and Uᵀy, where the method steps by V or its count of steps depends on y. */
export async function decompose(
  engine: Engine,
  matrix: Matrix,
  y: Float64Array,
  options: MethodOptions & { readonly components?: number },
  run: RunOptions,
): Promise<{ spectrum: Spectrum; problem: SpectralProblem; basis?: Svd }> {
  const name = methodName(options);
  if (!methodChoices[name].needsSvd && (name !== "cgls" || options.components === undefined)) {
    const spectrum = await engine.singularValues(matrix, run);
    return { spectrum, problem: { singularValues: spectrum.singularValues, coefficients: [] } };
  }
  const svd = await engine.svd(matrix, run);
  const [problem] = await engine.project(svd, y, run);
  return { spectrum: svd, problem, basis: svd };
}
