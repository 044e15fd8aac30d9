import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { opaqueZero, unroll } from "./shared/compilers.ts";
import type { RotationShape } from "./shared/pair-product.ts";
import { findRotation } from "./shared/rotation.ts";
import { gramTiles, pairParams, SLICES, TILE, TILES, tournament } from "./shared/sweep.ts";

const ENTRIES = TILES * TILE ** 2; // of one slice's Gram matrix, tile by tile

export const pairRotation = oncePerVariant(({ threads, inQuads }: RotationShape) =>
  kernel(
    {
      name: "pair-rotation",
      does: "Finds the orthogonal 32 × 32 matrix W that brings one pair's Gram matrix G nearer to diagonal form",
      unit: "One workgroup = one pair (x); pairs whose rows are orthogonal are skipped",
      ...(inQuads && { enables: "subgroups" as const }),
    },
    {
      params: {
        ...pairParams,
        slices: ["u32", `parts of the Gram matrix, to be summed: a multiple of ${SLICES}`],
        tolerance: ["f32", "rows p, q count as orthogonal when |p·q| <= tolerance·|p|·|q|"],
        ...opaqueZero,
      },
      reads: {
        gram: ["array<f32>", "batch × pairs × slices × tiles × 8 × 8"],
        left_over: ["array<u32>", "batch: skew_pairs of the sweep before; a matrix with 0 is skipped"],
      },
      writes: {
        rotation: ["array<f32>", "batch × pairs × 32 (new row) × 32 (old row): D"],
        turned: ["array<vec2u>", "batch × pairs: x is 0 where W = I; y has a bit for each row, J's diagonal"],
        skew_pairs: ["array<atomic<u32>>", "batch: row pairs found not orthogonal since it was cleared"],
      },
    },
    wgsl`
${tournament}

${findRotation({ threads, inQuads })}

${gramTiles}

@compute @workgroup_size(threads)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
  ${inQuads ? "@builtin(subgroup_invocation_id) invocation: u32," : ""}
) {
  ${inQuads ? "place_in_quad = invocation % 4;" : ""}
  let pair = params.first_pair + group.x;
  if (left_over[pair / (params.blocks / 2)] == 0) { return; }

  for (var entry = thread; entry < ${ENTRIES}; entry += threads) {
    var sum = 0.0;
    for (var slice = 0u; slice < params.slices; slice += ${SLICES}) {
      let first = (pair * params.slices + slice) * ${ENTRIES} + entry;
      ${unroll(SLICES, (i) => `let part${i} = gram[first + ${i * ENTRIES}];`)}
      sum += ${unroll(SLICES, (i) => `part${i}`, " + ")};
    }
    let tile = TILES[entry / ${TILE ** 2}];
    let p = tile.x + entry % ${TILE ** 2} / ${TILE};
    let q = tile.y + entry % ${TILE};
    if (p <= q) {
      sh_g[p * PITCH + q] = sum;
      sh_g[q * PITCH + p] = sum;
    }
  }
  workgroupBarrier(); // G is complete

  // In three of four rounds, the sweep on G pairs only rows of different blocks.
  let skew = find_rotation(thread, params.blocks > 2 && params.round % 4 != 0);
  if (thread == 0) {
    turned[pair] = vec2u(skew, atomicLoad(&sh_bits));
    atomicAdd(&skew_pairs[pair / (params.blocks / 2)], skew);
  }
  if (skew == 0) { return; }
  for (var entry = thread; entry < SIZE * SIZE; entry += threads) {
    rotation[pair * SIZE * SIZE + entry] = sh_g[entry / SIZE * PITCH + entry % SIZE];
  }
}
`,
  ),
);
