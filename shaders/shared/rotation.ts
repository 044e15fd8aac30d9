import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { unroll } from "./compilers.ts";
import { product, type RotationShape } from "./pair-product.ts";
import { inMemory, inRegisters } from "./rotation-product.ts";
import { NEGLIGIBLE_NORM, PAIR_ROWS } from "./sweep.ts";

/**
 * Row sum of Jacobi tangents up to which a pair takes all rotations at once: WᵀW is off by a quarter of its 4th power,
 * 2⁻¹³.
 */
const GENTLE = 0.15;
/** Row sum up to which this error is below rounding, so that W needs no correction. */
const TINY = 0.01;

/** Rows of a pair of blocks. */
const SIZE = PAIR_ROWS;

/**
 * WGSL: `fn find_rotation(thread, cross)`, which finds the orthogonal 32 × 32 matrix W that brings the Gram matrix
 * `sh_g` of a pair's rows nearer to diagonal form. It returns how many pairs of rows are not orthogonal. If there are any,
 * `sh_g` then holds D, and `sh_bits` J, where W = J + D. J is diagonal, with a 1 for each row that keeps more than half of
 * itself. Without J, cosines near 1 would be rounded to float32 and let all rows grow: by 7 roundings in an SVD of
 * 300 × 300.
 *
 * Where angles are large, W is one sweep of two-sided Jacobi, which puts larger norms first. With `cross` it pairs only
 * rows of different blocks. Where angles are small, W is all rotations at once: I + K + K²/2 with the antisymmetric
 * matrix K of their tangents. A Newton–Schulz step W(3I − WᵀW)/2 then removes the drift of the rotations; angles below
 * 0.01 need none.
 *
 * A kernel that uses it has a parameter `tolerance`, the code of `tournament`, and workgroups of `threads` threads. With
 * `inQuads` it enables subgroups and sets `place_in_quad` first.
 */
