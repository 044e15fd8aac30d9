import type { Command } from "commander";
import { svdComparison } from "../../demo/benchmark/svd/libraries.ts";
import { svdText } from "../../demo/benchmark/svd/text.ts";
import { benchmarkCommand } from "./command.ts";

export function svdCommand(): Command {
  return benchmarkCommand({
    name: "svd",
    description: "SVD of ReLU matrices, n × n: times, ratios to this engine's, accuracy",
    sizes: svdComparison.sizes,
    defaults: [32, 64, 128, 256],
    text: svdText,
  });
}
