import { Command } from "commander";
import type { Precision } from "../index.ts";
import { addNetworkOptions, jsonOption, type NetworkOptions, positiveInteger, precisionOption } from "./options.ts";
import { type GridName, gridOption, networkPositions } from "./positions.ts";
import { report, spectrumFields, withEngine } from "./session.ts";

interface SpectrumCommandOptions extends NetworkOptions {
  readonly samples: number;
  readonly grid: GridName;
  readonly precision: Precision;
}

/** `spectrum`: prints the singular values of an activation matrix on [0, 1]. */
export function spectrumCommand(): Command {
  return addNetworkOptions(new Command("spectrum"), "1")
    .description("singular values of the activation matrix A[n,m] = η(ω·(x_n − b_m)), and their noise floor")
    .requiredOption("--samples <count>", "number of samples N", positiveInteger)
    .addOption(gridOption())
    .addOption(precisionOption())
    .addOption(jsonOption())
    .action(runSpectrum);
}

async function runSpectrum({
  activation,
  samples,
  width,
  scale = 1,
  grid,
  precision,
}: SpectrumCommandOptions): Promise<void> {
  const result = await withEngine(async (engine, run) => {
    const { x, b } = networkPositions(engine, grid, samples, width);
    const matrix = await engine.activationMatrix({ activation, scale, x, b, precision });
    return spectrumFields(engine, await engine.singularValues(matrix, run), precision);
  });
  await report(result);
}
