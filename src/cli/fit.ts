import { Command } from "commander";
import {
  ArgumentError,
  chooseMethod,
  iterationsToKeep,
  type Method,
  psnr,
  type SpectralProblem,
  type Spectrum,
} from "../index.ts";
import { addMethodOptions, decompose, type MethodOptions, methodHelp, readMethod } from "./method.ts";
import { toNpy } from "./npy.ts";
import { addNetworkOptions, jsonOption, type NetworkOptions, positiveInteger } from "./options.ts";
import { requireWritable, writeOutputs } from "./outputs.ts";
import { networkPositions } from "./positions.ts";
import { report, spectrumFields, withEngine } from "./session.ts";
import { readSignal } from "./signal.ts";

interface FitOptions extends NetworkOptions, MethodOptions {
  readonly components?: number;
  readonly iterations?: number;
  readonly out?: string;
}

export function fitCommand(): Command {
  const command = addNetworkOptions(new Command("fit"), "M, as in the paper's figure 6a");
  return addMethodOptions(command)
    .description(
      "gradient descent, or another method, from w = 0 on ½‖Aw − y‖², for a signal y at x = (n+1)/N and biases b = m/M",
    )
    .argument("<signal>", "signal.npy (float32 or float64, 1-D) or signal.csv (one column or one row of numbers)")
    .option(
      "--components <K>",
      "iterate until K principal components are kept to 1/e (for gd Proposition 4.2)",
      positiveInteger,
    )
    .option("--iterations <q>", "iterate q times", positiveInteger)
    .option("--out <fit.npy>", "write the prediction, float32, to this file")
    .addOption(jsonOption())
    .addHelpText("after", methodHelp())
    .addHelpText("after", "\nsignal says how the file was read: a CSV's delimiter, decimal mark and header.")
    .addHelpText("after", "\npsnr is in dB, with the peak max(1, max|y|); null where the prediction equals the signal.")
    .action(runFit);
}

async function runFit(path: string, options: FitOptions): Promise<void> {
  const { activation, width, scale = width, components, out } = options;
  if ((components === undefined) === (options.iterations === undefined)) {
    const given = components === undefined ? "neither" : "both";
    throw new ArgumentError(`${given} of --components and --iterations given, one of them expected`);
  }
  const { definition, parameters: given } = readMethod(options);
  const { values: signal, file } = readSignal(path);
  const most = Math.min(signal.length, width);
  if ((components ?? 0) > most) {
    throw new ArgumentError(`--components: ${components} given, at most min(samples, width) = ${most} expected`);
  }
  if (out !== undefined) requireWritable([out], [path]);

  const result = await withEngine(async (engine, run) => {
    const { x, b } = networkPositions(engine, "offset", signal.length, width);
    const matrix = await engine.activationMatrix({ activation, scale, x, b });
    const { needsBasis = false, dependsOnTargets = false } = definition;
    const needs = { needsBasis, needsTargets: dependsOnTargets && components !== undefined };
    const { spectrum, problem, ...basis } = await decompose(engine, matrix, signal, needs, run);
    const { singularValues } = spectrum;
    if (singularValues[0] === 0)
      throw new ArgumentError(`--activation ${activation} --scale ${scale} gives only zeros`);
    if (components !== undefined) requireAboveNoise(components, spectrum);
    const request = { singularValues, samples: signal.length, parameters: given, ...(components && { components }) };
    const { method, parameters: chosen } = chooseMethod(definition, request);
    const { learningRate, ...parameters } = chosen;
    const iterations = options.iterations ?? iterationsInReach(components ?? 0, method, problem);
    const { prediction, weights } = await engine.descend(matrix, signal, { ...run, ...basis, method, iterations });
    if (out !== undefined) writeOutputs([{ path: out, data: toNpy(prediction, [prediction.length]) }], run.signal);
    const peak = signal.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    return {
      ...spectrumFields(engine, spectrum),
      signal: file,
      method: method.name,
      parameters,
      iterations,
      learningRate,
      psnr: psnr(signal, prediction, peak),
      prediction,
      weights,
    };
  });
  await report(result);
}

/** The engine counts steps in 32 bits. Nobody waits for that many. */
const MOST_ITERATIONS = 2 ** 32 - 2;

const ADVICE = "fewer components or a larger --scale expected";

/** @throws ArgumentError where σ_K is rounding noise: a choice by it would mean nothing. */
function requireAboveNoise(components: number, { singularValues, noiseFloor }: Spectrum): void {
  const floor = noiseFloor[0] ?? 0;
  const last = singularValues[components - 1] ?? 0;
  if (last > floor) return;
  throw new ArgumentError(
    `--components: ${components} given, but σ = ${last} there is below float32's noise floor ${floor}; ${ADVICE}`,
  );
}

/**
 * The iterations that keep K components; those of gradient descent by Proposition 4.2, as in the paper.
 * @throws ArgumentError where they are out of reach, or the method is unstable on this spectrum.
 */
function iterationsInReach(components: number, method: Method, problem: SpectralProblem): number {
  const { singularValues } = problem;
  const iterations = iterationsToKeep({ method, singularValues, components, problem, law: "gradientFlow" });
  if (iterations > MOST_ITERATIONS) {
    throw new ArgumentError(`--components: ${components} given, which takes ${iterations} iterations; ${ADVICE}`);
  }
  return iterations;
}
