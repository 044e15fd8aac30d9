import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { AdapterKind } from "../../src/gpu/device.ts";
import { adapters, kernelTable, variantsOn } from "../support/kernel-table.ts";

describe.each(Object.keys(adapters) as AdapterKind[])("on %s", (kind) => {
  const variants = variantsOn(kind);
  const all = Object.values(variants).flat();

  test("every file of shaders/ has its variants", () => {
    const files = readdirSync("shaders").filter((name) => name.endsWith(".ts"));
    expect(Object.keys(variants).sort()).toEqual(files.map((name) => name.slice(0, -".ts".length)).sort());
    expect(all.filter(({ code }) => !code.includes("fn main("))).toEqual([]);
    const distinct = new Set(all.map(({ code, constants }) => JSON.stringify(constants) + code));
    expect(distinct.size, "variants that are listed once").toBe(all.length);
  });

  test("bindings come in the order uniform, read-only, written", () => {
    const order = ["<uniform>", "<storage, read>", "<storage, read_write>"];
    for (const { label, code } of all) {
      const bindings = Array.from(code.matchAll(/@binding\((\d+)\) var(<[^>]*>)?/g), ([, place, kind]) => ({
        place: Number(place),
        kind: order.indexOf(kind ?? "<storage, read>"), // textures are read
      }));
      expect(
        bindings.map(({ place }) => place),
        label,
      ).toEqual([...bindings.keys()]);
      const kinds = bindings.map(({ kind }) => kind);
      expect(kinds, label).toEqual(kinds.toSorted((a, b) => a - b));
      expect(kinds.at(0), label).toBeGreaterThanOrEqual(0);
    }
  });

  test("a known variant is the same kernel again, and no text is put together for it", () => {
    const again = Object.values(variantsOn(kind)).flat();
    const other = all.filter(({ kernel }, i) => kernel !== again[i]?.kernel);
    expect(other.filter(({ kernel }) => !kernel.ofUser).map(({ label }) => label)).toEqual([]);
    expect(other.length, "of users' expressions").toBeGreaterThan(0);
  });
});

/** The names under which shaders/ exports its kernels. */
const exported = readdirSync("shaders")
  .filter((name) => name.endsWith(".ts"))
  .flatMap((file) => {
    const text = readFileSync(`shaders/${file}`, "utf8");
    return Array.from(text.matchAll(/^export const (\w+) = (?:kernel|gridKernel|elementKernel|oncePerVariant)\(/gm));
  })
  .map(([, name]) => name as string);

test("every kernel has a test that imports it and runs it", () => {
  const names = new Set(Object.values(variantsOn("gpu")).flatMap((list) => list.map(({ kernel }) => kernel.name)));
  expect(exported.length, "kernels are exported as such").toBe(names.size);
  const tests = readdirSync("test/gpu")
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => readFileSync(`test/gpu/${name}`, "utf8"));
  const isNamed = (kernel: string) =>
    tests.some((text) => new RegExp(`^import \\{[^}]*\\b${kernel}\\b[^}]*\\} from "../../shaders/`, "m").test(text));
  expect(exported.filter((kernel) => !isNamed(kernel))).toEqual([]);
});

test("the table of shaders/README.md is that of the kernels: `npm run wgsl -- --table` writes it", () => {
  expect(readFileSync("shaders/README.md", "utf8")).toContain(`\n${kernelTable()}\n`);
});
