import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { kernelTable } from "../support/kernel-table.ts";
import { kernelVariants } from "../support/kernel-variants.ts";
import { stubDevice } from "../support/stub-device.ts";

const adapters = { gpu: {}, software: { isFallbackAdapter: true }, swiftshader: { architecture: "swiftshader" } };

test.each(Object.entries(adapters))("on %s, every file of shaders/ has its variants", (_, adapterInfo) => {
  const device = stubDevice({ adapterInfo, limits: { maxComputeWorkgroupStorageSize: 2 ** 15 } });
  const variants = kernelVariants(device);
  const files = readdirSync("shaders").filter((name) => name.endsWith(".ts"));
  expect(Object.keys(variants).sort()).toEqual(files.map((name) => name.slice(0, -".ts".length)).sort());
  const all = Object.values(variants).flat();
  expect(all.filter(({ code }) => !code.includes("fn main("))).toEqual([]);
  const distinct = new Set(all.map(({ code, constants }) => JSON.stringify(constants ?? {}) + code));
  expect(distinct.size, "variants that are listed once").toBe(all.length);
});

test("the table of shaders/README.md is that of the kernels: `npm run wgsl -- --table` writes it", () => {
  expect(readFileSync("shaders/README.md", "utf8")).toContain(`\n${kernelTable()}\n`);
});
