const MOST_RUNS = 5;

export interface Timing {
  /** Milliseconds. */
  readonly minimum: number;
  readonly median: number;
  readonly runs: number;
}

/**
 * Times a call that has been warmed up: five runs, or as many as begin before the runs took `budget` ms together.
 * `result` is that of the last.
 */
export async function time<T>(
  call: () => Promise<T>,
  signal: AbortSignal,
  budget: number,
): Promise<Timing & { readonly result: T }> {
  let spent = 0;
  const times: number[] = [];
  for (;;) {
    await pageTurn();
    signal.throwIfAborted();
    const start = performance.now();
    const result = await call();
    const elapsed = performance.now() - start;
    times.push(elapsed);
    spent += elapsed;
    if (times.length < MOST_RUNS && spent < budget) continue;
    times.sort((a, b) => a - b);
    return { minimum: times[0] ?? Number.NaN, median: middle(times), runs: times.length, result };
  }
}

/** Lets the page draw and take clicks: a library on the CPU holds it up for a whole run. */
export function pageTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}
