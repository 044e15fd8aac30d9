import type { Engine, Progress } from "../index.ts";

export type Verdict = "holds" | "holds in part" | "differs";

/** One row of the claims table. */
export interface ClaimResult {
  /** "C1" … */
  readonly id: string;
  /** The paper's figure, "3a", or "App. B". */
  readonly figure: string;
  readonly claim: string;
  /** What would show it, with its number. */
  readonly shows: string;
  /** What the engine measured. */
  readonly measured: string;
  readonly verdict: Verdict;
  /** Sizes, grid, scales and rates, chosen here wherever the paper's are not known. */
  readonly parameters: string;
}

/** What a claim hands on: its row of the table, and the numbers behind its figure. */
export interface Study<Data> {
  readonly result: ClaimResult;
  readonly data: Data;
}

/** What a claim works with. */
export interface ClaimContext {
  readonly engine: Engine;
  readonly signal: AbortSignal | undefined;
  /** Tells how much of the claim is done, from 0 to 1. @throws the signal's reason once it is aborted. */
  report(fraction: number): void;
}

/** "holds" when every part does, "differs" when none does. */
export function verdictOf(parts: readonly boolean[]): Verdict {
  if (parts.every(Boolean)) return "holds";
  return parts.some(Boolean) ? "holds in part" : "differs";
}

/** Lends `resource` to `use` and destroys it afterwards, whatever happened. */
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

/** Sweeps that the SVD of an activation matrix takes at most, as a rule. */
const SWEEPS = 20;

/** `onProgress` for one SVD, which says how far it is in which sweep, and not of how many. */
export function overSweeps(report: (fraction: number) => void): (progress: Progress) => void {
  return ({ stage, fraction }) => {
    const [, sweep] = stage.match(/^sweep (\d+)$/) ?? [];
    if (sweep) report(Math.min(1, (Number(sweep) - 1 + fraction) / SWEEPS));
  };
}

/** For the table: empty where the SVD converged. */
export function convergenceNote({ converged, sweeps }: { converged: boolean; sweeps: number }): string {
  return converged ? "" : `; the SVD had not converged after ${sweeps} sweeps`;
}
