import type { Engine, Matrix, Progress, Svd, SvdOptions } from "../index.ts";
import type { Draw } from "./plot-style.ts";

/** Of the parts of a claim, all are within their bounds, some are, or none is. */
export type Verdict = "holds" | "holds in part" | "differs";

/** What a study of a claim finds. */
export interface Finding {
  /** What is measured, and the bound that decides. */
  readonly shows: string;
  /** What the engine measured. */
  readonly measured: string;
  readonly verdict: Verdict;
  /** The parameters for which the claim holds, where it does not hold for all. */
  readonly region?: string;
  /** Sizes, grid, scales and rates; chosen here where those of the paper are not known. */
  readonly parameters: string;
}

/** What a study returns: the numbers of its figures, and its finding, unless it claims nothing. */
export interface Conclusion<Data> {
  readonly data: Data;
  readonly finding?: Finding;
}

/** What a measurement is given to work with. */
export interface StudyContext {
  readonly engine: Engine;
  /** A row of a photograph: N samples in [0, 1]. */
  readonly row: ArrayLike<number>;
  /** Other signals as long as the row, on which its fits are repeated. */
  readonly others: readonly ArrayLike<number>[];
  /** M of the fits of the row. */
  readonly width: number;
  /** R = C of the pictures whose components are drawn. */
  readonly pixels: number;
  readonly signal: AbortSignal | undefined;
  /** Reports the fraction that is done, from 0 to 1. @throws the reason of the signal once it is aborted. */
  report(fraction: number): void;
}

/** Work that is done once, also where several studies need its result. */
export interface Measurement<Result> {
  /** "C1". */
  readonly id: string;
  /** How the progress names it, and its CPU time in seconds at N = 256 on SwiftShader; none where that is near 0. */
  readonly stage?: { readonly title: string; readonly share: number };
  /** Measurements that are done before, by the names of their results. */
  readonly needs?: Readonly<Record<string, Measurement<unknown>>>;
  measure(context: StudyContext, needed: Readonly<Record<string, unknown>>): Promise<Result>;
}

/** A claim of the paper ("C1") or a law ("L1"): its measurement, its row of the table, and its figures. */
export interface Study<Name extends string = string, Data = unknown> extends Measurement<Conclusion<Data>> {
  /** Of its numbers in the JSON: "window". */
  readonly name: Name;
  /** The paper's figure, "3a", or another source: "App. B", "arXiv 2504.12519"; "–" where there is none. */
  readonly figure: string;
  readonly claim: string;
  /** How its figures are drawn, by their names: "figure-3a". */
  readonly figures: Readonly<Record<string, Draw<Data>>>;
}

type ResultOf<Source> = Source extends Measurement<infer Result> ? Result : never;
type Needed<Needs> = { readonly [Name in keyof Needs]: ResultOf<Needs[Name]> };
type Draft<Whole, Needs, Result> = Omit<Whole, "measure" | "needs"> & {
  readonly needs?: Needs;
  measure(context: StudyContext, needed: Needed<Needs>): Promise<Result>;
};

/** A measurement that several studies share. `measure` gets the results of its `needs` under their names. */
export function defineMeasurement<Result, Needs extends Readonly<Record<string, Measurement<unknown>>>>(
  draft: Draft<Measurement<Result>, Needs, Result>,
): Measurement<Result> {
  return draft as Measurement<Result>;
}

/** A study; `registry.ts` lists them. `measure` gets the results of its `needs` under their names. */
export function defineStudy<
  const Name extends string,
  Data,
  Needs extends Readonly<Record<string, Measurement<unknown>>>,
>(draft: Draft<Study<Name, Data>, Needs, Conclusion<Data>>): Study<Name, Data> {
  return draft as Study<Name, Data>;
}

/** "holds" when every part does, "differs" when none does. */
export function verdictOf(parts: readonly boolean[]): Verdict {
  if (parts.every(Boolean)) return "holds";
  return parts.some(Boolean) ? "holds in part" : "differs";
}

/** Calls `use` with `resource`, and destroys it afterwards, also after a failure. */
export async function lend<T extends { destroy(): void }, R>(
  resource: Promise<T>,
  use: (resource: T) => Promise<R>,
): Promise<R> {
  const held = await resource;
  try {
    return await use(held);
  } finally {
    held.destroy();
  }
}

/** Calls `use` with a matrix and its SVD, and destroys both afterwards, also after a failure. */
export function lendSvd<R>(
  engine: Engine,
  given: Promise<Matrix>,
  options: SvdOptions,
  use: (svd: Svd, matrix: Matrix) => Promise<R>,
): Promise<R> {
  return lend(given, (matrix) => lend(engine.svd(matrix, options), (svd) => use(svd, matrix)));
}

/** The SVD of an activation matrix seldom takes more sweeps than this. */
const SWEEPS = 20;

/**
 * `onProgress` for one SVD. The progress names the sweep and the fraction of it that is done; the number of sweeps is not
 * known.
 */
export function overSweeps(report: (fraction: number) => void): (progress: Progress) => void {
  return ({ stage, fraction }) => {
    const [, sweep] = stage.match(/^sweep (\d+)$/) ?? [];
    if (sweep) report(Math.min(1, (Number(sweep) - 1 + fraction) / SWEEPS));
  };
}

/** A note for the table, empty where the SVD converged. */
export function convergenceNote({ converged, sweeps }: { converged: boolean; sweeps: number }): string {
  return converged ? "" : `; the SVD had not converged after ${sweeps} sweeps`;
}
