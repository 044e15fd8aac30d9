import { kernelVariants } from "./kernel-variants.ts";
import { stubDevice } from "./stub-device.ts";

/** The variants of every kernel on a kind of adapter, by its file in shaders/. */
export function variantsOn(adapterInfo: Partial<GPUAdapterInfo>) {
  return kernelVariants(stubDevice({ adapterInfo, limits: { maxComputeWorkgroupStorageSize: 2 ** 15 } }));
}

/** The table of shaders/README.md: a row a kernel, from the head and the bindings of its WGSL. */
export function kernelTable(): string {
  const rows = Object.entries(variantsOn({})).flatMap(([file, variants]) => {
    // The first of the variants that have one head stands for them.
    const told = new Map(variants.toReversed().map((variant) => [headOf(variant.code).does, variant]));
    return Array.from([...told.values()].reverse(), ({ label, code }) => {
      const { does, unit } = headOf(code);
      const name = told.size > 1 ? label : file;
      return `| \`${name}\` | ${does} | ${bindings(code, "read")} | ${bindings(code, "read_write")} | ${unit} |`;
    });
  });
  return ["| kernel | what it does | reads | writes | unit |", "|---|---|---|---|---|", ...rows].join("\n");
}

function headOf(code: string): { does: string; unit: string } {
  const [does = "", unit = ""] = code.split("\n").map((line) =>
    line
      .replace(/^\/\/ /, "")
      .replace(/\.$/, "")
      .replaceAll("|", "\\|"),
  );
  return { does, unit };
}

function bindings(code: string, access: "read" | "read_write"): string {
  const names = code.matchAll(new RegExp(`^@group.* var<storage, ${access}> (\\w+)`, "gm"));
  return Array.from(names, ([, name]) => `\`${name}\``).join(", ") || "–";
}
