import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { opaqueZero, unroll } from "./shared/compilers.ts";
import { blockColumns, panelParams, REFLECTORS, reflectorParams, TRIANGLES } from "./shared/reflectors.ts";
import { runningSum } from "./shared/sums.ts";

/** Columns whose products are added before they enter a compensated sum. */
const COLUMNS = 4;

interface ReflectorShape {
  /** Rows that a workgroup reflects together. */
  readonly rows: number;
  /** Reflectors of a panel. */
  readonly panel: number;
  /** Reflectors whose products with a row a thread sums at once, a multiple of 4. */
  readonly group: number;
  /** Reflectors that it subtracts from these rows at once, a multiple of 4. */
  readonly subtracted: number;
  /** Who shares a read of a reflector: see src/adapter/shapes.ts. */
  readonly sharing: "workgroup" | "quad";
}

/**
 * rows ← rows·(I − VᵀTV) applies a panel's reflectors from the first to the last, and rows·(I − VᵀTᵀV) from the last to the
 * first. The factors (rows·Vᵀ)·T of a workgroup stay in its memory.
 */
export const applyReflectors = oncePerVariant((shape: ReflectorShape) => {
  const { rows, sharing } = shape;
  return kernel(
    {
      name: "apply-reflectors",
      does: "Applies the reflectors of a panel to rows, from the right",
      unit:
        sharing === "quad"
          ? `One workgroup = ${rows} rows (x) a thread of one block (y) of one matrix (z)`
          : `One workgroup = ${rows} rows (x) of one block (y) of one matrix (z), which share each read of the reflectors; ` +
            "in products, the `lanes` threads of a group share the columns, and the groups the reflectors",
      ...(sharing === "quad" && { enables: "subgroups" as const }),
    },
    {
      params: {
        ...panelParams,
        ...reflectorParams,
        first: ["u32", "place of the first row that is reflected"],
        row_step: ["u32", "from one row of T to the next; of Tᵀ for the other order"],
        col_step: ["u32", "from one column to the next"],
        first_group: ["u32", "first workgroup of this dispatch"],
        ...opaqueZero,
      },
      reads: {
        reflectors: ["array<vec4f>", REFLECTORS],
        triangles: ["array<f32>", TRIANGLES],
        places: ["array<u32>", "matrices × working_rows: rows by place"],
      },
      writes: { working: ["array<vec4f>", "batch × working_rows × row_stride"] },
      overrides: { threads: ["u32", "see src/adapter/shapes.ts"], lanes: ["u32", "divides threads"] },
    },
    wgsl`
${blockColumns}
${runningSum("vec4f")}
${sharing === "quad" ? ownRows(shape) : sharedRows(shape)}
`,
  );
});

