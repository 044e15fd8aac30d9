import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { BLOCK_ROWS, PAIR_ROWS, sweepParams } from "./shared/sweep.ts";
import { tournament } from "./shared/tournament.ts";
import { unroll } from "./shared/unroll.ts";

/** Threads in a workgroup, each with `columns` vec4 columns of all rows of a pair. */
export const APPLY_WORKGROUP = 64;

// Rows of a pair ← W · rows with W = J + D, see pair-rotation, in place, over all of their columns: a thread holds its
// column's 32 entries before it writes the first. Workgroup memory would save loads, but SwiftShader clears it at length:
// 10 times the time there.
// One workgroup = 64 · columns vec4 columns (x) of one pair (y).
export const applyRotation = ({ columns }: { columns: number }) => wgsl`
${tournament}
${sweepParams}

@group(0) @binding(0) var<uniform> params: sweep_params;
@group(0) @binding(1) var<storage, read> rotation: array<vec4f>;         // batch × pairs × 32 (new row) × 8 (4 old rows): D
@group(0) @binding(2) var<storage, read> turned: array<vec2u>;           // batch × pairs: 0 where W = I, and the bits of J
@group(0) @binding(3) var<storage, read_write> working: array<vec4f>;    // batch × rows × row_stride

@compute @workgroup_size(${APPLY_WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let pair = params.first_pair + group.y;
  let first = (group.x * ${APPLY_WORKGROUP} + thread) * ${columns};
  let state = turned[pair];
  if (state.x == 0 || first >= params.row_stride) { return; }

  // Columns beyond the last one are the last one, turned alike.
  let upper = pair_row(params, pair, 0) * params.row_stride;
  let lower = pair_row(params, pair, ${BLOCK_ROWS}) * params.row_stride;
  ${unroll(columns, (c) => `let col${c} = min(first + ${c}, params.row_stride - 1);`)}
  ${unroll(PAIR_ROWS * columns, (i) => {
    const [k, c] = [Math.floor(i / columns), i % columns];
    const row = k < BLOCK_ROWS ? `upper + ${k}` : `lower + ${k - BLOCK_ROWS}`;
    return `let old${k}_${c} = working[${row} * params.row_stride + col${c}];`;
  })}

  for (var i = 0u; i < ${PAIR_ROWS}; i++) {
    let weights = (pair * ${PAIR_ROWS} + i) * ${PAIR_ROWS / 4};
    ${unroll(columns, (c) => `var sum${c} = vec4f(0);`)}
    ${unroll(PAIR_ROWS / 4, (k) => {
      const products = (c: number) =>
        ["x", "y", "z", "w"].map((lane, j) => `w.${lane} * old${4 * k + j}_${c}`).join(" + ");
      return `{
      let w = rotation[weights + ${k}];
      ${unroll(columns, (c) => `sum${c} += ${products(c)};`)}
    }`;
    })}
    let row = select(lower + (i - ${BLOCK_ROWS}) * params.row_stride, upper + i * params.row_stride, i < ${BLOCK_ROWS});
    let kept = ((state.y >> i) & 1) == 1;
    ${unroll(columns, (c) => `sum${c} += select(vec4f(0), working[row + col${c}], kept);`)}
    ${unroll(columns, (c) => `working[row + col${c}] = sum${c};`)}
  }
}
`;
