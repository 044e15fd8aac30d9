import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { NEGLIGIBLE_NORM, tournament } from "./shared/sweep.ts";

/**
 * Scalar one-sided Jacobi (Hestenes). Rows keep their places: activation matrices take up to twice as many sweeps where
 * the larger row of a pair is put first.
 */
export const smallJacobi = kernel(
  {
    name: "small-jacobi",
    does: "Makes the rows of small working matrices orthogonal, all sweeps in workgroup memory",
    unit: "One workgroup = one matrix (x); `sharers` threads = one pair of rows of a round; one thread = every `sharers`-th vec4 column",
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
    },
    writes: {
      working: ["array<vec4f>", "batch × working_rows × row_stride"],
      sweeps: ["array<u32>", "batch: sweeps taken"],
      skew_pairs: ["array<u32>", "batch: row pairs that the last sweep found not orthogonal"],
    },
    overrides: {
      threads: ["u32", "of a workgroup: see src/svd/small.ts"],
      sharers: ["u32", "threads of a pair"],
      entries: ["u32", "at least rows · row_stride"],
      shares: ["u32", "at least pairs of a round · sharers"],
    },
  },
  wgsl`
${tournament}

var<workgroup> sh_rows: array<vec4f, entries>;   // rows × row_stride
var<workgroup> sh_sums: array<vec3f, shares>;    // sharers × pairs: each thread's part of |p|², |q|², p·q
var<workgroup> sh_turned: atomic<u32>;           // pairs turned in this sweep
var<workgroup> sh_skew: u32;                     // their number in the whole sweep, for all threads

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
  let matrix = params.first_matrix + group.x;
  let begin = matrix * params.working_rows * params.row_stride;
  for (var i = thread; i < params.rows * params.row_stride; i += threads) { sh_rows[i] = working[begin + i]; }
  workgroupBarrier(); // the rows are loaded

  let pairs = (params.rows + 1) / 2; // where the number of rows is odd, one row rests in each round
  var sweep = 0u;
  var skew = 1u;
  while (skew > 0 && sweep < params.max_sweeps) {
    for (var round = 0u; round < 2 * pairs - 1; round++) {
      for (var share = thread; share < pairs * sharers; share += threads) {
        let pair = tournament_pair(2 * pairs, round, share / sharers);
        var sums = vec3f(0);
        if (pair.y < params.rows) {
          for (var col = share % sharers; col < params.cols; col += sharers) {
            let p = sh_rows[pair.x * params.row_stride + col];
            let q = sh_rows[pair.y * params.row_stride + col];
            sums += vec3f(dot(p, p), dot(q, q), dot(p, q));
          }
        }
        sh_sums[share % sharers * pairs + share / sharers] = sums;
      }
      workgroupBarrier(); // the parts of all sums are complete

      for (var share = thread; share < pairs * sharers; share += threads) {
        // All threads of a pair add the parts in the same order, and so choose the same rotation.
        var sums = vec3f(0);
        for (var part = 0u; part < sharers; part++) { sums += sh_sums[part * pairs + share / sharers]; }
        if (needs_rotation(sums)) {
          let pair = tournament_pair(2 * pairs, round, share / sharers);
          let by = turn(sums);
          for (var col = share % sharers; col < params.row_stride; col += sharers) {
            let p = sh_rows[pair.x * params.row_stride + col];
            let q = sh_rows[pair.y * params.row_stride + col];
            // cos θ = 1 − sin θ·tan(θ/2) is not rounded to a float32 of its own: small rotations then cause no drift.
            sh_rows[pair.x * params.row_stride + col] = p - by.x * (q + by.y * p);
            sh_rows[pair.y * params.row_stride + col] = q + by.x * (p - by.y * q);
          }
          if (share % sharers == 0) { atomicAdd(&sh_turned, 1u); }
        }
      }
      workgroupBarrier(); // the next round reads the turned rows
    }
    if (thread == 0) { sh_skew = atomicExchange(&sh_turned, 0u); }
    skew = workgroupUniformLoad(&sh_skew);
    sweep++;
  }

  for (var i = thread; i < params.rows * params.row_stride; i += threads) { working[begin + i] = sh_rows[i]; }
  if (thread == 0) {
    sweeps[matrix] = sweep;
    skew_pairs[matrix] = skew;
  }
}
`,
);
