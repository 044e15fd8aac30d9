import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { unroll } from "./compilers.ts";
import { NEGLIGIBLE_NORM, PAIR_ROWS } from "./sweep.ts";

/**
 * Row sum of Jacobi tangents up to which a pair takes all rotations at once: WᵀW is off by a quarter of its 4th power,
 * 2⁻¹³.
 */
const GENTLE = 0.15;
/** Row sum up to which this error is below rounding, so that W needs no correction. */
const TINY = 0.01;

/** Rows of a pair of blocks, and of one block. */
const SIZE = PAIR_ROWS;
const HALF = SIZE / 2;

/**
 * WGSL for the loops of a 32 × 32 product. A thread has `rows` rows from top on and columns col and far; for each of
 * these it adds left(row)·right(column) over all k to `start`, and `write`s the sum.
 */
function product(
  rows: number,
  start: (row: string, column: string) => string,
  left: (row: string, k: string) => string,
  right: (column: string, k: string) => string,
  write: (row: string, column: string, sum: string) => string,
): string {
  const entries = ["col", "far"].flatMap((column) =>
    Array.from({ length: rows }, (_, i) => ({ column, row: `(top + ${i})`, left: `left${i}`, sum: `${column}_${i}` })),
  );
  const each = (code: (entry: (typeof entries)[number]) => string) => entries.map(code).join("\n");
  const steps = 8 / rows; // of k in a turn: at least 8 reads in flight
  return `
  for (var top = thread / double_lanes * ${rows}; top < SIZE; top += threads / double_lanes * ${rows}) {
    for (var col = thread % double_lanes; col < HALF; col += double_lanes) {
      let far = col + HALF;
      ${each(({ row, column, sum }) => `var ${sum} = ${start(row, column)};`)}
      for (var first = 0u; first < SIZE; first += ${steps}) {
        ${unroll(
          steps,
          (step) => `{
          let k = first + ${step};
          let right_col = ${right("col", "k")};
          let right_far = ${right("far", "k")};
          ${unroll(rows, (i) => `let left${i} = ${left(`(top + ${i})`, "k")};`)}
          ${each(({ column, left, sum }) => `${sum} += ${left} * right_${column};`)}
        }`,
        )}
      }
      ${each(({ row, column, sum }) => write(row, column, sum))}
    }
  }`;
}

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
 * A kernel that uses it has a parameter `tolerance`, the code of `tournament`, and workgroups of `threads` threads.
 */
export const findRotation = (threads: number) => {
  const rows = Math.min(8, Math.max(2, (SIZE * HALF) / threads)); // of a product that one thread sums
  return wgsl`
const threads = ${threads}u;
const SIZE = ${SIZE}u;
const HALF = SIZE / 2;
const PITCH = SIZE + 1; // 33, so that the entries of a column lie in 32 different banks

// Neighbouring threads have neighbouring columns, whose entries lie together. Rows are taken in a loop, and shared out
// where there are more threads than columns.
const lanes = min(threads, SIZE);
const double_lanes = min(threads, HALF); // with two columns each

var<workgroup> sh_g: array<f32, SIZE * PITCH>; // G, then D
var<workgroup> sh_h: array<f32, SIZE * PITCH>; // bounds of the tangents, then K, then I − WᵀW
var<workgroup> sh_w: array<f32, SIZE * PITCH>; // new row × old row: W, then D before its correction
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
      sh_pairs[slot] = players;
      sh_turns[slot] = turn(players.x, players.y);
    }
    workgroupBarrier(); // the rotations of the round are chosen
    // G ← JᵀGJ with the rotations J of this round. The rows of one meeting and the columns of another are a 2 × 2 block
    // of G, which no other thread needs; the block that mirrors it has the same numbers.
    for (var block = thread; block < HALF * (HALF + 1) / 2; block += threads) {
      let i = block % HALF;
      let j = (i + block / HALF) % HALF;
      let row = sh_pairs[i];
      let column = sh_pairs[j];
      let by = sh_turns[i];
      let across = sh_turns[j];
      let p = row.x * PITCH;
      let q = row.y * PITCH;
      let g = vec4f(sh_g[p + column.x], sh_g[p + column.y], sh_g[q + column.x], sh_g[q + column.y]);
      let first = across.x * g.xz + across.y * g.yw; // the entries in column.x of both rows
      let second = across.z * g.xz + across.w * g.yw;
      let turned = vec4f(dot(by.xy, first), dot(by.xy, second), dot(by.zw, first), dot(by.zw, second));
      sh_g[column.x * PITCH + row.x] = turned.x;
      sh_g[column.y * PITCH + row.x] = turned.y;
      sh_g[column.x * PITCH + row.y] = turned.z;
      sh_g[column.y * PITCH + row.y] = turned.w;
      sh_g[p + column.x] = turned.x;
      sh_g[p + column.y] = turned.y;
      sh_g[q + column.x] = turned.z;
      sh_g[q + column.y] = turned.w;
    }
    // W ← JᵀW
    for (var slot = thread / lanes; slot < HALF; slot += threads / lanes) {
      let row = sh_pairs[slot] * PITCH;
      let by = sh_turns[slot];
      for (var col = thread % lanes; col < SIZE; col += lanes) {
        let w = vec2f(sh_w[row.x + col], sh_w[row.y + col]);
        sh_w[row.x + col] = dot(by.xy, w);
        sh_w[row.y + col] = dot(by.zw, w);
      }
    }
    workgroupBarrier(); // G and W are complete for the next round
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
    rows,
    () => "0.0",
    (row, k) => `sh_h[${row} * PITCH + ${k}]`,
    (column, k) => `sh_h[${k} * PITCH + ${column}]`,
    (row, column, sum) => `
      sh_w[${row} * PITCH + ${column}] = sh_h[${row} * PITCH + ${column}] + 0.5 * ${sum};`,
  )}
  workgroupBarrier(); // D is complete
}

/// Newton–Schulz: H = I − WᵀW = I − J − JD − DᵀJ − DᵀD, then W + WH/2 = J + D + (JH + DH)/2.
fn correct(thread: u32) {
  ${product(
    rows,
    (row, column) =>
      `select(0.0, 1 - sh_kept[${row}], ${row} == ${column}) - sh_kept[${row}] * sh_w[${row} * PITCH + ${column}] - sh_kept[${column}] * sh_w[${column} * PITCH + ${row}]`,
    (row, k) => `-sh_w[${k} * PITCH + ${row}]`,
    (column, k) => `sh_w[${k} * PITCH + ${column}]`,
    (row, column, sum) => `sh_h[${row} * PITCH + ${column}] = ${sum};`,
  )}
  workgroupBarrier(); // H is complete
  ${product(
    rows,
    (row, column) => `sh_kept[${row}] * sh_h[${row} * PITCH + ${column}]`,
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
      sh_kept[row] = select(0.0, 1.0, kept);
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
