/** `npm run wgsl -- NAME`: the WGSL of a kernel as the compiler sees it; without a name, the names. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import type { AdapterKind } from "../src/gpu/device.ts";
import { adapters, kernelTable, variantsOn } from "../test/support/kernel-table.ts";

const program = new Command("npm run wgsl --")
  .description("Prints the WGSL of a kernel in all of its variants, as the compiler sees it.")
  .argument("[name]", "of a kernel; without it, the names of all kernels")
  .addOption(
    new Option("--adapter <kind>", "kind of adapter, which decides the shapes of kernels")
      .choices(Object.keys(adapters))
      .default("gpu"),
  )
  .option("--table", "write the table of kernels into shaders/README.md")
  .action((name: string | undefined, { adapter, table }: { adapter: AdapterKind; table?: true }) => {
    if (table) return writeTable();
    const variants = Object.values(variantsOn(adapter)).flat();
    const names = [...new Set(variants.map(({ kernel }) => kernel.name))];
    if (name === undefined) return print(names.join("\n"));
    if (!names.includes(name))
      return program.error(`${name}: no kernel has this name, one of ${names.join("; ")} expected`);
    for (const { kernel, label, code, constants } of variants) {
      if (kernel.name !== name) continue;
      print(`// ${label}${Object.keys(constants).length > 0 ? `, with ${JSON.stringify(constants)}` : ""}\n${code}`);
    }
  });

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function writeTable(): void {
  const path = join(import.meta.dirname, "../shaders/README.md");
  const text = readFileSync(path, "utf8");
  writeFileSync(
    path,
    text.replace(/^\| kernel [\s\S]*?(?=\n\n)/m, () => kernelTable()),
  );
}

// A reader may close the pipe early, as head does.
process.stdout.on("error", () => {});
program.parse();
