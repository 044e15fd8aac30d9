import type { Command } from "commander";
import { widthComparison } from "../../demo/benchmark/width/forms.ts";
import { widthText } from "../../demo/benchmark/width/text.ts";
import { benchmarkCommand } from "./command.ts";

export function widthCommand(): Command {
  return benchmarkCommand({
    name: "width",
    description: "a step of gradient descent with ReLU matrices, n × n: stored, generated and as a scan",
    sizes: widthComparison.sizes,
    defaults: widthComparison.sizes.filter((_, i) => i % 2 === 0),
    text: widthText,
  });
}
