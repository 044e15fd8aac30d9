/** What the documents show runs: programs in TypeScript, commands, and the JSON that these print. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { dawn } from "../../src/node.ts";
import { cli } from "../support/cli.ts";
import { requireCommand } from "../support/documented-commands.ts";
import { commandsOf, documents, type Program, programsOf, snippetsOf } from "../support/markdown.ts";
import { root } from "../support/package.ts";

describe("programs in TypeScript", () => {
  const folder = mkdtempSync(join(tmpdir(), "snippets-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  const programs = documents.flatMap(programsOf);
  const nameOf = ({ document, line }: Program) => `${document.replaceAll("/", "-")}-${line}.ts`;
  const sources: Record<string, string> = {
    "spectral-shrinkage": "src/index.ts",
    "spectral-shrinkage/node": "src/node.ts",
  };

  /** The program with the paths of this repository in place of the package's names and of relative paths. */
  function resolved({ text }: Program): string {
    const [, place = ""] = text.match(/^\s*\/\/ (\S+\.ts)$/m) ?? [];
    return text.replace(/from "([^"]+)"/g, (whole, name: string) => {
      const path = sources[name] ?? (name.startsWith(".") ? join(place, "..", name) : undefined);
      return path ? `from "${join(root, path)}"` : whole;
    });
  }

  beforeAll(async () => {
    for (const program of programs) writeFileSync(join(folder, nameOf(program)), resolved(program));
    Object.defineProperty(globalThis, "navigator", { value: { gpu: await dawn() }, configurable: true });
  });

  test("have no type errors", () => {
    const modules = join(root, "node_modules");
    const config = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        noUncheckedIndexedAccess: false, // as in most projects of users
        types: ["@webgpu/types", "node"],
        typeRoots: [modules, join(modules, "@types")],
      },
      include: ["*.ts", join(root, "src/wgsl-preprocessor.d.ts")],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(modules, "typescript/lib/tsc.js");
    expect(spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" }).stdout).toBe("");
  });

  /** What a program says of each line that it prints: `console.log(…); // 32`. */
  function claimsOf({ text }: Program): string[] {
    const lines = text.matchAll(/^\s*console\.log\(.*\);(?: \/\/ (.*))?$/gm);
    return Array.from(lines, ([, claim = "a claim is missing"]) => claim);
  }

  test.each(programs)("$document, line $line, prints what its comments say", async (program) => {
    const printed: string[] = [];
    using _ = vi.spyOn(console, "log").mockImplementation((...values) => printed.push(format(...values)));
    await import(join(folder, nameOf(program)));
    expect(printed).toEqual(claimsOf(program));
  });
});

test.each(documents.flatMap(commandsOf))("$document: `$text` can be given", ({ text }) => {
  expect(() => requireCommand(text)).not.toThrow();
});

/** The last command of a shell snippet, with the JSON that the next snippet shows. */
const outputs = documents.flatMap((document) =>
  snippetsOf(document).flatMap(({ language, text }, i, all) => {
    if (language !== "json") return [];
    const command = all[i - 1]?.text.trim().split("\n").at(-1) ?? "";
    return [{ document, command, shown: JSON.parse(text) as Record<string, unknown> }];
  }),
);

test.each(outputs)("$document: `$command` prints the JSON that is shown", async ({ command, shown }) => {
  const [, args = ""] = command.match(/^npx spectral-shrinkage (.*)$/) ?? [];
  const { stdout, stderr } = await cli(args.split(" "));
  expect(stderr).toBe("");
  const printed = JSON.parse(stdout) as Record<string, unknown>;
  expect(Object.keys(printed)).toEqual(Object.keys(shown));
  for (const [key, value] of Object.entries(shown)) expect([key, printed[key]]).toEqual([key, like(value)]);
});

/** Numbers to the digits that are shown; of a text, that it is one: adapters differ. */
function like(shown: unknown): unknown {
  if (Array.isArray(shown)) return shown.map(like);
  if (typeof shown === "string") return expect.any(String);
  if (typeof shown !== "number") return shown;
  const [, decimals = "", exponent = "0"] = `${shown}`.match(/^[^.e]+\.?(\d*)(?:e(.*))?$/) ?? [];
  return expect.closeTo(shown, decimals.length - Number(exponent));
}
