import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Reproduction } from "../paper/reproduce.ts";
import type { Conclusion, Study } from "../paper/study.ts";

/** The content of figures.json. */
export interface Results extends Reproduction<Readonly<Record<string, unknown>>> {
  /** Names what they were computed from. Results of the same inputs are the same. */
  readonly inputs: string;
}

/** A name for the rows, the size of pictures, the adapter, and the code that runs. */
export function nameInputs(rows: readonly Float64Array<ArrayBuffer>[], pixels: number, adapter: string): string {
  const hash = createHash("sha256").update(`${pixels} ${adapter}`);
  for (const row of rows) hash.update(new Uint8Array(row.buffer));
  for (const path of codeFiles()) hash.update(readFileSync(path));
  return hash.digest("hex");
}

/** In a checkout the sources, in the package its bundles. */
function codeFiles(): readonly string[] {
  const folders = import.meta.url.endsWith(".ts") ? ["..", "../../shaders"] : ["."];
  return folders.flatMap((folder) => {
    const path = fileURLToPath(new URL(folder, import.meta.url));
    const files = readdirSync(path, { recursive: true, encoding: "utf8" });
    return files
      .filter((file) => /\.(ts|js)$/.test(file))
      .sort()
      .map((file) => join(path, file));
  });
}

/** The results in `path`, where it has some of the same inputs. */
export function readResults(path: string, inputs: string): Results | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const results = JSON.parse(readFileSync(path, "utf8")) as Results;
    return results.inputs === inputs ? results : undefined;
  } catch {
    return undefined; // Another file of this name, or one that cannot be read: it is replaced.
  }
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
