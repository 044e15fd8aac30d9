/** `npm run wgsl -- NAME`: the WGSL of a kernel as the compiler sees it; without a name, the names. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { kernelTable, variantsOn } from "../test/support/kernel-table.ts";

const adapters = { gpu: {}, software: { isFallbackAdapter: true }, swiftshader: { architecture: "swiftshader" } };

const program = new Command("npm run wgsl --")
  .description("Prints the WGSL of a kernel in all of its variants, as the compiler sees it.")
  .argument("[name]", "of a kernel, as its file in shaders/; the names unless given")
  .addOption(new Option("--adapter <kind>", "that shapes are for").choices(Object.keys(adapters)).default("gpu"))
  .option("--table", "write the table of kernels into shaders/README.md")
  .action((name: string | undefined, { adapter, table }: { adapter: keyof typeof adapters; table?: true }) => {
    if (table) return writeTable();
    const variants = variantsOn(adapters[adapter]);
    if (name === undefined) return print(Object.keys(variants).join("\n"));
    const own = variants[name];
    if (!own)
      return program.error(`${name}: no kernel has this name; one of ${Object.keys(variants).join(", ")} expected`);
    for (const { label, code, constants = {} } of own) {
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

program.parse();
