import { Command, Option } from "commander";
import { ArgumentError, efficientLearningRate, iterationsFor, psnr, type Spectrum } from "../index.ts";
import { requireWritable, writeOutput } from "./files.ts";
import { networkGrid } from "./grid.ts";
import { toNpy } from "./npy.ts";
import { addNetworkOptions, jsonOption, type NetworkOptions, positiveInteger, positiveNumber } from "./options.ts";
import { report, spectrumFields, withEngine } from "./session.ts";
import { readSignal } from "./signal.ts";

interface FitOptions extends NetworkOptions {
  readonly components?: number;
  readonly iterations?: number;
  readonly learningRate?: number;
  readonly out?: string;
}

export function fitCommand(): Command {
  return addNetworkOptions(new Command("fit"), "M, as in the paper's figure 6a")
    .description("gradient descent from w = 0 on ½‖Aw − y‖², for a signal y at x = (n+1)/N and biases b = m/M")
    .argument("<signal>", "signal.npy (float32 or float64, 1-D) or signal.csv (one column or one row of numbers)")
    .option("--components <K>", "iterate until K principal components are kept (Proposition 4.2)", positiveInteger)
    .option("--iterations <q>", "iterate q times", positiveInteger)
    .option("--learning-rate <alpha>", "step size α (default: 1/σ₁², the iteration-efficient rate)", positiveNumber)
    .addOption(new Option("--method <name>", "gd: gradient descent").choices(["gd"]).default("gd"))
    .option("--out <fit.npy>", "write the prediction, float32, to this file")
    .addOption(jsonOption())
    .addHelpText("after", "\npsnr is in dB, with the peak max(1, max|y|); null where the prediction equals the signal.")
    .action(runFit);
}

async function runFit(path: string, options: FitOptions): Promise<void> {
  const { activation, width, scale = width, out } = options;
  if ((options.components === undefined) === (options.iterations === undefined)) {
    const given = options.components === undefined ? "neither" : "both";
    throw new ArgumentError(`${given} of --components and --iterations given, one of them expected`);
  }
  const signal = readSignal(path);
  const most = Math.min(signal.length, width);
  if ((options.components ?? 0) > most) {
    throw new ArgumentError(
      `--components: ${options.components} given, at most min(samples, width) = ${most} expected`,
    );
  }
  if (out !== undefined) requireWritable(out);

  const result = await withEngine(async (engine, run) => {
    const { x, b } = networkGrid(engine, "offset", signal.length, width);
    const matrix = await engine.activationMatrix({ activation, scale, x, b });
    const spectrum = await engine.singularValues(matrix, run);
    const { singularValues } = spectrum;
    if (singularValues[0] === 0)
      throw new ArgumentError(`--activation ${activation} --scale ${scale} gives only zeros`);
    const learningRate = options.learningRate ?? efficientLearningRate(singularValues);
    const iterations = options.iterations ?? iterationsToKeep(options.components ?? 0, spectrum, learningRate);
    const { prediction, weights } = await engine.descend(matrix, signal, { ...run, learningRate, iterations });
    if (out !== undefined) writeOutput(out, toNpy(prediction, [prediction.length]));
    const peak = signal.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    return {
      ...spectrumFields(engine, spectrum),
      iterations,
      learningRate,
      psnr: psnr(signal, prediction, peak),
      prediction,
      weights,
    };
  });
  await report(result);
}

/** What gradient descent counts its steps with, 32 bits, and far more than anyone waits for. */
const MOST_ITERATIONS = 2 ** 32 - 2;

/** @throws ArgumentError where σ_K is no more than rounding noise, so that q would mean nothing, or q is out of reach. */
function iterationsToKeep(components: number, { singularValues, noiseFloor }: Spectrum, learningRate: number): number {
  const floor = noiseFloor[0] ?? 0;
  const last = singularValues[components - 1] ?? 0;
  const advice = "fewer components or a larger --scale expected";
  if (last <= floor) {
    throw new ArgumentError(
      `--components: ${components} given, but σ = ${last} there is below float32's noise floor ${floor}; ${advice}`,
    );
  }
  const iterations = iterationsFor({ singularValues, components, learningRate });
  if (iterations > MOST_ITERATIONS) {
    throw new ArgumentError(`--components: ${components} given, which takes ${iterations} iterations; ${advice}`);
  }
  return iterations;
}
