import { describe, expect } from "vitest";
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { extractVectors } from "../../shaders/extract-vectors.ts";
import { loadWorking } from "../../shaders/load-working.ts";
import { rowNorms } from "../../shaders/row-norms.ts";
import { tournament } from "../../shaders/shared/sweep.ts";
import { shapesOf } from "../../src/adapter/shapes.ts";
import { execute } from "../../src/gpu/execute.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Matrix } from "../../src/gpu/matrix.ts";
import { dispatch } from "../../src/gpu/schedule.ts";
import { prepareLargestEntry } from "../../src/operator/largest-entry.ts";
import { loadParams, normParams, vectorParams, viewOf, workingLayout } from "../../src/svd/working-matrix.ts";
import { test } from "../support/gpu.ts";
import { fill, randomMatrix } from "../support/matrices.ts";
import { HALF_ULP } from "../support/numbers.ts";
import { readFloats, readWords } from "../support/read.ts";
import { poisoned } from "../support/run-kernel.ts";

/** Writes the pairs of all rounds of a tournament, by the function of the shaders. */
const tournamentShader = wgsl`
${tournament}
struct players_params { players: u32 }
@group(0) @binding(0) var<uniform> params: players_params;
@group(0) @binding(1) var<storage, read_write> pairs: array<vec2u>;   // rounds × slots

@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3u) {
  pairs[group.y * params.players / 2 + group.x] = tournament_pair(params.players, group.y, group.x);
}
`;

test("tournament: in every round everyone plays once, and all pairs meet once", async ({ device }) => {
  const gpu = new Gpu(device);
  const pipeline = await gpu.pipelines.get({ label: "tournament", code: tournamentShader });
  for (const players of [2, 4, 6, 32, 50]) {
    const [rounds, slots] = [players - 1, players / 2];
    const met = await gpu.withArena(async (arena) => {
      const params = arena.uniform("players", Uint32Array.of(players, 0, 0, 0).buffer);
      const pairs = arena.storage("pairs", rounds * slots * 8);
      await execute(gpu, [dispatch(gpu, pipeline, [params, pairs], [slots, rounds, 1], 1)]);
      return readWords(gpu, pairs, rounds * slots * 2);
    });
    const seen = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const playing = new Set(met.subarray(round * players, (round + 1) * players));
      expect(playing.size).toBe(players);
      for (let slot = 0; slot < slots; slot++) {
        const [first = 0, second = 0] = met.subarray((round * slots + slot) * 2);
        expect(first).toBeLessThan(second);
        expect(second).toBeLessThan(players);
        seen.add(`${first}-${second}`);
      }
    }
    expect(seen.size).toBe(rounds * slots);
  }
});

describe("largest-entry", () => {
  test.for([1, 63, 64, 4095, 4096, 4097, 10_000])(
    "%i entries: found wherever it stands",
    async (entries, { device }) => {
      const gpu = new Gpu(device);
      const largestEntry = await prepareLargestEntry(gpu);
      for (const place of new Set([0, Math.floor(entries / 2), entries - 1])) {
        const batch = randomMatrix(2, entries).map((value) => Math.max(-3, Math.min(3, value)));
        batch[place] = -7.5;
        batch[entries + place] = Number.NEGATIVE_INFINITY;
        const found = await gpu.withArena(async (arena) => {
          const source = arena.upload("batch", batch);
          const largest = arena.storage("largest", 8);
          const parts = { source, batch: 2, entries, entryStep: 1, matrixStep: entries };
          await execute(gpu, largestEntry(arena, parts, largest));
          return readFloats(gpu, largest, 2);
        });
        expect(Array.from(found)).toEqual([7.5, Number.POSITIVE_INFINITY]);
      }
    },
  );
});

