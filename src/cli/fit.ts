import { Command, Option } from "commander";
import { ArgumentError } from "../index.ts";
import { fitPicture } from "./fit-picture.ts";
import type { FitOptions } from "./fit-plan.ts";
import { fitSignal } from "./fit-signal.ts";
import { addMethodOptions, methodHelp } from "./method.ts";
import { addNetworkOptions, fraction, jsonOption, positiveInteger } from "./options.ts";
import { isPicture } from "./picture-files.ts";

/** `fit`: descends on a signal or a picture, and prints the fit and its quality. */
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
      "signal.npy (float32 or float64, 1-D), signal.csv (one column or one row of numbers), picture.png, picture.jpg " +
        "(transparency is ignored), or picture.npy (rows × columns, or rows × columns × 3)",
    )
    .option(
      "--components <K>",
      "iterate until K principal components are kept to 1/e (for gd Proposition 4.2)",
      positiveInteger,
    )
    .option("--iterations <q>", "iterate q times", positiveInteger)
    .addOption(
      new Option(
        "--directions <law>",
        "a picture's neurons: v ~ N(0, I) or uniform on the circle, drawn by --seed; or v = the raster index, one " +
          "dimension (default: normal)",
      ).choices(["normal", "uniform", "raster"]),
    )
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