export const findRotation = (shape: RotationShape) => {
  const { threads, inQuads } = shape;
  const { begin, afterRound, end } = inQuads ? inRegisters : inMemory;
  return wgsl`
const threads = ${threads}u;
const SIZE = ${SIZE}u;
const HALF = SIZE / 2;
const PITCH = SIZE + 1; // 33, so that the entries of a column lie in 32 different banks

// Neighbouring threads have neighbouring columns, whose entries lie together. Rows are taken in a loop, and shared out
// where there are more threads than columns.
const lanes = min(threads, SIZE);
const half_lanes = min(threads, HALF); // with two columns each, or with a slot of a round
${inQuads ? "var<private> place_in_quad: u32; // of the thread, 0 … 3" : ""}

var<workgroup> sh_g: array<f32, SIZE * PITCH>; // G, then D
var<workgroup> sh_h: array<f32, SIZE * PITCH>; // bounds of the tangents, then rotations or K, then I − WᵀW
var<workgroup> sh_w: array<f32, SIZE * PITCH>; // new row × old row: W, then D before its correction
var<workgroup> sh_turns: array<vec2f, HALF>;   // new_p = x·p + y·q; see second() for new_q
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
fn turn(p: u32, q: u32) -> vec2f {
  let pp = squared_norm(p);
  let qq = squared_norm(q);
  let pq = sh_g[p * PITCH + q];
  let skew = is_skew(sqrt(pp), sqrt(qq), pq);
  let t = select(0.0, tangent(pp, qq, select(1.0, pq, skew)), skew);
  let c = inverseSqrt(1 + t * t);
  let s = c * t;
  return select(vec2f(c, -s), vec2f(s, c), pp < qq);
}

/// The second row of the rotation with this first one: (s, c) after (c, −s), (c, −s) after (s, c).
fn second(by: vec2f) -> vec2f {
  let other = vec2f(-by.y, by.x);
  return select(-other, other, is_direct(by));
}

/// Whether a rotation's first row is (c, −s), and not (s, c), which exchanges the rows.
fn is_direct(by: vec2f) -> bool {
  return by.x >= abs(by.y);
}

/// The place of an entry of G or its mirror image, above the diagonal.
fn upper(p: u32, q: u32) -> u32 {
  return min(p, q) * PITCH + max(p, q);
}

/// The rows that meet in a slot of a round of the sweep: any two, or with cross only two of different blocks.
fn meeting(cross: bool, round: u32, slot: u32) -> vec2u {
  return select(tournament_pair(SIZE, round, slot), vec2u(slot, HALF + (slot + round) % HALF), cross);
}

/// W by one sweep of two-sided Jacobi on G.
fn sweep(thread: u32, cross: bool) {
  ${begin}
  let rounds = select(SIZE - 1, HALF, cross);
  for (var round = 0u; round < rounds; round++) {
    for (var slot = thread; slot < HALF; slot += threads) {
      let players = meeting(cross, round, slot);
      sh_pairs[slot] = players;
      sh_turns[slot] = turn(players.x, players.y);
    }
    workgroupBarrier(); // the rotations of the round are chosen
    // G ← JᵀGJ with the rotations J of this round. The rows of one meeting and the columns of another are a 2 × 2 block
    // of G, which no other thread needs. G has entries on and above the diagonal only.
    for (var i = thread % half_lanes; i < HALF; i += half_lanes) {
      let row = meeting(cross, round, i);
      let by = sh_turns[i];
      let by_other = second(by);
      for (var distance = thread / half_lanes; distance <= HALF / 2; distance += threads / half_lanes) {
        let j = (i + distance) % HALF;
        let column = meeting(cross, round, j);
        let across = sh_turns[j];
        let across_other = second(across);
        let pp = upper(row.x, column.x);
        let pq = upper(row.x, column.y);
        let qp = upper(row.y, column.x);
        let qq = upper(row.y, column.y);
        let g = vec4f(sh_g[pp], sh_g[pq], sh_g[qp], sh_g[qq]);
        let first = across.x * g.xz + across.y * g.yw; // the entries in column.x of both rows
        let other = across_other.x * g.xz + across_other.y * g.yw;
        if (distance < HALF / 2 || i < j) {
          sh_g[pp] = dot(by, first);
          sh_g[pq] = dot(by, other);
          sh_g[qp] = dot(by_other, first);
          sh_g[qq] = dot(by_other, other);
        }
      }
    }
    // W ← JᵀW
    ${afterRound}
    workgroupBarrier(); // G and W are complete for the next round
  }
  ${end}
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
    shape,
    () => "0.0",
    (row, k) => `sh_h[${row} * PITCH + ${k}]`,
    (column, k) => `sh_h[${k} * PITCH + ${column}]`,
    (row, column, sum) => `
      sh_w[${row} * PITCH + ${column}] = sh_h[${row} * PITCH + ${column}] + 0.5 * ${sum};`,
  )}
  workgroupBarrier(); // D is complete
}

/// An entry of J's diagonal.
fn kept(bits: u32, row: u32) -> f32 {
  return f32((bits >> row) & 1);
}

/// Newton–Schulz: H = I − WᵀW = I − J − JD − DᵀJ − DᵀD, then W + WH/2 = J + D + (JH + DH)/2.
fn correct(thread: u32) {
  let bits = atomicLoad(&sh_bits);
  ${product(
    shape,
    (row, column) =>
      `select(0.0, 1 - kept(bits, ${row}), ${row} == ${column}) - kept(bits, ${row}) * sh_w[${row} * PITCH + ${column}] - kept(bits, ${column}) * sh_w[${column} * PITCH + ${row}]`,
    (row, k) => `-sh_w[${k} * PITCH + ${row}]`,
    (column, k) => `sh_w[${k} * PITCH + ${column}]`,
    (row, column, sum) => `sh_h[${row} * PITCH + ${column}] = ${sum};`,
  )}
  workgroupBarrier(); // H is complete
  ${product(
    shape,
    (row, column) => `kept(bits, ${row}) * sh_h[${row} * PITCH + ${column}]`,
    (row, k) => `sh_w[${row} * PITCH + ${k}]`,
    (column, k) => `sh_h[${k} * PITCH + ${column}]`,
    (row, column, sum) => `
      sh_g[${row} * PITCH + ${column}] = sh_w[${row} * PITCH + ${column}] + 0.5 * ${sum};`,
  )}
}

/// How many pairs of rows are not orthogonal, and the bits of a bound of the largest row sum of their tangents.
fn measure(thread: u32) -> vec2u {
  for (var p = thread; p < SIZE; p += threads) { sh_norms[p] = sqrt(squared_norm(p)); }
  workgroupBarrier(); // the norms are known
  var skew = 0u;
  for (var entry = thread; entry < SIZE * SIZE; entry += threads) {
    let p = entry / SIZE;
    let q = entry % SIZE;
    let norm = sh_norms[p];
    let other = sh_norms[q];
    let pq = sh_g[p * PITCH + q];
    let is_one = p != q && is_skew(norm, other, pq);
    let bound = abs(pq) / max(abs((norm - other) * (norm + other)), abs(pq)); // of the tangent
    sh_h[p * PITCH + q] = select(0.0, bound, is_one);
    skew += select(0u, 1u, is_one && p < q);
  }
  atomicAdd(&sh_skew, skew);
  workgroupBarrier(); // the bounds are known
  for (var p = thread; p < SIZE; p += threads) {
    var angles = 0.0;
    for (var q = 0u; q < SIZE; q += 8) {
      ${unroll(8, (i) => `let bound${i} = sh_h[p * PITCH + q + ${i}];`)}
      angles += ${unroll(8, (i) => `bound${i}`, " + ")};
    }
    atomicMax(&sh_angles, bitcast<u32>(angles));
  }
  workgroupBarrier(); // both counts are complete
  if (thread == 0) { sh_task = vec2u(atomicLoad(&sh_skew), atomicLoad(&sh_angles)); }
  return workgroupUniformLoad(&sh_task);
}

/// All threads must call it, once G is complete. D is complete when it returns.
fn find_rotation(thread: u32, cross: bool) -> u32 {
  let task = measure(thread);
  if (task.x > 0) {
    let angles = bitcast<f32>(task.y);
    let at_once = angles < ${GENTLE};
    if (at_once) {
      rotate_at_once(thread);
    } else {
      sweep(thread, cross);
    }
    for (var row = thread; row < SIZE; row += threads) {
      let w = sh_w[row * PITCH + row];
      let kept = at_once || w > 0.5;
      sh_w[row * PITCH + row] = select(w, w - 1, kept && !at_once);
      atomicOr(&sh_bits, select(0u, 1u << row, kept));
    }
    workgroupBarrier(); // D and J are complete
    if (angles < ${TINY}) {
      for (var entry = thread; entry < SIZE * PITCH; entry += threads) { sh_g[entry] = sh_w[entry]; }
    } else {
      correct(thread);
    }
    workgroupBarrier(); // D is complete, for all threads
  }
  return task.x;
}
`;
};
