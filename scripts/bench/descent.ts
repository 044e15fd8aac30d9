import type { Command } from "commander";
import { descentComparison } from "../../demo/benchmark/descent/libraries.ts";
import { descentText } from "../../demo/benchmark/descent/text.ts";
import { benchmarkCommand } from "./command.ts";

export function descentCommand(): Command {
  return benchmarkCommand({
    name: "descent",
    description: "a step of gradient descent with ReLU matrices, n × n: times, ratios to this engine's, errors",
    sizes: descentComparison.sizes,
    defaults: [128, 256, 512],
    text: descentText,
  });
}
