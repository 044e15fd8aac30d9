import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { texelAt } from "../src/gpu/texels.ts";
import { unroll } from "./shared/compilers.ts";
import { type ProductEnd, productEnd } from "./shared/product-end.ts";
import { CHUNK } from "./shared/sums.ts";
import {
  guardedNumbers,
  guardedVec4s,
  type OwnReads,
  ownReads,
  type TiledSource,
  typeOf,
} from "./shared/tile-reads.ts";

/**
 * How a workgroup takes a tile of outputs. On a GPU it reads the terms of a tile into workgroup memory, where many threads
 * read each of them. On a CPU a barrier costs more than these reads: each thread has rows of its own, and all threads have
 * the same runs.
 */
export interface TileShape {
  /** Outputs of a thread: rows of A or of Aᵀ, a multiple of 4, times runs. */
  readonly rows: number;
  readonly runs: number;
  readonly threads: number;
  /**
   * Which threads share what they read: the 8 × 8 threads of a workgroup, rows by runs; the four threads of a quad, each of
   * which reads a quarter of the inputs; or none.
   */
  readonly sharing: "workgroup" | "quad" | "none";
  /** Whether A and the inputs are copied to textures and read from there, where their rows are whole vec4s. */
  readonly isTextured?: boolean;
}

/** Threads along each side of a shared tile, and the terms that they read at once. */
const SIDE = 8;
export const DEPTH = 16;

/** Outputs of a workgroup, rows and runs. */
export function tileOf({ rows, runs, threads, sharing }: TileShape): { readonly rows: number; readonly runs: number } {
  return sharing === "workgroup" ? { rows: SIDE * rows, runs: SIDE * runs } : { rows: threads * rows, runs };
}

/** What a tiled product writes: A·input, A·input − targets, or shares of Aᵀ·input. */
export type TiledEnd = ProductEnd | "shares";

export interface Tiles {
  readonly end: TiledEnd;
  readonly shape: TileShape;
  readonly source: TiledSource;
}

const shares = {
  reads: {},
  writes: { shares: ["array<f32>", "strips × runs × length"] },
  code: /* wgsl */ `
fn write_output(run: u32, index: u32, product: f32) { shares[index] = product; }
`,
} as const;

/**
 * Products of one stored A with many inputs. Every thread multiplies blocks of 4 × 4 entries by 4 terms of an input, and
 * sums in chunks of chunks. Rows and runs beyond the last are read as the last, and their sums are not written.
 */
export const tiledProduct = oncePerVariant(({ end, shape, source }: Tiles) => {
  const { reads, writes, code } = end === "shares" ? shares : productEnd(end);
  const transposed = end === "shares";
  const tile = tileOf(shape);
  const place = `${transposed ? "(strip * params.runs + run)" : "run"} * params.length + row`;
  const isShared = shape.sharing === "workgroup";
  const wide = source !== "numbers";
  const own = ownReads(source, transposed);
  return kernel(
    {
      name: "tiled-product",
      does: "Multiplies A or Aᵀ by the inputs of many runs; subtracts targets where the residual is wanted",
      unit: "One workgroup = a tile of outputs, rows of A or Aᵀ by runs, summed over one strip of the terms (x, y)",
      ...(shape.sharing === "quad" && { enables: "subgroups" as const }),
    },
    {
      params: {
        length: ["u32", "of a run's output"],
        terms: ["u32", "of a sum: numbers of a run's input"],
        cols: ["u32", "M"],
        runs: ["u32", ""],
        strip: ["u32", `terms of a workgroup, a multiple of ${DEPTH}`],
        begin: ["u32", "first tile of this dispatch"],
        end: ["u32", "the tile after the last one"],
      },
      reads: { a: [typeOf[source], "N × M, row-major"], input: [typeOf[source], "runs × terms"], ...reads },
      writes,
    },
    wgsl`
${code}
${source === "texels" ? texelAt("a") + texelAt("input") : ""}
/// Where the input of a run begins; of the last run where there are fewer.
fn run_start(run: u32) -> u32 { return min(run, params.runs - 1) * params.terms; }

/// Where a row of A begins; the last row where there are fewer.
fn row_start(row: u32) -> u32 { return min(row, ${transposed ? "params.terms" : "params.length"} - 1) * params.cols; }

#if ${wide && !isShared}
#elif ${wide}
${guardedVec4s}
#else
${guardedNumbers}
#endif

${isShared ? sharedTerms(shape, transposed) : ""}

@compute @workgroup_size(${shape.threads})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
  ${shape.sharing === "quad" ? "@builtin(subgroup_invocation_id) invocation: u32," : ""}
) {
  let tile = params.begin + group.y * groups.x + group.x;
  if (tile >= params.end) { return; }
  // Neighbouring workgroups have the same rows, so that A is read from memory once.
  let run_tiles = (params.runs + ${tile.runs - 1}) / ${tile.runs};
  let row_tiles = (params.length + ${tile.rows - 1}) / ${tile.rows};
  let first_run = (tile % run_tiles) * ${tile.runs};
  let first_row = ((tile / run_tiles) % row_tiles) * ${tile.rows};
  let strip = tile / (run_tiles * row_tiles);
  let begin = strip * params.strip;
  let end = min(begin + params.strip, params.terms);
  var totals: array<f32, ${shape.rows * shape.runs}>;
  ${isShared ? "var fetched = fetch(first_row, first_run, begin, thread);" : ownStarts(shape, own)}
  for (var outer = begin; outer < end; outer += ${4 * CHUNK ** 2}) {
    ${each(shape, (r, s) => `var middle_${r}_${s} = 0.0;`)}
    for (var chunk = outer; chunk < min(end, outer + ${4 * CHUNK ** 2}); chunk += ${4 * CHUNK}) {
      ${each(shape, (r, s) => `var sum_${r}_${s} = 0.0;`)}
      for (var k = chunk; k < min(end, chunk + ${4 * CHUNK}); k += ${isShared ? DEPTH : 4}) {
        ${isShared ? addShared(shape) : addOwn(shape, own)}
      }
      ${each(shape, (r, s) => `middle_${r}_${s} += sum_${r}_${s};`)}
    }
    ${each(shape, (r, s) => `totals[${r * shape.runs + s}] += middle_${r}_${s};`)}
  }
  ${isShared ? writeUnrolled(shape, place) : writeInLoop(shape, place)}
}
`,
  );
});

