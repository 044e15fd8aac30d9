import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel, kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { opaqueZero, unroll } from "./shared/compilers.ts";
import {
  blockColumns,
  panelParams,
  REFLECTORS,
  reflectorParams,
  SMALLEST_NORM,
  TRIANGLES,
} from "./shared/reflectors.ts";
import { runningSum } from "./shared/sums.ts";

/** Numbers of a sketch. They suffice to choose as many rows of a panel. */
export const SKETCH = 32;

/** Loads of a thread that are under way together. */
const LOADS = 4;

/**
 * A sketch of a row is 32 sums. Each takes one entry from each 32 columns, with a random sign. A row that is far from the
 * span of other rows almost surely has a sketch that is far from the span of their sketches. So the pivots of a whole panel
 * can be found from 32 numbers a row (Duersch & Gu, SIAM J. Sci. Comput. 39, 2017; Clarkson & Woodruff, J. ACM 63, 2017).
 */
export const sketchRows = elementKernel(
  {
    name: "sketch-rows",
    does: "Sketches the rows that remain before a panel",
    element: "entry of a sketch",
  },
  {
    params: {
      batch: ["u32", "matrices"],
      panel: ["u32", "first reflector of the panel, a multiple of the rows of a panel"],
      rows: ["u32", "n"],
      working_rows: ["u32", ""],
      row_length: ["u32", "f32s of a row"],
    },
    reads: {
      working: ["array<f32>", "batch × working_rows × row_length"],
      pivots: ["array<u32>", "batch × working_rows: rows by place; those from place `panel` on remain"],
    },
    writes: { sketches: ["array<f32>", "batch × working_rows × 32"] },
  },
  {
    elements: ({ batch, rows, panel }) => batch * (rows - panel) * SKETCH,
    work: ({ row_length, panel }) => (8 * (row_length - panel)) / SKETCH,
    helpers: wgsl`
/// Random bits (PCG; Jarzynski & Olano, J. Comput. Graph. Tech. 9, 2020).
fn random_bits(seed: u32) -> u32 {
  let state = seed * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}
`,
    each: wgsl`
  let entry = index % ${SKETCH};
  let remaining = params.rows - params.panel;
  let first_row = index / ${SKETCH} / remaining * params.working_rows;
  let row = first_row + pivots[first_row + params.panel + index / ${SKETCH} % remaining];
  let seed = random_bits(params.panel + 7u);
  var sum = 0.0;
  for (var begin = params.panel; begin < params.row_length; begin += ${LOADS * SKETCH}) {
    ${unroll(
      LOADS,
      (i) => `
    let turn${i} = random_bits(seed ^ (begin + ${i * SKETCH}));
    let within${i} = (entry + turn${i}) % ${SKETCH};
    let col${i} = begin + ${i * SKETCH} + within${i};
    let value${i} = working[row * params.row_length + min(col${i}, params.row_length - 1)];
    let sign${i} = select(-1.0, 1.0, ((random_bits(turn${i}) >> within${i}) & 1) == 1);`,
    )}
    ${unroll(LOADS, (i) => `sum += select(0.0, sign${i} * value${i}, col${i} < params.row_length);`)}
  }
  sketches[row * ${SKETCH} + entry] = sum;
`,
  },
);

/**
 * A QR with row pivoting of the sketches: each pivot is the row whose sketch is farthest from the span of the pivots before
 * it, the first of equal ones. It changes places with the row at the next place of the panel.
 */
