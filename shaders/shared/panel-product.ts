import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type Bindings, type Given, type Head, kernel, type Params } from "../../src/gpu/kernel.ts";
import { type ActivationForm, activationCode } from "./activations.ts";
import { opaqueZero, unroll } from "./compilers.ts";
import { type TwoFloatForm, twoFloatArithmetic } from "./two-float.ts";

/** Rows of A that a workgroup takes at once, and runs that share a read of them. */
export interface PanelShape {
  readonly rows: number;
  readonly runs: number;
}

/** Entries that lie in memory. */
export const stored = {
  params: { matrix_step: ["u32", "entries from the matrix of one run to that of the next; 0 where all share one"] },
  reads: { a: ["array<f32>", "rows × cols, row-major, one matrix or one a run"] },
  code: /* wgsl */ `
alias row_place = u32;
alias col_place = u32;

fn open_row(run: u32, row: u32) -> row_place { return run * params.matrix_step + row * params.cols; }
fn open_col(col: u32) -> col_place { return col; }
fn entry(row: row_place, col: col_place) -> f32 { return a[row + col]; }
fn begin_entries() {}
`,
} as const;

/** The differences x − b come from two floats each, so that offsets cost no digits and ties stay ties. */
const truncatedPower = (power: number) =>
  ({
    params: { scale_hi: ["f32", "of z"] },
    reads: { x: ["array<vec2f>", "rows: hi, lo"], b: ["array<vec2f>", "cols: hi, lo"] },
    code: wgsl`
alias row_place = vec2f;
alias col_place = vec2f;

fn open_row(run: u32, row: u32) -> row_place { return x[row]; }
fn open_col(col: u32) -> col_place { return b[col]; }
fn begin_entries() {}

fn entry(row: row_place, col: col_place) -> f32 {
  let difference = row - col;
  let z = params.scale_hi * (difference.x + difference.y);
#if ${power === 0}
  return select(0.0, 1.0, z >= 0);
#else
  let base = max(z, 0);
  return ${Array.from({ length: Math.max(1, power) }, () => "base").join(" * ")};
#endif
}
`,
  }) as const;

const generated = (form: ActivationForm, twoFloat: TwoFloatForm) =>
  ({
    params: {
      dimensions: ["u32", "D"],
      power: ["u32", "p of z₊ᵖ, else 0"],
      ...opaqueZero,
      scale_hi: ["f32", "of z"],
      scale_lo: ["f32", ""],
    },
    reads: {
      x: ["array<two_float>", "rows × dimensions, row-major"],
      neurons: ["array<two_float>", "cols × (1 + dimensions): b, v"],
    },
    code: wgsl`
${twoFloatArithmetic(twoFloat)}
${activationCode(form)}

alias row_place = u32;
alias col_place = u32;

fn open_row(run: u32, row: u32) -> row_place { return row; }
fn open_col(col: u32) -> col_place { return col; }
fn begin_entries() { opaque_zero = params.opaque_zero; }

fn entry(row: row_place, col: col_place) -> f32 {
  // b is subtracted before the scale multiplies, so that z is exactly 0 where a sample meets a bias.
  let neuron = col * (1 + params.dimensions);
  var distance = tf_negate(neurons[neuron]);
  for (var d = 0u; d < params.dimensions; d++) {
    distance = tf_add(tf_mul(neurons[neuron + 1 + d], x[row * params.dimensions + d]), distance);
  }
  return activation(tf_mul(two_float(params.scale_hi, params.scale_lo), distance), params.power).hi;
}
`,
  }) as const;

type GivenFor<E extends { readonly params: Params; readonly reads: Bindings }> = Given<E["params"], E["reads"]>;

/** A as a product takes it: stored, or positions from which each entry is generated anew; and what a call is given for it. */
export type EntrySupply =
  | { readonly source: "stored"; readonly given: GivenFor<typeof stored> }
  | { readonly source: { readonly power: 0 | 1 | 2 | 3 }; readonly given: GivenFor<ReturnType<typeof truncatedPower>> }
  | {
      readonly source: { readonly form: ActivationForm; readonly twoFloat: TwoFloatForm };
      readonly given: GivenFor<ReturnType<typeof generated>>;
    };

/** Where a product takes the entries of A from. */
export type EntrySource = EntrySupply["source"];

/**
 * What a kernel takes for the entries of A, beside `cols`, and `fn entry(row, col)` of a row and a column that `open_row`
 * and `open_col` have looked up once for many entries; `fn begin_entries()` is called first of all.
 */
function entries(source: EntrySource) {
  if (source === "stored") return stored;
  return "power" in source ? truncatedPower(source.power) : generated(source.form, source.twoFloat);
}

/** What a product's kernel is made for. */
export interface Panels {
  readonly source: EntrySource;
  readonly shape: PanelShape;
}

/**
 * A kernel that goes through A by panels, each of some rows. `each` is what it does with one: `row` is its first row, `end`
 * where the strip's rows of this dispatch end, `run` the first of its runs.
 */
