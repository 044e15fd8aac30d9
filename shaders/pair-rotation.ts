import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { unroll } from "./shared/compilers.ts";
import { NEGLIGIBLE_NORM, PAIR_ROWS, pairParams, tournament } from "./shared/sweep.ts";

const ROWS = 8; // of a 32 × 32 product that one thread sums, in two columns

/**
 * Row sum of Jacobi tangents up to which a pair takes all rotations at once: WᵀW is off by a quarter of its 4th power,
 * 2⁻¹³.
 */
const GENTLE = 0.15;
/** Row sum up to which this error is below rounding, so that W needs no correction. */
const TINY = 0.01;

/**
 * WGSL for the loops of a 32 × 32 product. A thread has rows top … top + 7 and columns col and far; for each of these
 * it adds left(row)·right(column) over all k to `start`, and `write`s the sum.
 */
function product(
  start: (row: string, column: string) => string,
  left: (row: string) => string,
  right: (column: string) => string,
  write: (row: string, column: string, sum: string) => string,
): string {
  const entries = ["col", "far"].flatMap((column) =>
    Array.from({ length: ROWS }, (_, i) => ({ column, row: `(top + ${i})`, left: `left${i}`, sum: `${column}_${i}` })),
  );
  const each = (code: (entry: (typeof entries)[number]) => string) => entries.map(code).join("\n");
  return `
  for (var top = thread / double_lanes * ${ROWS}; top < SIZE; top += threads / double_lanes * ${ROWS}) {
    for (var col = thread % double_lanes; col < HALF; col += double_lanes) {
      let far = col + HALF;
      ${each(({ row, column, sum }) => `var ${sum} = ${start(row, column)};`)}
      for (var k = 0u; k < SIZE; k++) {
        let right_col = ${right("col")};
        let right_far = ${right("far")};
        ${unroll(ROWS, (i) => `let left${i} = ${left(`(top + ${i})`)};`)}
        ${each(({ column, left, sum }) => `${sum} += ${left} * right_${column};`)}
      }
      ${each(({ row, column, sum }) => write(row, column, sum))}
    }
  }`;
}

/**
 * Where angles are large, W is one sweep of two-sided Jacobi, which puts larger norms first. In three of four rounds of
 * the tournament, it pairs only rows of different blocks. Where angles are small, W is all rotations at once: I + K +
 * K²/2 with the antisymmetric matrix K of their tangents. A Newton–Schulz step W(3I − WᵀW)/2 then removes the drift of
 * the rotations; angles below 0.01 need none.
 *
 * W is kept as J + D, where J is diagonal with a 1 for each row that keeps more than half of itself. Cosines near 1
 * that are rounded to float32 let all rows grow: by 7 roundings in an SVD of 300 × 300.
 */