export const choosePivots = oncePerVariant(({ panel }: { panel: number }) =>
  kernel(
    {
      name: "choose-pivots",
      does: "Chooses the rows of a panel from sketches, and moves them to the places of the panel",
      unit: "One workgroup = one matrix (x); one thread = every `threads`-th remaining row",
    },
    {
      params: {
        panel: ["u32", "first place of the panel, a multiple of the rows of a panel"],
        rows: ["u32", "n"],
        working_rows: ["u32", ""],
        first_matrix: ["u32", "first matrix of this dispatch"],
      },
      writes: {
        pivots: ["array<u32>", "batch × working_rows: rows by place"],
        sketches: [
          "array<vec4f>",
          "batch × working_rows × 8; afterwards, their parts orthogonal to the sketches of the pivots",
        ],
      },
      overrides: { threads: ["u32", "see src/adapter/shapes.ts"] },
    },
    wgsl`
var<workgroup> sh_farthest: array<vec2u, threads>;
var<workgroup> sh_sketch: array<vec4f, ${SKETCH / 4}>; // of the pivot last chosen

/// Of two (bits of a square, place), the one with the larger square; of two equal squares, the one with the smaller place.
/// Bits of non-negative floats have the order of the floats.
fn farther(a: vec2u, b: vec2u) -> vec2u {
  return select(a, b, b.x > a.x || (b.x == a.x && b.y < a.y));
}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first_row = (params.first_matrix + group.x) * params.working_rows;
  var scale = 0.0; // 1/|sketch|² of the pivot last chosen
  for (var next = params.panel; next < min(params.panel + ${panel}, params.rows); next++) {
    var farthest = vec2u(0, next);
    for (var place = next + thread; place < params.rows; place += threads) {
      let at = (first_row + pivots[first_row + place]) * ${SKETCH / 4};
      ${unroll(SKETCH / 4, (i) => `let old${i} = sketches[at + ${i}];`)}
      let factor = scale * (${unroll(SKETCH / 4, (i) => `dot(old${i}, sh_sketch[${i}])`, " + ")});
      ${unroll(SKETCH / 4, (i) => `let rest${i} = old${i} - factor * sh_sketch[${i}]; sketches[at + ${i}] = rest${i};`)}
      let square = ${unroll(SKETCH / 4, (i) => `dot(rest${i}, rest${i})`, " + ")};
      farthest = farther(farthest, vec2u(bitcast<u32>(square), place));
    }
    sh_farthest[thread] = farthest;
    workgroupBarrier(); // a thread of the first half compares its row with that of one of the second half
    for (var half = threads / 2; half > 0; half /= 2) {
      if (thread < half) { sh_farthest[thread] = farther(sh_farthest[thread], sh_farthest[thread + half]); }
      workgroupBarrier();
    }
    farthest = sh_farthest[0];
    let pivot = pivots[first_row + farthest.y];
    let square = bitcast<f32>(farthest.x);
    scale = select(0.0, 1 / square, square > ${SMALLEST_NORM ** 2});
    for (var i = thread; i < ${SKETCH / 4}; i += threads) {
      sh_sketch[i] = sketches[(first_row + pivot) * ${SKETCH / 4} + i];
    }
    workgroupBarrier(); // all threads have read the pivot
    if (thread == 0) {
      pivots[first_row + farthest.y] = pivots[first_row + next];
      pivots[first_row + next] = pivot;
    }
    storageBarrier();
    workgroupBarrier();
  }
}
`,
  ),
);

/**
 * Householder reflectors from the right, one a row, and their triangle T. A row keeps its entries of L, up to the one on the
 * diagonal. That one is 0 where the row makes no reflector.
 */
