import { unroll } from "./compilers.ts";
import { PAIR_ROWS } from "./sweep.ts";

/** How the threads of a workgroup find a rotation. */
export interface RotationShape {
  readonly threads: number;
  /**
   * Whether each thread of a quad reads a quarter of the numbers that all four need, and gets the others from them. There
   * are then at most 16 threads.
   */
  readonly inQuads: boolean;
}

const SIZE = PAIR_ROWS;
const HALF = SIZE / 2;

/**
 * WGSL for the loops of a 32 × 32 product. A thread has some rows from top on and columns col and far; for each of
 * these it adds left(row)·right(column) over all k to `start`, and `write`s the sum. In quads all threads run the same
 * loops, whose length no compiler knows: Mesa's would unroll them.
 */
export function product(
  { threads, inQuads }: RotationShape,
  start: (row: string, column: string) => string,
  left: (row: string, k: string) => string,
  right: (column: string, k: string) => string,
  write: (row: string, column: string, sum: string) => string,
): string {
  const rows = Math.min(8, Math.max(2, (SIZE * HALF) / threads));
  const steps = inQuads ? 4 : 8 / rows; // of k in a turn: at least 8 reads in flight
  const entries = ["col", "far"].flatMap((column) =>
    Array.from({ length: rows }, (_, i) => ({ column, i, row: `(top + ${i})`, sum: `${column}_${i}` })),
  );
  const each = (code: (entry: (typeof entries)[number]) => string) => entries.map(code).join("\n");
  const own = (i: number) => `let own${i} = ${left(`(top + ${i})`, "(first + place_in_quad)")};`;
  const factor = (i: number, step: number) =>
    inQuads ? `quadBroadcast(own${i}, ${step})` : left(`(top + ${i})`, `(first + ${step})`);
  return `
  for (var top = ${inQuads ? "params.opaque_zero" : `thread / half_lanes * ${rows}`}; top < SIZE; top += threads / half_lanes * ${rows}) {
    for (var begin = ${inQuads ? "params.opaque_zero" : "thread % half_lanes"}; begin < HALF; begin += half_lanes) {
      let col = begin${inQuads ? " + thread" : ""};
      let far = col + HALF;
      ${each(({ row, column, sum }) => `var ${sum} = ${start(row, column)};`)}
      for (var first = 0u; first < SIZE; first += ${steps}) {
        ${inQuads ? unroll(rows, own) : ""}
        ${unroll(steps, (step) => `let col${step} = ${right("col", `(first + ${step})`)};`)}
        ${unroll(steps, (step) => `let far${step} = ${right("far", `(first + ${step})`)};`)}
        ${unroll(steps * rows, (at) => `let left${at} = ${factor(at % rows, Math.floor(at / rows))};`)}
        ${each(({ column, i, sum }) => `${sum} += ${unroll(steps, (step) => `left${step * rows + i} * ${column}${step}`, " + ")};`)}
      }
      ${each(({ row, column, sum }) => write(row, column, sum))}
    }
  }`;
}
