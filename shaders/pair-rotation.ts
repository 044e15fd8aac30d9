import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { NEGLIGIBLE_NORM, PAIR_ROWS, sweepParams } from "./shared/sweep.ts";
import { tournament } from "./shared/tournament.ts";

// The orthogonal 32 × 32 matrix W that brings one pair's Gram matrix G nearer to diagonal form: one sweep of two-sided
// Jacobi, larger norms first, then one Newton–Schulz step W(3I − WᵀW)/2, which takes out the drift of the rotations.
// One workgroup = one pair (x) of one matrix (y). Pairs whose rows are orthogonal and in order are passed over.
export const pairRotation = wgsl`
${tournament}
${sweepParams}

@group(0) @binding(0) var<uniform> params: sweep_params;
@group(0) @binding(1) var<storage, read> gram: array<f32>;               // batch × pairs × slices × 32 × 32
@group(0) @binding(2) var<storage, read_write> rotation: array<f32>;     // batch × pairs × 32 (new row) × 32 (old row)
@group(0) @binding(3) var<storage, read_write> turned: array<u32>;       // batch × pairs: not 0 where W is not the identity
@group(0) @binding(4) var<storage, read_write> skew_pairs: array<atomic<u32>>; // batch: row pairs found not orthogonal, since it was cleared

const SIZE = ${PAIR_ROWS}u;
const HALF = SIZE / 2;
const PITCH = SIZE + 1; // a column of a 33-wide array lies in 32 different banks
const TILES = SIZE * SIZE / 16;

override threads: u32; // see src/kernels/sweep.ts

var<workgroup> sh_g: array<f32, SIZE * PITCH>;
var<workgroup> sh_w: array<f32, SIZE * PITCH>;
var<workgroup> sh_turns: array<vec4f, HALF>;   // new_p = x·p + y·q, new_q = z·p + w·q
var<workgroup> sh_pairs: array<vec2u, HALF>;
var<workgroup> sh_skew: atomic<u32>;           // entries of the fresh G that call for a rotation
var<workgroup> sh_disorder: atomic<u32>;       // and those that call for an exchange
var<workgroup> sh_work: u32;

/// |p|². In the course of the sweep rounding may push that of a tiny row below zero; taken as it is, the row would then
/// change places with one of the zero rows that fill up the last block.
fn squared_norm(p: u32) -> f32 {
  return max(sh_g[p * PITCH + p], 0.0);
}

fn needs_rotation(p: u32, q: u32) -> bool {
  let norms = sqrt(vec2f(squared_norm(p), squared_norm(q)));
  return min(norms.x, norms.y) > ${NEGLIGIBLE_NORM} && abs(sh_g[p * PITCH + q]) > params.tolerance * norms.x * norms.y;
}

fn out_of_order(p: u32, q: u32) -> bool {
  return squared_norm(p) < squared_norm(q);
}

/// The rotation that makes rows p and q orthogonal (Golub & Van Loan, 8.5.2), with the larger row first.
fn turn(p: u32, q: u32) -> vec4f {
  var t = 0.0;
  if (needs_rotation(p, q)) {
    let zeta = (squared_norm(q) - squared_norm(p)) / (2 * sh_g[p * PITCH + q]);
    let root = 1 / (abs(zeta) + sqrt(1 + zeta * zeta));
    t = select(-root, root, zeta >= 0);
    if (abs(zeta) > 1e9) { t = 0.5 / zeta; } // zeta² may overflow
  }
  let c = inverseSqrt(1 + t * t);
  let s = c * t;
  return select(vec4f(c, -s, s, c), vec4f(s, c, c, -s), out_of_order(p, q));
}

@compute @workgroup_size(threads)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let pair = group.y * groups.x + group.x;

  for (var entry = thread; entry < SIZE * SIZE; entry += threads) {
    var sum = 0.0;
    for (var slice = 0u; slice < params.slices; slice++) {
      sum += gram[(pair * params.slices + slice) * SIZE * SIZE + entry];
    }
    let at = entry / SIZE * PITCH + entry % SIZE;
    sh_g[at] = sum;
    sh_w[at] = select(0.0, 1.0, entry / SIZE == entry % SIZE);
  }
  workgroupBarrier();

  for (var entry = thread; entry < SIZE * SIZE; entry += threads) {
    let p = entry / SIZE;
    let q = entry % SIZE;
    if (p < q) {
      if (needs_rotation(p, q)) { atomicAdd(&sh_skew, 1u); }
      if (out_of_order(p, q)) { atomicStore(&sh_disorder, 1u); }
    }
  }
  workgroupBarrier();
  if (thread == 0) {
    let skew = atomicLoad(&sh_skew);
    sh_work = skew | atomicLoad(&sh_disorder);
    turned[pair] = sh_work;
    atomicAdd(&skew_pairs[group.y], skew);
  }
  let work = workgroupUniformLoad(&sh_work);
  if (work == 0) { return; }

  let sharers = max(1, threads / HALF); // threads that share a pair of columns
  for (var round = 0u; round < SIZE - 1; round++) {
    for (var slot = thread; slot < HALF; slot += threads) {
      let players = tournament_pair(SIZE, round, slot);
      sh_pairs[slot] = players;
      sh_turns[slot] = turn(players.x, players.y);
    }
    workgroupBarrier();

    // A thread stays with one pair of columns, and goes through the pairs of rows of G, then the rows of W.
    for (var item = thread; item < HALF * sharers; item += threads) {
      let col = sh_pairs[item % HALF];
      let by_col = sh_turns[item % HALF];
      // G ← JᵀGJ, by the 2 × 2 blocks in which two pairs meet, so that no entry has two writers.
      for (var slot = item / HALF; slot < HALF; slot += sharers) {
        let row = sh_pairs[slot] * PITCH;
        let by_row = sh_turns[slot];
        let g = vec4f(sh_g[row.x + col.x], sh_g[row.x + col.y], sh_g[row.y + col.x], sh_g[row.y + col.y]);
        let top = by_row.x * g.xy + by_row.y * g.zw;
        let bottom = by_row.z * g.xy + by_row.w * g.zw;
        sh_g[row.x + col.x] = dot(top, by_col.xy);
        sh_g[row.x + col.y] = dot(top, by_col.zw);
        sh_g[row.y + col.x] = dot(bottom, by_col.xy);
        sh_g[row.y + col.y] = dot(bottom, by_col.zw);
      }
      // W ← WJ
      for (var row = item / HALF; row < SIZE; row += sharers) {
        let w = vec2f(sh_w[row * PITCH + col.x], sh_w[row * PITCH + col.y]);
        sh_w[row * PITCH + col.x] = dot(w, by_col.xy);
        sh_w[row * PITCH + col.y] = dot(w, by_col.zw);
      }
    }
    workgroupBarrier();
  }

  // Newton–Schulz: G is done with and takes I − WᵀW.
  for (var tile = thread; tile < TILES; tile += threads) {
    let top = tile / (SIZE / 4) * 4;
    let left = tile % (SIZE / 4) * 4;
    var sum = mat4x4f(); // column i, row j: entry (top + i, left + j)
    for (var k = 0u; k < SIZE; k++) {
      let at = k * PITCH + left;
      let w = vec4f(sh_w[at], sh_w[at + 1], sh_w[at + 2], sh_w[at + 3]);
      for (var i = 0u; i < 4; i++) { sum[i] += sh_w[k * PITCH + top + i] * w; }
    }
    for (var i = 0u; i < 4; i++) {
      for (var j = 0u; j < 4; j++) {
        sh_g[(top + i) * PITCH + left + j] = select(0.0, 1.0, top + i == left + j) - sum[i][j];
      }
    }
  }
  workgroupBarrier();
  for (var tile = thread; tile < TILES; tile += threads) {
    let top = tile / (SIZE / 4) * 4;
    let left = tile % (SIZE / 4) * 4;
    var sum = mat4x4f();
    for (var k = 0u; k < SIZE; k++) {
      let at = k * PITCH + left;
      let g = vec4f(sh_g[at], sh_g[at + 1], sh_g[at + 2], sh_g[at + 3]);
      for (var i = 0u; i < 4; i++) { sum[i] += sh_w[(top + i) * PITCH + k] * g; }
    }
    for (var i = 0u; i < 4; i++) {
      for (var j = 0u; j < 4; j++) {
        let w = sh_w[(top + i) * PITCH + left + j] + 0.5 * sum[i][j];
        rotation[(pair * SIZE + left + j) * SIZE + top + i] = w;
      }
    }
  }
}
`;
