import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type Bindings, type Head, kernel } from "../../src/gpu/kernel.ts";
import { unroll } from "./compilers.ts";
import { areInTwoFloats, type EntrySource, entriesOf, entryType } from "./entries.ts";
import { CHUNK } from "./sums.ts";

/**
 * Rows of A that a workgroup takes at once, runs that share a read of them (more than one only if all runs share one A),
 * and the threads of a workgroup.
 */
export interface PanelShape {
  readonly rows: number;
  readonly runs: number;
  readonly threads: number;
}

/** The variants of a kernel that takes A by panels. */
export interface Panels {
  readonly source: EntrySource;
  readonly shape: PanelShape;
}

/** WGSL: a statement for each row i of a panel, for each run k, or for each pair of them. */
export const panel = ({ rows, runs }: Pick<PanelShape, "rows" | "runs">) => ({
  rows: (statement: (i: number) => string) => unroll(rows, statement),
  runs: (statement: (k: number) => string) => unroll(runs, statement),
  pairs: (statement: (i: number, k: number) => string) =>
    unroll(rows * runs, (pair) => statement(Math.floor(pair / runs), pair % runs)),
});

/**
 * Declares a kernel that takes A by panels. `each` is its WGSL for one panel: `row` is the panel's first row, `end` the
 * row after the last one of the strip in this dispatch, `run` the first of the runs.
 */
export function panelKernel<const R extends Bindings, const W extends Bindings>(
  head: Omit<Head, "unit">,
  { source, shape }: Panels,
  { reads, writes }: { readonly reads: R; readonly writes: W },
  { helpers, each }: { readonly helpers: string; readonly each: string },
) {
  const { params, reads: supply, code } = entriesOf(source);
  return kernel(
    {
      ...head,
      unit:
        "One workgroup = a strip of rows of A (x), taken a panel at a time, for a few runs (y); " +
        "one thread = every `threads`-th column, or vec4 of columns",
      ofUser: areInTwoFloats(source) && typeof source.form !== "string",
    },
    {
      params: {
        rows: ["u32", "N"],
        cols: ["u32", "M, in entries"],
        runs: ["u32", ""],
        strip: ["u32", "rows of a workgroup"],
        first: ["u32", "first row of each strip in this dispatch"],
        end: ["u32", "the row of each strip after the last one"],
        ...params,
      },
      reads: { ...supply, ...reads },
      writes,
    },
    wgsl`
const threads = ${shape.threads}u;
${code}
${helpers}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  begin_entries();
  let run = group.y * ${shape.runs};
  let begin = group.x * params.strip;
  let end = min(begin + params.end, params.rows);
  for (var row = begin + params.first; row < end; row += ${shape.rows}) {
    ${openPanel(shape)}
    ${each}
  }
}
`,
  );
}

/**
 * Looks up a panel's rows from `row` on, as `row_i`, and the first entry of each run's input, as `run_k`. The last row
 * stands for rows beyond it, and the last run for runs beyond it.
 */
function openPanel(shape: PanelShape): string {
  const { rows, runs } = panel(shape);
  return `
    ${rows((i) => `let row_${i} = open_row(run, min(row + ${i}, params.rows - 1));`)}
    ${runs((k) => `let run_${k} = min(run + ${k}, params.runs - 1) * params.cols;`)}`;
}

/** From this many threads on, their parts of a sum are added in two stages. */
const TWO_STAGES = 16;
/** Sums that the first stage leaves of each. */
const STAGE = 8;

/**
 * Workgroup variables of `rowSums`. The sums are left in `sh_totals`, one for each row and run of a panel, row-major.
 */
export function rowTotals({ rows, runs, threads }: PanelShape): string {
  return `
var<workgroup> sh_sums: array<f32, ${threads * rows * runs}>;
${threads >= TWO_STAGES ? `var<workgroup> sh_stage: array<f32, ${STAGE * rows * runs}>;` : ""}
var<workgroup> sh_totals: array<f32, ${rows * runs}>;`;
}