/** WGSL: a statement for each output of a thread. */
const each = ({ rows, runs }: TileShape, statement: (r: number, s: number) => string) =>
  unroll(rows * runs, (i) => statement(Math.floor(i / runs), i % runs));

/** WGSL: row r and run s of a thread, within the tile. In a shared tile, neighbouring threads have neighbours. */
const rowOf = ({ rows, sharing }: TileShape, r: number) =>
  sharing === "workgroup" ? `thread % ${SIDE} + ${SIDE * r}` : `thread * ${rows} + ${r}`;
const runOf = (s: number) => `thread / ${SIDE} + ${SIDE * s}`;

/** The totals stay in registers where each has a statement of its own. */
const writeUnrolled = (shape: TileShape, place: string) =>
  each(
    shape,
    (r, s) => `{
    let row = first_row + ${rowOf(shape, r)};
    let run = first_run + ${runOf(s)};
    if (row < params.length && run < params.runs) { write_output(run, ${place}, totals[${r * shape.runs + s}]); }
  }`,
  );

/** A CPU's compiler would take seconds for a statement for each total. */
const writeInLoop = ({ rows, runs, sharing }: TileShape, place: string) => `
  let first_own = min(first_row + thread * ${rows}, params.length);
  let own_outputs = min(${rows}, params.length - first_own) * ${runs};
  for (var i = 0u; i < own_outputs; i++) {
    let row = first_own + (i >> ${Math.log2(runs)});
    let run = first_run + (${sharing === "quad" ? "(i ^ (invocation & 3))" : "i"} & ${runs - 1});
    if (run < params.runs) { write_output(run, ${place}, totals[i]); }
  }`;

/** A thread finds once where the inputs begin that it reads, and the rows or the columns of A. */
const ownStarts = ({ rows, runs, sharing }: TileShape, { transposed, column }: OwnReads) => {
  const first = (r: number) => `first_row + thread * ${rows} + ${r}`;
  return `
  let cols = params.cols;
  ${
    sharing === "quad"
      ? unroll(runs / 4, (q) => `let run_${4 * q} = run_start(first_run + ${4 * q} + (invocation & 3));`)
      : unroll(runs, (s) => `let run_${s} = run_start(first_run + ${s});`)
  }
  ${
    transposed
      ? unroll(rows / 4, (b) => `let col_${b} = ${column(first(4 * b))};`)
      : unroll(rows, (r) => `let row_${r} = row_start(${first(r)});`)
  }`;
};

