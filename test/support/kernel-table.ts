import type { AdapterKind } from "../../src/gpu/device.ts";
import { type KernelVariant, kernelVariants } from "./kernel-variants.ts";
import { stubDevice } from "./stub-device.ts";

/** What an adapter of each kind says of itself. */
export const adapters: Readonly<Record<AdapterKind, Partial<GPUAdapterInfo>>> = {
  gpu: {},
  software: { isFallbackAdapter: true },
  swiftshader: { architecture: "swiftshader" },
};

/** The variants of every kernel on a kind of adapter, by its file in shaders/. */
export function variantsOn(kind: AdapterKind): Record<string, readonly KernelVariant[]> {
  const limits = { maxComputeWorkgroupStorageSize: 2 ** 15 };
  return kernelVariants(stubDevice({ adapterInfo: adapters[kind], limits }));
}

/** The table of shaders/README.md: a row for each kernel, with the bindings of its first variant. */
export function kernelTable(): string {
  const rows = Object.entries(variantsOn("gpu")).flatMap(([file, variants]) => {
    const first = new Map(variants.toReversed().map((variant) => [variant.kernel.name, variant.kernel]));
    return Array.from([...first.values()].reverse(), ({ name, does, unit, code }) => {
      const cells = [`[\`${name}\`](${file}.ts)`, escaped(does), buffers(code, "read"), buffers(code, "read_write")];
      return `| ${[...cells, escaped(unit)].join(" | ")} |`;
    });
  });
  return [
    "| kernel | what it does | reads | writes | work of a workgroup or thread |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

const escaped = (text: string): string => text.replaceAll("|", "\\|");

function buffers(code: string, access: "read" | "read_write"): string {
  const names = code.matchAll(new RegExp(`^@group.* var<storage, ${access}> (\\w+)`, "gm"));
  return Array.from(names, ([, name]) => `\`${name}\``).join(", ") || "–";
}
