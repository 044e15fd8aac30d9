import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { unroll } from "./shared/compilers.ts";
import { BLOCK_ROWS, PAIR_ROWS, pairParams, pairRow } from "./shared/sweep.ts";

/** How a workgroup turns the rows of a pair. */
interface ApplyShape {
  /** Columns of all rows that a thread takes: 2 or a multiple of 4. */
  readonly floats: number;
  readonly threads: number;
  /** Whether each of the four threads of a quad reads a quarter of W, and gets the rest from the others. */
  readonly inQuads: boolean;
}

/**
 * In place: a thread reads the 32 entries of its column before it writes the first. Workgroup memory would save loads,
 * but SwiftShader clears it before each workgroup, which takes 10 times as long as the kernel.
 */
export const applyRotation = oncePerVariant(({ floats, threads, inQuads }: ApplyShape) => {
  const width = Math.min(4, floats); // of the vectors that it reads and writes
  const columns = floats / width;
  return kernel(
    {
      name: "apply-rotation",
      does: "Multiplies the rows of a pair by W = J + D of pair-rotation",
      unit: `One workgroup = ${threads * floats} columns (x) of one pair (y)`,
      ...(inQuads && { enables: "subgroups" as const }),
    },
    {
      params: { ...pairParams, row_stride: ["u32", "vec4s from one working row to the next"] },
      reads: {
        rotation: ["array<vec4f>", "batch × pairs × 32 (new row) × 8 (4 old rows): D"],
        turned: ["array<vec2u>", "batch × pairs: x is 0 where W = I; y has a bit for each row, J's diagonal"],
      },
      writes: { working: [`array<vec${width}f>`, `batch × rows × ${4 / width} · row_stride`] },
    },
    wgsl`
${pairRow}

@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
  ${inQuads ? "@builtin(subgroup_invocation_id) invocation: u32," : ""}
) {
  let pair = params.first_pair + group.y;
  let first = (group.x * ${threads} + thread) * ${columns};
  let state = turned[pair];
  let row_stride = params.row_stride * ${4 / width};
  if (state.x == 0${inQuads ? "" : " || first >= row_stride"}) { return; }

  // Columns beyond the last one are read as the last one, and are not written.
  let upper = pair_row(pair, 0) * row_stride;
  let lower = pair_row(pair, ${BLOCK_ROWS}) * row_stride;
  ${unroll(columns, (c) => `let col${c} = min(first + ${c}, row_stride - 1);`)}
  ${unroll(PAIR_ROWS * columns, (i) => {
    const [k, c] = [Math.floor(i / columns), i % columns];
    const row = k < BLOCK_ROWS ? `upper + ${k}` : `lower + ${k - BLOCK_ROWS}`;
    return `let old${k}_${c} = working[${row} * row_stride + col${c}];`;
  })}

  for (var i = 0u; i < ${PAIR_ROWS}; i++) {
    let weights = (pair * ${PAIR_ROWS} + i) * ${PAIR_ROWS / 4};
    ${unroll(columns, (c) => `var sum${c} = vec${width}f(0);`)}
    ${inQuads ? unroll(PAIR_ROWS / 16, (q) => `let quad${q} = rotation[weights + ${4 * q} + invocation % 4];`) : ""}
    ${unroll(PAIR_ROWS / 4, (k) => {
      const products = (c: number) =>
        ["x", "y", "z", "w"].map((lane, j) => `w.${lane} * old${4 * k + j}_${c}`).join(" + ");
      return `{
      let w = ${inQuads ? `quadBroadcast(quad${Math.floor(k / 4)}, ${k % 4})` : `rotation[weights + ${k}]`};
      ${unroll(columns, (c) => `sum${c} += ${products(c)};`)}
    }`;
    })}
    let row = select(lower + (i - ${BLOCK_ROWS}) * row_stride, upper + i * row_stride, i < ${BLOCK_ROWS});
    let kept = ((state.y >> i) & 1) == 1;
    ${unroll(columns, (c) => `sum${c} += select(vec${width}f(0), working[row + col${c}], kept);`)}
    ${unroll(columns, (c) => `if (first + ${c} < row_stride) { working[row + col${c}] = sum${c}; }`)}
  }
}
`,
  );
});
