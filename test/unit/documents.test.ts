/** What a reader relies on in the documents: names that exist, directions of import, lists that are complete. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import biome from "../../biome.json" with { type: "json" };
import { Engine } from "../../src/engine.ts";
import * as spectral from "../../src/index.ts";
import { studies } from "../../src/paper/registry.ts";
import { codeOf, documents, read, snippetsOf } from "../support/markdown.ts";
import { root } from "../support/package.ts";

const folders = ["src", "shaders", "test", "demo", "scripts", "docs"];
const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true }).map((path) => join(folder, String(path))),
);
const names = new Set([...files, ...readdirSync(root)].map((path) => path.slice(path.lastIndexOf("/") + 1)));

describe.each(documents)("%s", (document) => {
  test("names files and folders that exist", () => {
    const missing = codeOf(document).filter((code) => {
      if (folders.some((folder) => code.startsWith(`${folder}/`)) && /^[\w./-]+$/.test(code)) {
        return !existsSync(join(root, code));
      }
      return /^[\w-]+\.(ts|mjs|md|json)$/.test(code) && !names.has(code);
    });
    expect(missing).toEqual([]);
  });

  test("shows code only in languages whose snippets are tested, and text", () => {
    const fences = read(document).match(/^ *```/gm) ?? [];
    const snippets = snippetsOf(document);
    expect(snippets).toHaveLength(fences.length / 2);
    const others = snippets.filter(({ language }) => !["ts", "sh", "json", "txt"].includes(language));
    expect(others).toEqual([]);
  });

  test("links to files that exist", () => {
    const links = Array.from(read(document).matchAll(/\]\(([^)#]+)[^)]*\)/g), ([, link = ""]) => link);
    const local = links.filter((link) => !link.startsWith("https://"));
    expect(local.filter((link) => !existsSync(join(root, dirname(document), link)))).toEqual([]);
  });
});

describe("the table of ARCHITECTURE.md", () => {
  /** What stands in the column "imports", by what stands in the first. */
  const table = new Map(
    Array.from(
      read("ARCHITECTURE.md").matchAll(/^\| `([^`]+)` \| .* \| ([^|]*) \|$/gm),
      ([, path = "", imports = ""]) => [path, imports === "nothing" ? [] : imports.split(", ").sort()],
    ),
  );

  test("has every folder and file of src", () => {
    const own = readdirSync(join(root, "src")).filter((name) => !name.endsWith(".d.ts"));
    expect([...table.keys()]).toEqual(expect.arrayContaining(own.map((name) => `src/${name}`)));
  });

  /** The exceptions of biome's rule for a folder, which are what it may import: the names of folders and files. */
  const allowed = biome.overrides.flatMap(({ includes, linter }) => {
    const restricted = (linter?.rules as { style?: { noRestrictedImports?: Rule } } | undefined)?.style
      ?.noRestrictedImports;
    if (!restricted) return [];
    const path = (includes[0] as string).replace("/**", "");
    const names = restricted.options.patterns
      .flatMap(({ group }) => group)
      .filter((pattern) => /^!(\.|\*\*)/.test(pattern) && !["!./**", "!../shared/**"].includes(pattern))
      .map((pattern) =>
        pattern === "!../*.ts" ? "theory" : pattern.replace(/^!(\.+\/|\*\*\/)*(src\/)?|\/\*\*$|\.ts$/g, ""),
      );
    return [{ path, imports: [...new Set(names)].sort() }];
  });

  test.each(allowed)("says what biome.json lets $path import", ({ path, imports }) => {
    expect(table.get(path)).toEqual(imports);
  });
});

interface Rule {
  readonly options: { readonly patterns: readonly { readonly group: readonly string[] }[] };
}

test("shaders/README.md lists every file of shaders/shared", () => {
  const listed = Array.from(read("shaders/README.md").matchAll(/^\| `([\w-]+\.ts)` \|/gm), ([, name]) => name);
  expect(listed.sort()).toEqual(readdirSync(join(root, "shaders/shared")));
});

test("docs/claims.md has every claim and law, in the order of the registry", () => {
  const listed = Array.from(read("docs/claims.md").matchAll(/^\| ([CL]\d+) \|/gm), ([, id]) => id);
  expect(listed).toEqual(studies.map(({ id }) => id).filter((id) => id !== "methods"));
});

describe("README.md", () => {
  const text = read("README.md");
  const api = text.slice(text.indexOf("## API"), text.indexOf("## Command line"));

  test("has every public name in its section on the API, and every call of an engine", () => {
    const calls = Object.getOwnPropertyNames(Engine.prototype).filter((name) => name !== "constructor");
    const missing = [...Object.keys(spectral), ...calls].filter((name) => !new RegExp(`\\b${name}\\b`).test(api));
    expect(missing).toEqual([]);
  });

  test("lists the methods, the activations and the masks that there are", () => {
    const called = (name: string) =>
      new Set(Array.from(api.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, "g")), ([, name]) => name));
    expect([...called("methods")].sort()).toEqual(Object.keys(spectral.methods).sort());
    expect([...called("masks")].sort()).toEqual(Object.keys(spectral.masks).sort());
    const [, activations = ""] = api.match(/^- Activations are ([\s\S]*?) or an expression/m) ?? [];
    const listed = Array.from(activations.matchAll(/`(\w+)`/g), ([, name]) => name);
    expect(listed).toEqual(spectral.activationNames);
  });
});
