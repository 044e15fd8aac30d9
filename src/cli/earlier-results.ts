import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Reproduction } from "../paper/reproduce.ts";
import type { Conclusion, Study } from "../paper/study.ts";
import { toJson } from "./session.ts";

/** What figures.json holds, beside a checksum. */
export interface Results extends Reproduction<Readonly<Record<string, unknown>>> {
  /** Names what they were computed from. Results of the same inputs are the same. */
  readonly inputs: string;
}

/** A name for the rows, the size of pictures, the adapter, and the versions and the code of the programs. */
export function nameInputs(rows: readonly Float64Array<ArrayBuffer>[], pixels: number, adapter: string): string {
  const hash = createHash("sha256").update(`${pixels} ${adapter}`);
  for (const row of rows) hash.update(new Uint8Array(row.buffer));
  for (const path of programFiles()) hash.update(readFileSync(path));
  return hash.digest("hex");
}

/** The manifests of the package and of Dawn, which compiles the kernels; in a checkout the sources, in the package its bundles. */
function programFiles(): readonly string[] {
  const isCheckout = import.meta.url.endsWith(".ts");
  const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const manifests = [
    pathOf(isCheckout ? "../../package.json" : "../package.json"),
    createRequire(import.meta.url).resolve("webgpu/package.json"),
  ];
  const folders = isCheckout ? ["..", "../../shaders"] : ["."];
  const code = folders.flatMap((folder) => {
    const path = pathOf(folder);
    const files = readdirSync(path, { recursive: true, encoding: "utf8" });
    return files
      .filter((file) => /\.(ts|js)$/.test(file))
      .sort()
      .map((file) => join(path, file));
  });
  return [...manifests, ...code];
}

/** The text of figures.json. Its checksum shows whether a file was truncated or edited. */
export function sealResults(results: Results): string {
  return toJson({ ...results, checksum: checksumOf(results) });
}

/** The results in `path`, where it has some of the same inputs, as they were written. */
export function readResults(path: string, inputs: string): Results | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const { checksum, ...results } = JSON.parse(readFileSync(path, "utf8")) as Results & { checksum: unknown };
    return results.inputs === inputs && checksum === checksumOf(results) ? results : undefined;
  } catch {
    return undefined; // Another file of this name, or one that cannot be read: it is replaced.
  }
}

function checksumOf(results: Results): string {
  return createHash("sha256").update(toJson(results)).digest("hex");
}

/** The conclusions on `studies` that results hold, by name. */
export function conclusionsOf(
  { claims, data }: Results,
  studies: readonly Study[],
): ReadonlyMap<string, Conclusion<unknown>> {
  return new Map(
    studies
      .filter(({ name }) => name in data)
      .map(({ id, name }) => {
        const finding = claims.find((claim) => claim.id === id);
        return [name, { data: data[name], ...(finding && { finding }) }];
      }),
  );
}

/** `results` with those of `earlier` that it lacks, in the order of `studies`. */
export function withEarlier(results: Results, earlier: Results | undefined, studies: readonly Study[]): Results {
  if (!earlier) return results;
  const claims = [...results.claims, ...earlier.claims];
  const data = { ...earlier.data, ...results.data };
  return {
    ...results,
    claims: studies.flatMap(({ id }) => claims.find((claim) => claim.id === id) ?? []),
    data: Object.fromEntries(studies.filter(({ name }) => name in data).map(({ name }) => [name, data[name]])),
  };
}