/** WGSL: all threads of a workgroup take the same rows. */
function sharedRows({ rows, panel, group, subtracted }: ReflectorShape): string {
  const takeFactors = unroll(rows, (r) =>
    unroll(subtracted / 4, (q) => `let f${r}_${q} = sh_factors[first / 4 + ${q}][${r}];`),
  );
  const subtract = `
      ${unroll(subtracted, (i) => `let v${i} = reflectors[min(first_reflector + first + ${i}, last_reflector) * params.row_stride + col];`)}
      ${unroll(rows, (r) => unroll(subtracted / 4, (q) => `y${r} -= ${unroll(4, (i) => `f${r}_${q}[${i}] * v${4 * q + i}`, " + ")};`))}`;
  return wgsl`
const GROUPS = ${panel / group}u;
const QUADS = ${panel / 4}u; // of reflectors, whose products with a row make a vec4
var<workgroup> sh_parts: array<array<array<vec4f, ${rows}>, QUADS>, lanes>; // of the products
var<workgroup> sh_products: array<array<vec4f, ${rows}>, QUADS>;            // of each row with the v's
var<workgroup> sh_factors: array<array<vec4f, ${rows}>, QUADS>;             // of the v's that each row loses

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  opaque_zero = params.opaque_zero;
  let block = group.z * params.blocks + group.y; // counted over all rows
  let columns = block_columns(group.y);
  let begin = columns.x + params.panel / 4;
  let first_row = group.z * params.working_rows;
  let first_reflector = group.z * params.reflector_rows + params.reflector_first;
  let last_reflector = (group.z + 1) * params.reflector_rows - 1; // beyond it, T is 0
  // Of the panel. A compiler would unroll loops over a constant number, and run out of registers.
  let count = min(${panel}, params.reflector_rows - params.reflector_first);
  let own = params.first + ${rows} * (params.first_group + group.x);
  ${unroll(
    rows,
    (r) =>
      `let at${r} = (first_row + places[block * params.working_rows + min(own + ${r}, params.rows - 1)]) * params.row_stride;`,
  )}

  let lane = thread % lanes;
  for (var g = thread / lanes; g < GROUPS; g += threads / lanes) {
    ${unroll(group, (i) => `let at_v${i} = min(first_reflector + ${group} * g + ${i}, last_reflector) * params.row_stride;`)}
    ${unroll(rows, (r) => unroll(group / 4, (q) => `var sum${r}_${q} = sum_vec4f();`))}
    var col = begin + lane;
    while (col < columns.y) {
      ${unroll(rows, (r) => unroll(group / 4, (q) => `var part${r}_${q} = vec4f(0);`))}
      for (let end = min(columns.y, col + ${COLUMNS} * lanes); col < end; col += lanes) {
        ${unroll(group, (i) => `let v${i} = reflectors[at_v${i} + col];`)}
        ${unroll(
          rows,
          (r) => `{
          let y = working[at${r} + col];
          ${unroll(group / 4, (q) => `part${r}_${q} += vec4f(${unroll(4, (i) => `dot(v${4 * q + i}, y)`, ", ")});`)}
        }`,
        )}
      }
      ${unroll(rows, (r) => unroll(group / 4, (q) => `sum${r}_${q} = added_vec4f(sum${r}_${q}, part${r}_${q});`))}
    }
    ${unroll(rows, (r) => unroll(group / 4, (q) => `sh_parts[lane][${group / 4} * g + ${q}][${r}] = sum${r}_${q}.value;`))}
  }
  workgroupBarrier(); // a thread adds the parts of four products
  for (var i = thread; i < QUADS * ${rows}; i += threads) {
    var sum = sum_vec4f();
    for (var t = 0u; t < lanes; t++) { sum = added_vec4f(sum, sh_parts[t][i / ${rows}][i % ${rows}]); }
    sh_products[i / ${rows}][i % ${rows}] = sum.value;
  }
  workgroupBarrier(); // a thread makes four factors

  let triangle = (block * ((params.reflector_rows + ${panel - 1}) / ${panel} * ${panel}) + params.reflector_first) * ${panel};
  for (var i = thread; i < QUADS * ${rows}; i += threads) {
    var factors = vec4f(0);
    for (var l = 0u; l < count; l++) {
      let at = triangle + l * params.row_step + i / ${rows} * 4 * params.col_step;
      let row = vec4f(${unroll(4, (c) => `triangles[at + ${c} * params.col_step]`, ", ")});
      factors += sh_products[l / 4][i % ${rows}][l % 4] * row;
    }
    sh_factors[i / ${rows}][i % ${rows}] = factors;
  }
  workgroupBarrier(); // all threads subtract

#if ${subtracted === panel}
  const first = 0u;
  ${takeFactors}
#endif
  for (var col = begin + thread; col < columns.y; col += threads) {
    ${unroll(rows, (r) => `var y${r} = working[at${r} + col];`)}
#if ${subtracted === panel}
    ${subtract}
#else
    for (var first = 0u; first < count; first += ${subtracted}) {
      ${takeFactors}
      ${subtract}
    }
#endif
    ${unroll(rows, (r) => `if (own + ${r} < params.rows) { working[at${r} + col] = y${r}; }`)}
  }
}
`;
}