export const factorPanel = oncePerVariant(({ panel }: { panel: number }) =>
  kernel(
    {
      name: "factor-panel",
      does: "Makes the reflectors of a panel",
      unit: "One workgroup = one block (x) of one matrix (y); the `lanes` threads of a group share the columns, and the groups the rows",
    },
    {
      params: {
        ...panelParams,
        ...reflectorParams,
        first_block: ["u32", "first block of this dispatch"],
        first_matrix: ["u32", "first matrix of this dispatch"],
        ...opaqueZero,
      },
      reads: { pivots: ["array<u32>", "matrices × working_rows: rows by place"] },
      writes: {
        working: ["array<vec4f>", "batch × working_rows × row_stride"],
        reflectors: ["array<vec4f>", REFLECTORS],
        triangles: ["array<f32>", TRIANGLES],
      },
      overrides: { threads: ["u32", "see src/adapter/shapes.ts"], lanes: ["u32", "divides threads"] },
    },
    wgsl`
const GROUPS = ${panel / 4}u; // of four rows, whose products make a vec4
var<workgroup> sh_parts: array<array<vec4f, GROUPS>, lanes>;
var<workgroup> sh_products: array<f32, ${panel}>; // of x with each row of the panel
// Of a row after row j, the multiple of v that it loses; of a row before it, its product with v.
var<workgroup> sh_factors: array<f32, ${panel}>;
var<workgroup> sh_triangle: array<f32, ${panel * panel}>;

${blockColumns}
${runningSum("vec4f")}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  opaque_zero = params.opaque_zero;
  let matrix = params.first_matrix + group.y;
  let block = params.first_block + group.x;
  let counted = matrix * params.blocks + block; // the block, counted over the batch
  let columns = block_columns(block);
  let first_row = matrix * params.working_rows;
  let first_reflector = matrix * params.reflector_rows + params.reflector_first;
  let count = min(${panel}, params.rows - params.panel);
  let lane = thread % lanes;
  let panel_col = columns.x + params.panel / 4;

  for (var i = 0u; i < count; i += 4) {
    ${unroll(
      4,
      (r) => `let row${r} = min(i + ${r}, count - 1);
    let source${r} = (first_row + pivots[counted * params.working_rows + params.panel + row${r}]) * params.row_stride;`,
    )}
    for (var col = panel_col + thread; col < columns.y; col += threads) {
      ${unroll(4, (r) => `let value${r} = working[source${r} + col];`)}
      ${unroll(4, (r) => `reflectors[(first_reflector + row${r}) * params.row_stride + col] = value${r};`)}
    }
  }
  storageBarrier();
  workgroupBarrier();

  for (var j = 0u; j < count; j++) {
    let x = (first_reflector + j) * params.row_stride;
    let corner = panel_col + j / 4; // the vec4 of the diagonal
    for (var g = thread / lanes; 4 * g < count; g += threads / lanes) {
      ${unroll(4, (i) => `let at${i} = (first_reflector + min(4 * g + ${i}, count - 1)) * params.row_stride;`)}
      var sum = sum_vec4f();
      for (var col = corner + lane; col < columns.y; col += lanes) {
        let value = select(vec4f(0), reflectors[x + col], 4 * (col - panel_col) + vec4u(0, 1, 2, 3) > vec4u(j));
        sum = added_vec4f(sum, vec4f(${unroll(4, (i) => `dot(value, reflectors[at${i} + col])`, ", ")}));
      }
      sh_parts[lane][g] = sum.value;
    }
    workgroupBarrier(); // a thread adds the parts of four products
    for (var g = thread; 4 * g < count; g += threads) {
      var sum = sum_vec4f();
      for (var t = 0u; t < lanes; t++) { sum = added_vec4f(sum, sh_parts[t][g]); }
      ${unroll(4, (i) => `sh_products[4 * g + ${i}] = sum.value[${i}];`)}
    }
    workgroupBarrier();

    let entry = reflectors[x + corner][j % 4];
    let norm = sqrt(sh_products[j] + entry * entry);
    let beta = select(0.0, select(norm, -norm, entry >= 0), norm > ${SMALLEST_NORM});
    let head = entry - beta;
    let tau = select(1 / (abs(beta) * abs(head)), 0.0, beta == 0);
    for (var i = thread; i < count; i += threads) {
      let product = sh_products[i] + head * reflectors[(first_reflector + i) * params.row_stride + corner][j % 4];
      sh_factors[i] = select(product, tau * product, i > j);
    }
    workgroupBarrier(); // all threads have read x and the factors

    for (var i = thread; i <= j; i += threads) {
      var sum = 0.0;
      for (var l = i; l < j; l++) { sum += sh_triangle[i * ${panel} + l] * sh_factors[l]; }
      sh_triangle[i * ${panel} + j] = select(-tau * sum, tau, i == j);
    }
    let pivot = (first_row + pivots[counted * params.working_rows + params.panel + j]) * params.row_stride;
    for (var i = thread; i <= j / 4; i += threads) {
      let col = 4 * i + vec4u(0, 1, 2, 3);
      let value = reflectors[x + panel_col + i];
      working[pivot + panel_col + i] = select(value, vec4f(beta), col == vec4u(j));
      reflectors[x + panel_col + i] = select(select(vec4f(0), value, col > vec4u(j)), vec4f(head), col == vec4u(j));
    }
    storageBarrier();
    workgroupBarrier(); // the reflector is complete

    for (var g = (j + 1) / 4 + thread / lanes; 4 * g < count; g += threads / lanes) {
      ${unroll(4, (i) => `let at${i} = (first_reflector + min(4 * g + ${i}, count - 1)) * params.row_stride;`)}
      for (var col = corner + lane; col < columns.y; col += lanes) {
        let v = reflectors[x + col];
        ${unroll(4, (i) => `let value${i} = reflectors[at${i} + col];`)}
        ${unroll(
          4,
          (i) => `if (4 * g + ${i} > j && 4 * g + ${i} < count) {
          reflectors[at${i} + col] = value${i} - sh_factors[4 * g + ${i}] * v;
        }`,
        )}
      }
    }
    storageBarrier();
    workgroupBarrier();
  }
  let triangle = (counted * ((params.reflector_rows + ${panel - 1}) / ${panel} * ${panel}) + params.reflector_first) * ${panel};
  for (var i = thread; i < ${panel * panel}; i += threads) { triangles[triangle + i] = sh_triangle[i]; }
}
`,
  ),
);