export function panelKernel<const R extends Bindings, const W extends Bindings>(
  head: Omit<Head, "unit">,
  { source, shape }: Panels,
  { reads, writes }: { readonly reads: R; readonly writes: W },
  { helpers, each }: { readonly helpers: string; readonly each: string },
) {
  const { params, reads: supply, code } = entries(source);
  return kernel(
    {
      ...head,
      unit:
        "One workgroup = a strip of rows of A (x), taken a panel at a time, for a few runs (y); " +
        "one thread = one column in `threads`",
      ofUser: source !== "stored" && "form" in source && typeof source.form !== "string",
    },
    {
      params: {
        rows: ["u32", "N"],
        cols: ["u32", "M"],
        runs: ["u32", ""],
        strip: ["u32", "rows of a workgroup"],
        first: ["u32", "of a strip's rows, at which this dispatch begins"],
        end: ["u32", "and before which it ends"],
        ...params,
      },
      reads: { ...supply, ...reads },
      writes,
      overrides: { threads: ["u32", "of a workgroup"] },
    },
    wgsl`
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

/** A statement for each row i of a panel, each run k, or each pair of them. */
export const panel = ({ rows, runs }: PanelShape) => ({
  rows: (statement: (i: number) => string) => unroll(rows, statement),
  runs: (statement: (k: number) => string) => unroll(runs, statement),
  pairs: (statement: (i: number, k: number) => string) =>
    unroll(rows * runs, (pair) => statement(Math.floor(pair / runs), pair % runs)),
});

/**
 * Looks up a panel's rows from `row` on, as `row_i`, and the places of a tile's runs from `run` on, as `run_k`: rows behind
 * the last are the last, runs behind the last the last.
 */
function openPanel(shape: PanelShape): string {
  const { rows, runs } = panel(shape);
  return `
    ${rows((i) => `let row_${i} = open_row(run, min(row + ${i}, params.rows - 1));`)}
    ${runs((k) => `let run_${k} = min(run + ${k}, params.runs - 1) * params.cols;`)}`;
}

/** Numbers that are added one after the other, and sums of so many, before they join a larger sum. */
const CHUNK = 32;

/** `sh_totals`, the sums that `rowSums` leaves, one for each row and run of a panel, row-major, and the shares of them. */
export function rowTotals(shape: PanelShape): string {
  return `
var<workgroup> sh_sums: array<f32, threads * ${shape.rows * shape.runs}>;
var<workgroup> sh_totals: array<f32, ${shape.rows * shape.runs}>;`;
}

/**
 * Sums of products of an open panel's rows with each run's input, in `sh_totals`, each known to the thread of its number.
 * In chunks of chunks: a row of 20000 ones, added up in one chain a thread, lost 4e-5 to roundings that all went one way.
 * The next panel must wait, behind a barrier, until all threads are through.
 */
export function rowSums(shape: PanelShape): string {
  const { rows, runs, pairs } = panel(shape);
  const count = shape.rows * shape.runs;
  return `
    for (var pair = thread; pair < ${count}; pair += threads) { sh_totals[pair] = 0; }
    for (var block = 0u; block < params.cols; block += threads * ${CHUNK ** 2}) {
      if (block > 0) { workgroupBarrier(); }
      for (var pair = 0u; pair < ${count}; pair++) { sh_sums[pair * threads + thread] = 0; }
      let block_end = min(params.cols, block + threads * ${CHUNK ** 2});
      for (var chunk = block; chunk < block_end; chunk += threads * ${CHUNK}) {
        let chunk_end = min(block_end, chunk + threads * ${CHUNK});
        ${pairs((i, k) => `var sum_${i}_${k} = 0.0;`)}
        for (var col = chunk + thread; col < chunk_end; col += threads) {
          let at = open_col(col);
          ${runs((k) => `let input_${k} = input[run_${k} + col];`)}
          ${rows((i) => `let entry_${i} = entry(row_${i}, at);`)}
          ${pairs((i, k) => `sum_${i}_${k} += entry_${i} * input_${k};`)}
        }
        ${pairs((i, k) => `sh_sums[${i * shape.runs + k} * threads + thread] += sum_${i}_${k};`)}
      }
      workgroupBarrier();
      for (var pair = thread; pair < ${count}; pair += threads) {
        var total = 0.0;
        for (var first = 0u; first < threads; first += ${CHUNK}) {
          var sum = 0.0;
          for (var part = first; part < min(threads, first + ${CHUNK}); part++) { sum += sh_sums[pair * threads + part]; }
          total += sum;
        }
        sh_totals[pair] += total;
      }
    }`;
}

/**
 * Adds an open panel's rows, each times its factor `factor_i_k`, to the workgroup's share of Aᵀ·factors: a thread has its
 * own columns, so that no barrier is needed. Runs behind the last, whose factors are the last's, write what the last does.
 * The panel is summed first, so that a strip is a sum of sums.
 */
export function addShares(shape: PanelShape): string {
  const { rows, runs, pairs } = panel(shape);
  return `
    for (var col = thread; col < params.cols; col += threads) {
      let at = open_col(col);
      let place = group.x * params.runs * params.cols + col;
      ${rows((i) => `let entry_${i} = entry(row_${i}, at);`)}
      ${runs((k) => `var share_${k} = 0.0;`)}
      ${pairs((i, k) => `share_${k} += entry_${i} * factor_${i}_${k};`)}
      if (row > begin) {
        ${runs((k) => `share_${k} += shares[place + run_${k}];`)}
      }
      ${runs((k) => `shares[place + run_${k}] = share_${k};`)}
    }`;
}
