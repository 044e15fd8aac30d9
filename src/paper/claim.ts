import type { Engine, Progress } from "../index.ts";

type Verdict = "holds" | "holds in part" | "differs";

/** One row of the claims table. */
export interface ClaimResult {
  /** "C1" … */
  readonly id: string;
  /** The paper's figure, "3a", or "App. B". */
  readonly figure: string;
  readonly claim: string;
  /** What is measured, and the bound that decides. */
  readonly shows: string;
  /** What the engine measured. */
  readonly measured: string;
  readonly verdict: Verdict;
  /** Sizes, grid, scales and rates; chosen here where those of the paper are not known. */
  readonly parameters: string;
}

/** The result of a claim: its row of the table, and the numbers of its figure. */
export interface Study<Data> {
  readonly result: ClaimResult;
  readonly data: Data;
}

/** What a claim is given to work with. */
export interface ClaimContext {
  readonly engine: Engine;
  readonly signal: AbortSignal | undefined;
  /** Reports the fraction of the claim that is done, from 0 to 1. @throws the reason of the signal once it is aborted. */
  report(fraction: number): void;
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
