import { Command } from "commander";
import { ArgumentError, chooseMethod, psnr } from "../index.ts";
import { iterationsInReach, requireAboveNoise } from "./components.ts";
import { directionsOption, type FitOptions, fitPicture, fraction } from "./fit-picture.ts";
import { addMethodOptions, decompose, methodHelp, readMethod } from "./method.ts";
import { toNpy } from "./npy.ts";
import { addNetworkOptions, jsonOption, positiveInteger } from "./options.ts";
import { requireWritable, writeOutputs } from "./outputs.ts";
import { isPicture } from "./picture.ts";
import { networkPositions } from "./positions.ts";
import { report, spectrumFields, withEngine } from "./session.ts";
import { readSignal } from "./signal.ts";

export function fitCommand(): Command {
  const command = addNetworkOptions(
    new Command("fit"),
    "M, as in the paper's figure 6a; √M for a picture in random directions",
  );
  return addMethodOptions(command)
    .description(
      "gradient descent, or another method, from w = 0 on ½‖Aw − y‖², for a signal y at x = (n+1)/N and biases b = m/M, " +
        "or for a picture at the centres of its pixels in the unit square",
    )
    .argument(
      "<file>",
      "signal.npy (float32 or float64, 1-D), signal.csv (one column or one row of numbers), picture.png, picture.jpg, " +
        "or picture.npy (rows × columns, or rows × columns × 3)",
    )
    .option(
      "--components <K>",
      "iterate until K principal components are kept to 1/e (for gd Proposition 4.2)",
      positiveInteger,
    )
    .option("--iterations <q>", "iterate q times", positiveInteger)
    .addOption(directionsOption())
    .option("--keep <share>", "fit this share of a picture's pixels, drawn by --seed, and judge on the rest", fraction)
    .option("--out <fit.npy>", "write the prediction to this file: float32, or PNG for a picture")
    .addOption(jsonOption())
    .addHelpText("after", methodHelp())
    .addHelpText("after", "\nsignal says how the file was read: a CSV's delimiter, decimal mark and header.")
    .addHelpText("after", "\n--seed (default: 1) draws a picture's directions and the pixels to keep.")
    .addHelpText("after", "\npsnr is in dB, with the peak max(1, max|y|); null where the prediction equals the signal.")
    .action(runFit);
}

function runFit(path: string, options: FitOptions): Promise<void> {
  const { components, iterations } = options;
  if ((components === undefined) === (iterations === undefined)) {
    const given = components === undefined ? "neither" : "both";
    throw new ArgumentError(`${given} of --components and --iterations given, one of them expected`);
  }
  return isPicture(path) ? fitPicture(path, options) : fitSignal(path, options);
}

async function fitSignal(path: string, options: FitOptions): Promise<void> {
  const { activation, width, scale = width, components, out } = options;
  for (const option of ["directions", "keep"] as const) {
    if (options[option] !== undefined) throw new ArgumentError(`--${option}: given for a signal, a picture expected`);
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
