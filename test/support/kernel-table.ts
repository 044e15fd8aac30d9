import { type KernelVariant, kernelVariants } from "./kernel-variants.ts";
import { stubDevice } from "./stub-device.ts";

/** The variants of every kernel on a kind of adapter, by its file in shaders/. */
export function variantsOn(adapterInfo: Partial<GPUAdapterInfo>): Record<string, readonly KernelVariant[]> {
  return kernelVariants(stubDevice({ adapterInfo, limits: { maxComputeWorkgroupStorageSize: 2 ** 15 } }));
}

/** The table of shaders/README.md: a row for each kernel, with the bindings of its first variant. */
export function kernelTable(): string {
  const rows = Object.entries(variantsOn({})).flatMap(([file, variants]) => {
    const first = new Map(variants.toReversed().map((variant) => [variant.kernel.name, variant.kernel]));
    return Array.from([...first.values()].reverse(), ({ name, does, unit, code }) => {
      const cells = [`[\`${name}\`](${file}.ts)`, escaped(does), buffers(code, "read"), buffers(code, "read_write")];
      return `| ${[...cells, escaped(unit)].join(" | ")} |`;
    });
  });
  return ["| kernel | what it does | reads | writes | unit |", "|---|---|---|---|---|", ...rows].join("\n");
}

const escaped = (text: string): string => text.replaceAll("|", "\\|");

function buffers(code: string, access: "read" | "read_write"): string {
  const names = code.matchAll(new RegExp(`^@group.* var<storage, ${access}> (\\w+)`, "gm"));
  return Array.from(names, ([, name]) => `\`${name}\``).join(", ") || "–";
}
