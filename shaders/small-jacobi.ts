import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { opaqueZero, unroll } from "./shared/compilers.ts";
import { runningSum } from "./shared/sums.ts";
import { NEGLIGIBLE_NORM, tournament } from "./shared/sweep.ts";

/** How a workgroup takes its matrix [R | J]. */
export interface SmallJacobiShape {
  /** The part of the matrix that it holds in its own memory. The rest stays in storage. */
  readonly held: "R and J" | "R" | "nothing";
  /** Threads that share a pair of rows. With one for each pair, a thread may take several pairs of a round. */
  readonly sharers: number;
  /** vec4 columns of R that a thread loads together for its products. */
  readonly multiplied: number;
  /** vec4 columns of [R | J] that a thread loads together to turn them. */
  readonly turned: number;
}

/**
 * Scalar one-sided Jacobi (Hestenes). Rows keep their places: activation matrices take up to twice as many sweeps where
 * the larger row of a pair is put first.
 */
export const smallJacobi = oncePerVariant(({ held, sharers, multiplied, turned }: SmallJacobiShape) => {
  const isHeld = held !== "nothing";
  const R = isHeld ? inMemory : inStorage;
  const J = held === "R and J" ? inMemory : inStorage;
  return kernel(
    {
      name: "small-jacobi",
      does: "Makes the rows of small working matrices orthogonal in all sweeps that this takes, and measures them",
      unit:
        "One workgroup = one matrix (x); " +
        (sharers > 1
          ? `${sharers} threads = one pair of rows of a round; one thread = every ${sharers}th vec4 column`
          : "one thread = every `threads`th pair of rows of a round"),
    },
    {
      params: {
        rows: ["u32", "that hold data"],
        working_rows: ["u32", ""],
        row_stride: ["u32", "vec4s from one working row to the next"],
        cols: ["u32", "vec4s of a row that the rotations make orthogonal; they turn the rest of the row too"],
        first_matrix: ["u32", "first matrix of this dispatch"],
        max_sweeps: ["u32", ""],
        tolerance: ["f32", "rows p, q count as orthogonal when |p·q| <= tolerance·|p|·|q|"],
        ...opaqueZero,
      },
      writes: {
        working: ["array<vec4f>", "batch × working_rows × row_stride"],
        norms: ["array<f32>", "batch × working_rows: Euclidean norms of the first cols vec4s of each row with data"],
        sweeps: ["array<u32>", "batch: sweeps taken"],
        skew_pairs: ["array<u32>", "batch: row pairs that the last sweep found not orthogonal"],
      },
      overrides: {
        threads: ["u32", `of a workgroup${sharers > 1 ? ": sharers · pairs of a round" : ""}`],
        entries: ["u32", "at least the vec4s that are held"],
      },
    },
    wgsl`
${tournament}

${runningSum("vec4f")}

${isHeld ? "var<workgroup> sh_rows: array<vec4f, entries>; // rows × held" : ""}
${sharers > 1 ? "var<workgroup> sh_sums: array<vec3f, threads>;  // sharers × pairs: a thread's part of |p|², |q|², p·q" : ""}
var<workgroup> sh_turned: atomic<u32>;          // pairs turned in this sweep
var<workgroup> sh_skew: u32;                    // their number in the whole sweep, for all threads

fn needs_rotation(sums: vec3f) -> bool {
  let norms = sqrt(sums.xy);
  return min(norms.x, norms.y) > ${NEGLIGIBLE_NORM} && abs(sums.z) > params.tolerance * norms.x * norms.y;
}

/// sin θ and tan(θ/2) of the rotation by |θ| <= π/4 that makes rows p and q orthogonal (Golub & Van Loan, 8.5.2).
fn turn(sums: vec3f) -> vec2f {
  let zeta = (sums.y - sums.x) / (2 * sums.z);
  let root = 1 / (abs(zeta) + sqrt(1 + zeta * zeta));
  // zeta² may overflow
  let tangent = select(select(-root, root, zeta >= 0), 0.5 / zeta, abs(zeta) > 1e9);
  let half = tangent / (1 + sqrt(1 + tangent * tangent));
  // sin θ = 2h/(1 + h²) = 2h − h²·sin θ: the second form reduces the error of the division by h² <= 0.18.
  let rough = 2 * half / (1 + half * half);
  return vec2f(2 * half - half * half * rough, half);
}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  opaque_zero = params.opaque_zero;
  let matrix = params.first_matrix + group.x;
  let begin = matrix * params.working_rows * params.row_stride;
  let held = params.${held === "R" ? "cols" : "row_stride"}; // vec4s of a row
  ${isHeld ? `${eachHeld(`sh_rows[i] = ${inStorage("i / held", "i % held")};`)}\n  workgroupBarrier(); // the rows are loaded` : ""}

  let pairs = (params.rows + 1) / 2; // where the number of rows is odd, one row rests in each round
  var sweep = 0u;
  var skew = 1u;
  while (skew > 0 && sweep < params.max_sweeps) {
    for (var round = 0u; round < 2 * pairs - 1; round++) {
      ${sharers > 1 ? "{ let share = thread;" : "for (var share = thread; share < pairs; share += threads) {"}
        let part = share % ${sharers};
        let pair = tournament_pair(2 * pairs, round, share / ${sharers});
        var sums = vec3f(0); // stays 0 for a row that rests
        if (pair.y < params.rows) {
          ${eachColumn(R, "0", "params.cols", sharers, multiplied, products)}
        }
        ${sharers > 1 ? sumOfParts(sharers) : ""}
        if (needs_rotation(sums)) {
          let by = turn(sums);
          ${
            held === "R"
              ? eachColumn(R, "0", "params.cols", sharers, turned, rotation(R)) +
                eachColumn(J, "params.cols", "params.row_stride", sharers, turned, rotation(J))
              : eachColumn(R, "0", "params.row_stride", sharers, turned, rotation(R))
          }
          if (part == 0) { atomicAdd(&sh_turned, 1u); }
        }
      }
      ${held === "R and J" ? "" : "storageBarrier();"}
      workgroupBarrier(); // the next round reads the turned rows
    }
    if (thread == 0) { sh_skew = atomicExchange(&sh_turned, 0u); }
    skew = workgroupUniformLoad(&sh_skew);
    sweep++;
  }

  ${isHeld ? eachHeld(`${inStorage("i / held", "i % held")} = sh_rows[i];`) : ""}
  for (var row = thread; row < params.rows; row += threads) {
    var sum = sum_vec4f();
    for (var col = 0u; col < params.cols; col++) {
      let value = ${R("row", "col")};
      sum = added_vec4f(sum, value * value);
    }
    norms[matrix * params.working_rows + row] = sqrt(dot(sum.value, vec4f(1)));
  }
  if (thread == 0) {
    sweeps[matrix] = sweep;
    skew_pairs[matrix] = skew;
  }
}
`,
  );
});

/** A vec4 of [R | J]. */
type Place = (row: string, col: string) => string;
const inStorage: Place = (row, col) => `working[begin + ${row} * params.row_stride + ${col}]`;
const inMemory: Place = (row, col) => `sh_rows[${row} * held + ${col}]`;

/** A loop in which the threads take all vec4s that are held in workgroup memory. */
const eachHeld = (statement: string) => `for (var i = thread; i < params.rows * held; i += threads) { ${statement} }`;

/**
 * A loop over a thread's columns from `first` to `end`: `use(i)` takes p_i and q_i of column col_i. `count` columns are
 * loaded together, so that a thread waits once for all of them.
 */
function eachColumn(
  at: Place,
  first: string,
  end: string,
  sharers: number,
  count: number,
  use: (i: number) => string,
): string {
  return wgsl`
          for (var col_0 = ${first} + part; col_0 < ${end}; col_0 += ${sharers * count}) {
            ${unroll(count, (i) => (i === 0 ? "" : `let col_${i} = col_0 + ${sharers * i};`))}
            ${unroll(count, (i) => {
              const col = i === 0 ? "col_0" : `min(col_${i}, ${end} - 1)`;
              return `let p_${i} = ${at("pair.x", col)}; let q_${i} = ${at("pair.y", col)};`;
            })}
            ${unroll(count, (i) => (i === 0 ? use(i) : `if (col_${i} < ${end}) { ${use(i)} }`))}
          }`;
}

const products = (i: number) => `sums += vec3f(dot(p_${i}, p_${i}), dot(q_${i}, q_${i}), dot(p_${i}, q_${i}));`;

/** cos θ = 1 − sin θ·tan(θ/2) is not rounded to a float32 of its own: small rotations then cause no drift. */
const rotation = (at: Place) => (i: number) =>
  `
            ${at("pair.x", `col_${i}`)} = p_${i} - by.x * (q_${i} + by.y * p_${i});
            ${at("pair.y", `col_${i}`)} = q_${i} + by.x * (p_${i} - by.y * q_${i});`;

/** Adds the parts of a pair's sums in the same order in all of its threads, so that all choose the same rotation. */
const sumOfParts = (sharers: number) => wgsl`
        sh_sums[part * pairs + share / ${sharers}] = sums;
        workgroupBarrier(); // the parts of all sums are complete
        sums = ${unroll(sharers, (i) => `sh_sums[${i}u * pairs + share / ${sharers}]`, " + ")};`;
