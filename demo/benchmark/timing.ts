const MOST_RUNS = 5;
/** No further run begins once the timed ones took so long together, in ms. */
const BUDGET = 5000;

export interface Timing {
  /** Milliseconds. */
  readonly minimum: number;
  readonly median: number;
  readonly runs: number;
}

/** Times calls after a warm-up, five of them or as many as begin within five seconds; `result` is that of the last. */
export async function time<T>(call: () => Promise<T>, signal: AbortSignal): Promise<Timing & { readonly result: T }> {
  let result = await call();
  let spent = 0;
  const times: number[] = [];
  do {
    await pageTurn();
    signal.throwIfAborted();
    const start = performance.now();
    result = await call();
    const elapsed = performance.now() - start;
    times.push(elapsed);
    spent += elapsed;
  } while (times.length < MOST_RUNS && spent < BUDGET);
  times.sort((a, b) => a - b);
  return { minimum: times[0] ?? Number.NaN, median: middle(times), runs: times.length, result };
}

/** Lets the page draw and take clicks: a library on the CPU holds it up for a whole run. */
export function pageTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}