const addOwn = (shape: TileShape, { transposed, terms, entries, rowOfTerm }: OwnReads) => {
  const block = (b: number) =>
    transposed
      ? `transpose(mat4x4f(${unroll(4, (i) => entries(rowOfTerm(i), `col_${b}`), ", ")}))`
      : `mat4x4f(${unroll(4, (i) => entries(`row_${4 * b + i}`, "k"), ", ")})`;
  const inputs =
    shape.sharing === "quad"
      ? quadInputs(shape, terms)
      : unroll(shape.runs, (s) => `let input_${s} = ${terms(`run_${s}`)};`);
  return `
        ${inputs}
        ${unroll(shape.rows / 4, (b) => `let block_${b} = ${block(b)};`)}
        ${each(shape, (r, s) => `sum_${r}_${s} += dot(block_${Math.floor(r / 4)}[${r % 4}], input_${s});`)}`;
};

/** Each thread reads one input of four, and swaps for the others. Input s of a thread at place p of its quad is that of run s ^ p. */
const quadInputs = ({ runs }: TileShape, terms: OwnReads["terms"]) =>
  unroll(
    runs / 4,
    (q) => `
        let input_${4 * q} = ${terms(`run_${4 * q}`)};
        let input_${4 * q + 1} = quadSwapX(input_${4 * q});
        let input_${4 * q + 2} = quadSwapY(input_${4 * q});
        let input_${4 * q + 3} = quadSwapDiagonal(input_${4 * q});`,
  );

/**
 * Half of the threads read blocks of A, the others the inputs of four runs each: four reads of a thread are under way while
 * it multiplies what was read before.
 */
const sharedTerms = (shape: TileShape, transposed: boolean) => {
  const { rows, runs } = tileOf(shape);
  const half = shape.threads / 2;
  const quads = DEPTH / 4;
  // Neighbouring threads read neighbours in memory: along the terms, or along the rows of Aᵀ.
  const [blockOf, quadOf] = transposed
    ? [`thread % ${rows / 4}`, `thread / ${rows / 4}`]
    : [`thread / ${quads}`, `thread % ${quads}`];
  return `
/// Four terms of four outputs: column i has those of output first + i.
fn block(first: u32, k: u32) -> mat4x4f {
  return ${
    transposed
      ? `transpose(mat4x4f(${unroll(4, (i) => `entries(row_start(k + ${i}), first)`, ", ")}))`
      : `mat4x4f(${unroll(4, (i) => `entries(row_start(first + ${i}), k)`, ", ")})`
  };
}

var<workgroup> sh_entries: array<vec4f, ${quads * rows}>; // terms by fours, then rows
var<workgroup> sh_inputs: array<vec4f, ${quads * runs}>;

fn fetch(first_row: u32, first_run: u32, k: u32, thread: u32) -> mat4x4f {
  var fetched: mat4x4f;
  if (thread < ${half}) {
    fetched = block(first_row + 4 * (${blockOf}), k + 4 * (${quadOf}));
  } else {
    let run = first_run + 4 * ((thread - ${half}) / ${quads});
    let own = k + 4 * (thread % ${quads});
    fetched = mat4x4f(${unroll(4, (i) => `input_terms(run_start(run + ${i}), own)`, ", ")});
  }
  return fetched;
}

fn keep(fetched: mat4x4f, thread: u32) {
  if (thread < ${half}) {
    let at = (${quadOf}) * ${rows} + 4 * (${blockOf});
    ${unroll(4, (i) => `sh_entries[at + ${i}] = fetched[${i}];`)}
  } else {
    let at = (thread % ${quads}) * ${runs} + 4 * ((thread - ${half}) / ${quads});
    ${unroll(4, (i) => `sh_inputs[at + ${i}] = fetched[${i}];`)}
  }
}`;
};

const addShared = (shape: TileShape) => {
  const tile = tileOf(shape);
  return `
        workgroupBarrier(); // the terms before have been read
        keep(fetched, thread);
        workgroupBarrier(); // all threads read what each has kept
        fetched = fetch(first_row, first_run, k + ${DEPTH}, thread);
        ${unroll(
          DEPTH / 4,
          (q) => `
        ${unroll(shape.rows, (r) => `let entry_${q}_${r} = sh_entries[${q * tile.rows} + ${rowOf(shape, r)}];`)}
        ${unroll(shape.runs, (s) => `let input_${q}_${s} = sh_inputs[${q * tile.runs} + ${runOf(s)}];`)}
        ${each(shape, (r, s) => `sum_${r}_${s} += dot(entry_${q}_${r}, input_${q}_${s});`)}`,
        )}`;
};