/**
 * WGSL: each thread has rows of its own, and no thread waits for another. The four threads of a quad each read one of four
 * reflectors. Slot s of a thread holds the one whose place among the four differs in its bits from s as the thread's place
 * in its quad does from 0.
 */
function ownRows({ rows, panel }: ReflectorShape): string {
  const quads = panel / 4;
  const each = (statement: (r: number, q: number) => string) =>
    unroll(rows, (r) => unroll(quads, (q) => statement(r, q)));
  const readReflectors = (q: number) => `
        let v0 = reflectors[at_v${q} + col];
        let v1 = quadSwapX(v0);
        let v2 = quadSwapY(v0);
        let v3 = quadSwapDiagonal(v0);`;
  return wgsl`
@compute @workgroup_size(threads)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  opaque_zero = params.opaque_zero;
  let block = group.z * params.blocks + group.y; // counted over all rows
  let columns = block_columns(group.y);
  let begin = columns.x + params.panel / 4;
  let first_row = group.z * params.working_rows;
  let own = params.first + ${rows} * ((params.first_group + group.x) * threads + thread);
  ${unroll(
    rows,
    (r) =>
      `let at${r} = (first_row + places[block * params.working_rows + min(own + ${r}, params.rows - 1)]) * params.row_stride;`,
  )}
  let place = invocation % 4;
  let first_reflector = group.z * params.reflector_rows + params.reflector_first + place;
  let last_reflector = (group.z + 1) * params.reflector_rows - 1; // beyond it, T is 0
  ${unroll(quads, (q) => `let at_v${q} = min(first_reflector + ${4 * q}, last_reflector) * params.row_stride;`)}

  ${each((r, q) => `var sum${r}_${q} = sum_vec4f();`)}
  for (var chunk = begin; chunk < columns.y; chunk += ${COLUMNS}) {
    ${each((r, q) => `var part${r}_${q} = vec4f(0);`)}
    for (var col = chunk; col < min(columns.y, chunk + ${COLUMNS}); col++) {
      ${unroll(rows, (r) => `let y${r} = working[at${r} + col];`)}
      ${unroll(
        quads,
        (q) => `{
        ${readReflectors(q)}
        ${unroll(rows, (r) => `part${r}_${q} += vec4f(${unroll(4, (i) => `dot(v${i}, y${r})`, ", ")});`)}
      }`,
      )}
    }
    ${each((r, q) => `sum${r}_${q} = added_vec4f(sum${r}_${q}, part${r}_${q});`)}
  }

  let triangle = (block * ((params.reflector_rows + ${panel - 1}) / ${panel} * ${panel}) + params.reflector_first) * ${panel};
  var products: array<vec4f, ${rows * quads}>;
  ${each((r, q) => `products[${r * quads + q}] = sum${r}_${q}.value;`)}
  ${each((r, q) => `var f${r}_${q} = vec4f(0);`)}
  for (var l = 0u; l < ${panel}; l++) {
    let at = triangle + (l ^ place) * params.row_step;
    ${unroll(rows, (r) => `let product${r} = products[${r * quads} + l / 4][l % 4];`)}
    ${unroll(
      quads,
      (q) => `{
      let factors = vec4f(${unroll(4, (i) => `triangles[at + (${4 * q + i} ^ place) * params.col_step]`, ", ")});
      ${unroll(rows, (r) => `f${r}_${q} += product${r} * factors;`)}
    }`,
    )}
  }

  for (var col = begin; col < columns.y; col++) {
    ${unroll(rows, (r) => `var y${r} = working[at${r} + col];`)}
    ${unroll(
      quads,
      (q) => `{
      ${readReflectors(q)}
      ${unroll(rows, (r) => `y${r} -= ${unroll(4, (i) => `f${r}_${q}[${i}] * v${i}`, " + ")};`)}
    }`,
    )}
    ${unroll(rows, (r) => `if (own + ${r} < params.rows) { working[at${r} + col] = y${r}; }`)}
  }
}
`;
}
