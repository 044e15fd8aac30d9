import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { opaqueZero } from "./shared/compilers.ts";
import { NEGLIGIBLE_NORM, tournament } from "./shared/sweep.ts";
import { SUM_CHUNK, type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

/**
 * Rows are turned where their cosine is above this share of the tolerance, and counted where it is above the tolerance.
 * The cosines of many rows of one length add up, and so the last sweep reduces those that are below the tolerance too.
 * A turn that is not counted exchanges no rows: a sweep that counts none has then seen every two rows.
 */
const TURN_SHARE = 2 ** -2;

/** Makes every two rows that meet orthogonal, and puts the larger one first. */
export const extendedTurn = oncePerVariant((form: TwoFloatForm) =>
  kernel(
    {
      name: "extended-turn",
      does: "Takes one round of one-sided Jacobi in two-floats",
      unit: "One workgroup = one pair of rows of one matrix; x counts the pairs of all matrices, one matrix after another",
    },
    {
      params: {
        round: ["u32", ""],
        players: [
          "u32",
          "rows that hold data, and one zero row where their number is odd: the row that meets it rests",
        ],
        working_rows: ["u32", ""],
        row_length: ["u32", "entries of a working row"],
        cols: ["u32", "entries of a row that the rotations make orthogonal; they turn the rest of the row too"],
        first_pair: ["u32", "first pair of this dispatch, of all pairs of the batch"],
        ...opaqueZero,
        tolerance: ["f32", "rows p, q count as orthogonal when |p·q| <= tolerance·|p|·|q|"],
      },
      writes: {
        working: ["array<two_float>", "batch × working_rows × row_length"],
        cosines: ["array<f32>", "batch × working_rows: the largest |p·q|/(|p|·|q|) of row q with a row p above it"],
        skew_pairs: ["array<atomic<u32>>", "batch: row pairs found not orthogonal since it was cleared"],
      },
      overrides: { threads: ["u32", "see src/adapter/shapes.ts"] },
    },
    wgsl`
var<workgroup> sh_pp: array<two_float, threads>;
var<workgroup> sh_qq: array<two_float, threads>;
var<workgroup> sh_pq: array<two_float, threads>;
var<workgroup> sh_turn: row_turn;

${tournament}
${twoFloatArithmetic(form)}

struct row_turn {
  s: two_float,         // sine
  tau: two_float,       // tangent of half the angle
  exchange: u32,        // 1: the second row becomes the first
  needed: u32,
}

/// 1/sqrt(a), by one step of third order from an f32 that is good to 2⁻²¹. The correction is a two-float: with an f32,
/// c² + s² would be off by 2⁻⁴⁵, and a row is turned n times a sweep.
fn tf_inverse_root(a: two_float) -> two_float {
  let guess = two_float(inverseSqrt(a.hi), 0);
  let rest = tf_add(two_float(1, 0), tf_negate(tf_mul(a, tf_mul(guess, guess))));
  let correction = quick_two_sum(0.5 * rest.hi, pin(0.375 * rest.hi * rest.hi + 0.5 * rest.lo));
  return tf_add(guess, tf_mul(guess, correction));
}

/// The rotation that makes two rows orthogonal (Golub & Van Loan, 8.5.2), from their products. Its tangent is an f32,
/// which leaves 2⁻²² of the angle to the next sweep; sine and tau are those of one angle to all bits.
fn choose_turn(pp: two_float, qq: two_float, pq: two_float) -> row_turn {
  let zeta = tf_add(qq, tf_negate(pp)).hi / (2 * pq.hi);
  let root = 1 / (abs(zeta) + sqrt(1 + zeta * zeta));
  var t = select(-root, root, zeta >= 0);
  if (abs(zeta) > 1e9) { t = 0.5 / zeta; } // zeta² may overflow
  let tangent = two_float(t, 0);
  let c = tf_inverse_root(tf_add(two_float(1, 0), tf_mul(tangent, tangent)));
  let s = tf_mul(c, tangent);
  return row_turn(s, tf_div(s, tf_add(two_float(1, 0), c)), u32(tf_add(pp, tf_negate(qq)).hi < 0), 1);
}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  opaque_zero = params.opaque_zero;
  let index = params.first_pair + group.x;
  let matrix = index / (params.players / 2) * params.working_rows;
  let pair = tournament_pair(params.players, params.round, index % (params.players / 2));
  let p = (matrix + pair.x) * params.row_length;
  let q = (matrix + pair.y) * params.row_length;

  var pp = two_float(0, 0);
  var qq = two_float(0, 0);
  var pq = two_float(0, 0);
  for (var chunk = thread; chunk < params.cols; chunk += ${SUM_CHUNK} * threads) {
    var chunk_pp = two_float(0, 0);
    var chunk_qq = two_float(0, 0);
    var chunk_pq = two_float(0, 0);
    for (var col = chunk; col < min(params.cols, chunk + ${SUM_CHUNK} * threads); col += threads) {
      let a = working[p + col];
      let b = working[q + col];
      chunk_pp = tf_accumulate(chunk_pp, a, a);
      chunk_qq = tf_accumulate(chunk_qq, b, b);
      chunk_pq = tf_accumulate(chunk_pq, a, b);
    }
    pp = tf_add(pp, tf_sum(chunk_pp));
    qq = tf_add(qq, tf_sum(chunk_qq));
    pq = tf_add(pq, tf_sum(chunk_pq));
  }
  sh_pp[thread] = pp;
  sh_qq[thread] = qq;
  sh_pq[thread] = pq;
  for (var half = threads / 2; half > 0; half /= 2) {
    workgroupBarrier(); // the sums of the turn before are complete
    if (thread < half) {
      sh_pp[thread] = tf_add(sh_pp[thread], sh_pp[thread + half]);
      sh_qq[thread] = tf_add(sh_qq[thread], sh_qq[thread + half]);
      sh_pq[thread] = tf_add(sh_pq[thread], sh_pq[thread + half]);
    }
  }
  if (thread == 0) {
    let norms = sqrt(vec2f(sh_pp[0].hi, sh_qq[0].hi));
    let product = abs(sh_pq[0].hi);
    let known = min(norms.x, norms.y) > ${NEGLIGIBLE_NORM};
    let skew = known && product > params.tolerance * norms.x * norms.y;
    sh_turn = row_turn(two_float(0, 0), two_float(0, 0), 0, 0);
    if (known && product > ${TURN_SHARE} * params.tolerance * norms.x * norms.y) {
      sh_turn = choose_turn(sh_pp[0], sh_qq[0], sh_pq[0]);
    }
    if (skew) {
      atomicAdd(&skew_pairs[index / (params.players / 2)], 1u);
      cosines[matrix + pair.y] = max(cosines[matrix + pair.y], product / norms.x / norms.y);
    } else {
      sh_turn.exchange = 0;
    }
  }
  let turn = workgroupUniformLoad(&sh_turn);
  if (turn.needed == 0) { return; }

  let first = select(p, q, turn.exchange == 1);
  let second = select(q, p, turn.exchange == 1);
  for (var col = thread; col < params.row_length; col += threads) {
    let a = working[p + col];
    let b = working[q + col];
    // c·a − s·b and s·a + c·b with c = 1 − s·tau (Rutishauser). A product with a cosine next to 1 would be rounded to
    // the same side in each turn, and rows would grow.
    working[first + col] = tf_sum(tf_accumulate(a, tf_negate(turn.s), tf_sum(tf_accumulate(b, turn.tau, a))));
    working[second + col] = tf_sum(tf_accumulate(b, turn.s, tf_sum(tf_accumulate(a, tf_negate(turn.tau), b))));
  }
}
`,
  ),
);
