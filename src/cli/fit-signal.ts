import { ArgumentError, psnr } from "../index.ts";
import { type FitOptions, peakOf, planDescent, requireFitOptions } from "./fit-plan.ts";
import { decompose, readMethod } from "./method.ts";
import { toNpy } from "./npy.ts";
import { writeOutputs } from "./outputs.ts";
import { networkPositions } from "./positions.ts";
import { report, spectrumFields, withEngine } from "./session.ts";
import { readSignal } from "./signal.ts";

/** Fits a signal by the SVD of its activation matrix, which gives the steps that keep K components. */
export async function fitSignal(path: string, options: FitOptions): Promise<void> {
  const { activation, width, scale = width, components, out } = options;
  for (const option of ["directions", "keep"] as const) {
    if (options[option] !== undefined) throw new ArgumentError(`--${option}: given for a signal, a picture expected`);
  }
  const chosen = readMethod(options);
  const { values: signal, file } = readSignal(path);
  requireFitOptions(options, { path, count: signal.length, what: "samples" });

  const result = await withEngine(async (engine, run) => {
    const { x, b } = networkPositions(engine, "offset", signal.length, width);
    const matrix = await engine.activationMatrix({ activation, scale, x, b });
    const { needsBasis = false, dependsOnTargets = false } = chosen.definition;
    const needs = { needsBasis, needsTargets: dependsOnTargets && components !== undefined };
    const { spectrum, problem, ...basis } = await decompose(engine, matrix, signal, needs, run);
    const { method, iterations, printed } = planDescent(options, scale, chosen, {
      spectrum,
      problem,
      samples: signal.length,
    });
    const { prediction, weights } = await engine.descend(matrix, signal, { ...run, ...basis, method, iterations });
    if (out !== undefined) writeOutputs([{ path: out, data: toNpy(prediction, [prediction.length]) }], run.signal);
    return {
      ...spectrumFields(engine, spectrum),
      signal: file,
      ...printed,
      psnr: psnr(signal, prediction, peakOf(signal)),
      prediction,
      weights,
    };
  });
  await report(result);
}