/** WGSL: adds the parts of all threads, in `sh_sums`, to `sh_totals`. */
function addParts({ rows, runs, threads }: PanelShape): string {
  const own = `for (var pair = thread; pair < ${rows * runs}; pair += threads)`;
  const sumOf = (count: number, part: (i: number) => string) => {
    const halves = (from: number, to: number): string =>
      to - from === 1
        ? part(from)
        : `(${halves(from, Math.ceil((from + to) / 2))} + ${halves(Math.ceil((from + to) / 2), to)})`;
    return halves(0, count);
  };
  if (threads < TWO_STAGES) {
    return `${own} { sh_totals[pair] += ${sumOf(threads, (i) => `sh_sums[pair * threads + ${i}]`)}; }`;
  }
  return `
      for (var at = thread; at < ${STAGE * rows * runs}; at += threads) {
        let first = at / ${STAGE} * threads + at % ${STAGE};
        sh_stage[at] = ${sumOf(threads / STAGE, (i) => `sh_sums[first + ${STAGE * i}]`)};
      }
      workgroupBarrier(); // the first stage is complete
      ${own} { sh_totals[pair] += ${sumOf(STAGE, (i) => `sh_stage[pair * ${STAGE} + ${i}]`)}; }`;
}

/** WGSL: entry i of a panel, of the column that was looked up as `at`. */
const computed = (i: number) => `entry(row_${i}, at)`;

/**
 * Sums the products of a panel's rows with each run's input. Thread t may read the sums t, t + threads, … of
 * `sh_totals` at once; a barrier is needed before it reads others, and before the next panel. `keep` is
 * WGSL that may store `entry_i`, row i of column `col`: thread t has the columns t, t + threads, … here and in
 * `addShares`.
 */
export function rowSums({ source, shape }: Panels, keep = ""): string {
  const { rows, runs, pairs } = panel(shape);
  const product = (i: number, k: number) =>
    entryType(source) === "vec4f" ? `dot(entry_${i}, input_${k})` : `entry_${i} * input_${k}`;
  const count = shape.rows * shape.runs;
  return `
    for (var pair = thread; pair < ${count}; pair += threads) { sh_totals[pair] = 0; }
    for (var block = 0u; block < params.cols; block += threads * ${CHUNK ** 2}) {
      if (block > 0) { workgroupBarrier(); } // the sums of the block before have been read
      for (var pair = 0u; pair < ${count}; pair++) { sh_sums[pair * threads + thread] = 0; }
      let block_end = min(params.cols, block + threads * ${CHUNK ** 2});
      for (var chunk = block; chunk < block_end; chunk += threads * ${CHUNK}) {
        let chunk_end = min(block_end, chunk + threads * ${CHUNK});
        ${pairs((i, k) => `var sum_${i}_${k} = 0.0;`)}
        for (var col = chunk + thread; col < chunk_end; col += threads) {
          let at = open_col(col);
          ${runs((k) => `let input_${k} = input[run_${k} + col];`)}
          ${rows((i) => `let entry_${i} = ${computed(i)};`)}
          ${keep}
          ${pairs((i, k) => `sum_${i}_${k} += ${product(i, k)};`)}
        }
        ${pairs((i, k) => `sh_sums[${i * shape.runs + k} * threads + thread] += sum_${i}_${k};`)}
      }
      workgroupBarrier(); // the parts of all threads are complete
      ${addParts(shape)}
    }`;
}

/**
 * Adds a panel's rows, each times its factor `factor_i_k`, to the workgroup's share of Aᵀ·factors. A thread has its own
 * columns, so that no barrier is needed. A run beyond the last has the factors of the last, and writes the same
 * numbers. The panel is summed before it joins the share, so that the share of a strip is a sum of sums.
 */
export function addShares({ source, shape }: Panels, entryOf: (i: number) => string = computed): string {
  const { rows, runs, pairs } = panel(shape);
  return `
    for (var col = thread; col < params.cols; col += threads) {
      let at = open_col(col);
      let place = group.x * params.runs * params.cols + col;
      ${rows((i) => `let entry_${i} = ${entryOf(i)};`)}
      ${runs((k) => `var share_${k} = ${entryType(source)}();`)}
      ${pairs((i, k) => `share_${k} += entry_${i} * factor_${i}_${k};`)}
      if (row > begin) {
        ${runs((k) => `share_${k} += shares[place + run_${k}];`)}
      }
      ${runs((k) => `shares[place + run_${k}] = share_${k};`)}
    }`;
}