describe("working matrices", () => {
  const shapes = [
    [3, 5, 1],
    [5, 3, 2],
    [33, 40, 2],
    [70, 16, 1],
  ] as const;

  test.for(shapes)(
    "%i × %i, batch %i: loaded, padded with zeros, scaled, and taken out again",
    async (shape, { device }) => {
      const [rows, cols, batch] = shape;
      const gpu = new Gpu(device);
      const layout = workingLayout(rows, cols, batch, true);
      const entries = randomMatrix(batch, rows * cols);
      const [load, extract] = [await loadWorking.on(gpu), await extractVectors.on(gpu)];
      await gpu.withArena(async (arena) => {
        const words = batch * layout.workingRows * layout.rowStride * 4;
        const [working, out] = [poisoned(arena, words), poisoned(arena, batch * rows * cols)];
        const exponents = Int32Array.from({ length: batch }, (_, i) => i);
        const matrix = Matrix.create(gpu, { rows, cols, batch, buffer: arena.upload("A", entries) });
        const reversed = Uint32Array.from(
          { length: batch * layout.rows },
          (_, i) => layout.rows - 1 - (i % layout.rows),
        );
        const part = {
          first: 0,
          length: layout.length,
          order: arena.upload("order", reversed),
          scales: arena.upload("factors", new Float32Array(batch * layout.rows).fill(-1)),
        };
        await execute(gpu, [
          ...load(arena, {
            ...loadParams(viewOf(matrix, layout.transposed), layout),
            exponents: arena.upload("exponents", exponents),
            working,
          }),
          ...extract(arena, { ...vectorParams(layout), ...part, working, out }),
        ]);

        const loaded = await readFloats(gpu, working, words);
        const expected = new Float32Array(words);
        for (let i = 0; i < batch; i++) {
          for (let row = 0; row < layout.rows; row++) {
            const at = (i * layout.workingRows + row) * layout.rowStride * 4;
            for (let col = 0; col < layout.length; col++) {
              const source = layout.transposed ? col * cols + row : row * cols + col;
              expected[at + col] = 2 ** i * (entries[i * rows * cols + source] ?? 0);
            }
            expected[at + 4 * layout.cols + row] = 1;
          }
        }
        expect(loaded).toEqual(expected);

        const taken = await readFloats(gpu, out, batch * rows * cols);
        taken.forEach((value, index) => {
          const [i, entry] = [Math.floor(index / (rows * cols)), index % (rows * cols)];
          const [position, k] = [Math.floor(entry / layout.rows), entry % layout.rows];
          const row = i * layout.workingRows + layout.rows - 1 - k;
          if (value !== -(loaded[row * layout.rowStride * 4 + position] ?? 0)) {
            throw new Error(`entry ${position} of vector ${k}, matrix ${i}: ${value}`);
          }
        });
      });
    },
  );

  test("row-norms: of R alone, to four roundings, however long and alike", async ({ device }) => {
    const gpu = new Gpu(device);
    const { rowThreads: threads } = shapesOf({ device });
    const [measure, load] = [await rowNorms.on(gpu, { threads }), await loadWorking.on(gpu)];
    for (const [rows, cols] of [
      [2, 1],
      [5, 300],
      [40, 257],
      [2, 200_000],
    ] as const) {
      const layout = workingLayout(rows, cols, 1, true);
      const entries = cols > 1000 ? fill(rows, cols, () => 0.9) : randomMatrix(rows, cols);
      await gpu.withArena(async (arena) => {
        const working = poisoned(arena, layout.workingRows * layout.rowStride * 4);
        const norms = poisoned(arena, layout.workingRows);
        const matrix = Matrix.create(gpu, { rows, cols, batch: 1, buffer: arena.upload("A", entries) });
        const unscaled = arena.upload("exponent", Int32Array.of(0));
        await execute(gpu, [
          ...load(arena, {
            ...loadParams(viewOf(matrix, layout.transposed), layout),
            exponents: unscaled,
            working,
          }),
          measure(arena, { ...normParams(layout), working, norms }),
        ]);
        const computed = await readFloats(gpu, norms, layout.workingRows);
        const lines = layout.transposed
          ? Array.from({ length: cols }, (_, c) => entries.filter((_, i) => i % cols === c))
          : Array.from({ length: rows }, (_, r) => entries.subarray(r * cols, (r + 1) * cols));
        computed.forEach((norm, row) => {
          const exact = Math.sqrt(Array.from(lines[row] ?? []).reduce((sum, value) => sum + value * value, 0));
          expect(Math.abs(norm - exact)).toBeLessThanOrEqual(4 * HALF_ULP * exact);
        });
      });
    }
  });
});