export const pairRotation = kernel(
  {
    name: "pair-rotation",
    does: "Finds the orthogonal 32 × 32 matrix W that brings one pair's Gram matrix G nearer to diagonal form",
    unit: "One workgroup = one pair (x); pairs whose rows are orthogonal are skipped",
  },
  {
    params: {
      ...pairParams,
      slices: ["u32", "parts of the Gram matrix, to be summed"],
      tolerance: ["f32", "rows p, q count as orthogonal when |p·q| <= tolerance·|p|·|q|"],
    },
    reads: {
      gram: ["array<f32>", "batch × pairs × slices × 32 × 32"],
      left_over: ["array<u32>", "batch: skew_pairs of the sweep before; a matrix with 0 is skipped"],
    },
    writes: {
      rotation: ["array<f32>", "batch × pairs × 32 (new row) × 32 (old row): D"],
      turned: ["array<vec2u>", "batch × pairs: x is 0 where W = I; y has a bit for each row, J's diagonal"],
      skew_pairs: ["array<atomic<u32>>", "batch: row pairs found not orthogonal since it was cleared"],
    },
    overrides: { threads: ["u32", "see src/adapter/shapes.ts"] },
  },
  wgsl`
${tournament}

const SIZE = ${PAIR_ROWS}u;
const HALF = SIZE / 2;
const PITCH = SIZE + 1; // 33, so that the entries of a column lie in 32 different banks

// Neighbouring threads have neighbouring columns, whose entries lie together. Rows are taken in a loop, and shared out
// where there are more threads than columns.
override lanes = min(threads, SIZE);
override double_lanes = min(threads, HALF); // with two columns each

var<workgroup> sh_g: array<f32, SIZE * PITCH>;
var<workgroup> sh_h: array<f32, SIZE * PITCH>; // between one G or W and the next
var<workgroup> sh_w: array<f32, SIZE * PITCH>; // new row × old row: W, then D
var<workgroup> sh_kept: array<f32, SIZE>;      // J's diagonal
var<workgroup> sh_turns: array<vec4f, HALF>;   // new_p = x·p + y·q, new_q = z·p + w·q
var<workgroup> sh_pairs: array<vec2u, HALF>;
var<workgroup> sh_norms: array<f32, SIZE>;     // of the rows, by G before the sweep
var<workgroup> sh_skew: atomic<u32>;           // entries of this G that need a rotation
var<workgroup> sh_angles: atomic<u32>;         // bits of a bound of the largest row sum of tangents
var<workgroup> sh_task: vec2u;                 // both counts, for all threads
var<workgroup> sh_bits: atomic<u32>;           // of J's diagonal

fn is_skew(p_norm: f32, q_norm: f32, pq: f32) -> bool {
  return min(p_norm, q_norm) > ${NEGLIGIBLE_NORM} && abs(pq) > params.tolerance * p_norm * q_norm;
}

/// The tangent of the rotation that makes rows p and q orthogonal (Golub & Van Loan, 8.5.2), from their products.
/// Exchanged rows have the other sign.
fn tangent(pp: f32, qq: f32, pq: f32) -> f32 {
  let zeta = (qq - pp) / (2 * pq);
  let root = 1 / (abs(zeta) + sqrt(1 + zeta * zeta));
  return select(select(-root, root, zeta >= 0), 0.5 / zeta, abs(zeta) > 1e9); // zeta² may overflow
}

/// |p|². During the sweep rounding may make that of a tiny row negative. It would then change places with one of the
/// zero rows that fill up the last block.
fn squared_norm(p: u32) -> f32 {
  return max(sh_g[p * PITCH + p], 0.0);
}

/// The rotation of rows p and q, with the larger row first.
fn turn(p: u32, q: u32) -> vec4f {
  let pp = squared_norm(p);
  let qq = squared_norm(q);
  let pq = sh_g[p * PITCH + q];
  let skew = is_skew(sqrt(pp), sqrt(qq), pq);
  let t = select(0.0, tangent(pp, qq, select(1.0, pq, skew)), skew);
  let c = inverseSqrt(1 + t * t);
  let s = c * t;
  return select(vec4f(c, -s, s, c), vec4f(s, c, c, -s), pp < qq);
}

/// The rows that meet in a slot of a round of the sweep: any two, or with cross only two of different blocks.
fn meeting(cross: bool, round: u32, slot: u32) -> vec2u {
  return select(tournament_pair(SIZE, round, slot), vec2u(slot, HALF + (slot + round) % HALF), cross);
}

/// W by one sweep of two-sided Jacobi on G.
fn sweep(thread: u32, cross: bool) {
  for (var entry = thread; entry < SIZE * SIZE; entry += threads) {
    sh_w[entry / SIZE * PITCH + entry % SIZE] = select(0.0, 1.0, entry / SIZE == entry % SIZE);
  }
  let rounds = select(SIZE - 1, HALF, cross);
  for (var round = 0u; round < rounds; round++) {
    for (var slot = thread; slot < HALF; slot += threads) {
      let players = meeting(cross, round, slot);
      sh_pairs[slot] = players * PITCH;
      sh_turns[slot] = turn(players.x, players.y);
    }
    workgroupBarrier(); // the rotations of the round are chosen
    // With J the rotations of this round: H = (JᵀG)ᵀ and W ← JᵀW, then G ← JᵀH.
    for (var slot = thread / lanes; slot < HALF; slot += threads / lanes) {
      let row = sh_pairs[slot];
      let by = sh_turns[slot];
      for (var col = thread % lanes; col < SIZE; col += lanes) {
        let g = vec2f(sh_g[row.x + col], sh_g[row.y + col]);
        sh_h[col * PITCH + row.x / PITCH] = dot(by.xy, g);
        sh_h[col * PITCH + row.y / PITCH] = dot(by.zw, g);
        let w = vec2f(sh_w[row.x + col], sh_w[row.y + col]);
        sh_w[row.x + col] = dot(by.xy, w);
        sh_w[row.y + col] = dot(by.zw, w);
      }
    }
    workgroupBarrier(); // H and W are complete
    for (var slot = thread / lanes; slot < HALF; slot += threads / lanes) {
      let row = sh_pairs[slot];
      let by = sh_turns[slot];
      for (var col = thread % lanes; col < SIZE; col += lanes) {
        let h = vec2f(sh_h[row.x + col], sh_h[row.y + col]);
        sh_g[row.x + col] = dot(by.xy, h);
        sh_g[row.y + col] = dot(by.zw, h);
      }
    }
    workgroupBarrier(); // G is complete for the next round
  }
}

/// D = K + K²/2, where K[p][q] turns row p by its tangent towards row q.
fn rotate_at_once(thread: u32) {
  for (var entry = thread; entry < SIZE * SIZE; entry += threads) {
    let p = entry / SIZE;
    let q = entry % SIZE;
    let pq = sh_g[p * PITCH + q];
    let skew = p != q && is_skew(sh_norms[p], sh_norms[q], pq);
    let t = tangent(sh_norms[p] * sh_norms[p], sh_norms[q] * sh_norms[q], select(1.0, pq, skew));
    sh_h[p * PITCH + q] = select(0.0, -t, skew);
  }
  workgroupBarrier(); // K is complete
  ${product(
    () => "0.0",
    (row) => `sh_h[${row} * PITCH + k]`,
    (column) => `sh_h[k * PITCH + ${column}]`,
    (row, column, sum) => `
      sh_w[${row} * PITCH + ${column}] = sh_h[${row} * PITCH + ${column}] + 0.5 * ${sum};`,
  )}
  workgroupBarrier(); // D is complete
}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let pair = params.first_pair + group.x;
  if (left_over[pair / (params.blocks / 2)] == 0) { return; }

  for (var entry = thread; entry < SIZE * SIZE; entry += threads) {
    var sum = 0.0;
    for (var slice = 0u; slice < params.slices; slice++) {
      sum += gram[(pair * params.slices + slice) * SIZE * SIZE + entry];
    }
    sh_g[entry / SIZE * PITCH + entry % SIZE] = sum;
  }
  workgroupBarrier(); // G is complete

  for (var p = thread; p < SIZE; p += threads) { sh_norms[p] = sqrt(squared_norm(p)); }
  workgroupBarrier(); // the norms are known
  for (var p = thread; p < SIZE; p += threads) {
    let norm = sh_norms[p];
    var skew = 0u;
    var angles = 0.0;
    for (var q = 0u; q < SIZE; q++) {
      let other = sh_norms[q];
      let pq = sh_g[q * PITCH + p];
      let is_one = p != q && is_skew(norm, other, pq);
      let bound = abs(pq) / max(abs((norm - other) * (norm + other)), abs(pq)); // of the tangent
      angles += select(0.0, bound, is_one);
      skew += select(0u, 1u, is_one && p < q);
    }
    atomicAdd(&sh_skew, skew);
    atomicMax(&sh_angles, bitcast<u32>(angles));
  }
  workgroupBarrier(); // both counts are complete
  if (thread == 0) {
    let skew = atomicLoad(&sh_skew);
    turned[pair] = vec2u(skew, 0);
    atomicAdd(&skew_pairs[pair / (params.blocks / 2)], skew);
    sh_task = vec2u(skew, atomicLoad(&sh_angles));
  }
  let task = workgroupUniformLoad(&sh_task);
  let angles = bitcast<f32>(task.y);
  if (task.x == 0) { return; }

  let at_once = angles < ${GENTLE};
  if (at_once) {
    rotate_at_once(thread);
  } else {
    sweep(thread, params.blocks > 2 && params.round % 4 != 0);
  }
  for (var row = thread; row < SIZE; row += threads) {
    let w = sh_w[row * PITCH + row];
    let kept = at_once || w > 0.5;
    sh_w[row * PITCH + row] = select(w, w - 1, kept && !at_once);
    sh_kept[row] = select(0.0, 1.0, kept);
    atomicOr(&sh_bits, select(0u, 1u << row, kept));
  }
  workgroupBarrier(); // D and J are complete
  if (thread == 0) { turned[pair].y = atomicLoad(&sh_bits); }
  if (angles < ${TINY}) {
    for (var entry = thread; entry < SIZE * SIZE; entry += threads) {
      rotation[pair * SIZE * SIZE + entry] = sh_w[entry / SIZE * PITCH + entry % SIZE];
    }
    return;
  }

  // Newton–Schulz: H = I − WᵀW = I − J − JD − DᵀJ − DᵀD, then W + WH/2 = J + D + (JH + DH)/2.
  ${product(
    (row, column) =>
      `select(0.0, 1 - sh_kept[${row}], ${row} == ${column}) - sh_kept[${row}] * sh_w[${row} * PITCH + ${column}] - sh_kept[${column}] * sh_w[${column} * PITCH + ${row}]`,
    (row) => `-sh_w[k * PITCH + ${row}]`,
    (column) => `sh_w[k * PITCH + ${column}]`,
    (row, column, sum) => `sh_h[${row} * PITCH + ${column}] = ${sum};`,
  )}
  workgroupBarrier(); // H is complete
  ${product(
    (row, column) => `sh_kept[${row}] * sh_h[${row} * PITCH + ${column}]`,
    (row) => `sh_w[${row} * PITCH + k]`,
    (column) => `sh_h[k * PITCH + ${column}]`,
    (row, column, sum) => `
      rotation[(pair * SIZE + ${row}) * SIZE + ${column}] = sh_w[${row} * PITCH + ${column}] + 0.5 * ${sum};`,
  )}
}
`,
);
