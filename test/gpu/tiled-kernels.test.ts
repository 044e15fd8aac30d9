import { describe, expect } from "vitest";
import type { TiledSource } from "../../shaders/shared/tile-reads.ts";
import { DEPTH, type TileShape, tiledProduct, tileOf } from "../../shaders/tiled-product.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import type { Arena } from "../../src/gpu/memory.ts";
import type { Resource, Step } from "../../src/gpu/schedule.ts";
import { texelsOf } from "../../src/gpu/texels.ts";
import { test } from "../support/gpu.ts";
import { HALF_ULP } from "../support/numbers.ts";
import { at, bitsOf, expectNear, normals, poison, runKernel, summed } from "../support/run-kernel.ts";

/** A term passes through a product of four terms, three chains of at most 32 sums, and a few operations more. */
const ROUNDINGS = 4 + 3 * 32 + 4;

const shapes: readonly TileShape[] = [
  { rows: 4, runs: 4, threads: 64, sharing: "workgroup" },
  { rows: 4, runs: 4, threads: 8, sharing: "none" },
  { rows: 16, runs: 16, threads: 4, sharing: "none" },
  { rows: 4, runs: 8, threads: 8, sharing: "quad" },
  { rows: 4, runs: 16, threads: 4, sharing: "quad" },
];

/** What A and the inputs can be read from, where their rows have these lengths. The engine gives textures to quads only. */
function sourcesOf({ sharing }: TileShape, ...lengths: readonly number[]): readonly TiledSource[] {
  if (!lengths.every((length) => length % 4 === 0)) return ["numbers"];
  return sharing === "quad" ? ["numbers", "vec4s", "texels"] : ["numbers", "vec4s"];
}

/** The steps of a product that reads A and the inputs from this source, after those that copy them to it. */
function withRead<B extends { readonly a: GPUBuffer; readonly input: GPUBuffer }>(
  arena: Arena,
  source: TiledSource,
  buffers: B,
  steps: (read: Omit<B, "a" | "input"> & Record<"a" | "input", Resource>) => readonly Step[],
): Step[] {
  if (source !== "texels") return [...steps(buffers)];
  const [a, input] = [buffers.a, buffers.input].map((buffer) => texelsOf(arena, buffer, buffer.size / 16));
  if (!a || !input) throw new TypeError("A and the input expected");
  return [a.copy, input.copy, ...steps({ ...buffers, a: a.texels, input: input.texels })];
}

const sizes = [
  [1, 1, 1],
  [4, 4, 16],
  [15, 31, 2],
  [37, 165, 17], // rows and runs beyond whole tiles, terms beyond whole reads
  [64, 128, 32], // whole tiles
  [20, 9000, 3], // three levels of sums
] as const;

describe.for(shapes)("tiles of $rows rows and $runs runs a thread, shared by: $sharing", (wanted) => {
  const tile = tileOf(wanted);
  /** Without subgroups, the threads of a quad read for themselves. */
  const shapeOn = ({ features }: GPUDevice): TileShape =>
    wanted.sharing === "quad" && !features.has("subgroups") ? { ...wanted, sharing: "none" } : wanted;
  const tilesOf = (length: number, runs: number, strips: number) =>
    Math.ceil(length / tile.rows) * Math.ceil(runs / tile.runs) * strips;

  /** Two dispatches, the first of which takes the first tile. */
  const calls = <G extends object>(tiles: number, given: G) =>
    [
      { begin: 0, end: 1 },
      { begin: 1, end: tiles },
    ].map((part) => ({
      given: { ...given, ...part },
      workgroups: [Math.max(1, part.end - part.begin), 1, 1] as const,
      work: 1,
    }));

  test.for(sizes)("A·input and A·input − targets: %i × %i, %i runs", async ([rows, cols, runs], { device }) => {
    const shape = shapeOn(device);
    const gpu = new Gpu(device);
    const [a, input, targets] = [normals(rows * cols, 1), normals(runs * cols, 2), normals(runs * rows, 3)];
    const exact = (weight: number) =>
      Array.from({ length: runs * rows }, (_, i) => {
        const [run, row] = [Math.floor(i / rows), i % rows];
        return summed(cols + 1, (col) =>
          col === cols ? -weight * at(targets, i) : at(a, row * cols + col) * at(input, run * cols + col),
        );
      });
    const given = { length: rows, terms: cols, cols, runs, strip: Math.ceil(cols / DEPTH) * DEPTH };
    for (const source of sourcesOf(wanted, cols)) {
      const [multiply, subtract] = await Promise.all([
        tiledProduct({ end: "product", shape, source }).on(gpu),
        tiledProduct({ end: "residual", shape, source }).on(gpu),
      ]);
      const writes = { output: poison(runs * rows) };
      const plain = await runKernel(gpu, { reads: { a, input }, writes }, (arena, buffers) =>
        withRead(arena, source, buffers, (own) => multiply(arena, calls(tilesOf(rows, runs, 1), { ...given, ...own }))),
      );
      const products = exact(0);
      expectNear(
        plain.output,
        products.map(({ sum }) => sum),
        (i) => ROUNDINGS * HALF_ULP * (products[i]?.size ?? 0),
      );

      // The last run exceeds its limit.
      const limits = bitsOf(Array.from({ length: runs }, (_, run) => (run === runs - 1 ? 0 : 1e30)));
      const diverged = new Uint32Array(runs).fill(0xffffffff);
      const reads = { a, input, targets, limits, counts: Uint32Array.of(6, 7) };
      const rest = await runKernel(gpu, { reads, writes: { ...writes, diverged } }, (arena, buffers) =>
        withRead(arena, source, buffers, (own) => subtract(arena, calls(tilesOf(rows, runs, 1), { ...given, ...own }))),
      );
      const residuals = exact(1);
      expectNear(
        rest.output,
        residuals.map(({ sum }) => sum),
        (i) => ROUNDINGS * HALF_ULP * (residuals[i]?.size ?? 0),
      );
      expect([...rest.diverged]).toEqual(Array.from(limits, (limit) => (limit === 0 ? 7 : 0xffffffff)));
    }
  });

  test.for(sizes)("shares of Aᵀ·input: %i columns × %i rows, %i runs", async ([cols, rows, runs], { device }) => {
    const shape = shapeOn(device);
    const gpu = new Gpu(device);
    const [a, input] = [normals(rows * cols, 1), normals(runs * rows, 2)];
    const exact = Array.from({ length: runs * cols }, (_, i) => {
      const [run, col] = [Math.floor(i / cols), i % cols];
      return summed(rows, (row) => at(a, row * cols + col) * at(input, run * rows + row));
    });
    for (const strip of [Math.ceil(rows / DEPTH) * DEPTH, 2 * DEPTH]) {
      const strips = Math.ceil(rows / strip);
      const given = { length: cols, terms: rows, cols, runs, strip };
      for (const source of sourcesOf(wanted, rows, cols)) {
        const multiply = await tiledProduct({ end: "shares", shape, source }).on(gpu);
        const writes = { shares: poison(strips * runs * cols) };
        const { shares } = await runKernel(gpu, { reads: { a, input }, writes }, (arena, buffers) =>
          withRead(arena, source, buffers, (own) =>
            multiply(arena, calls(tilesOf(cols, runs, strips), { ...given, ...own })),
          ),
        );
        const sums = exact.map((_, i) => summed(strips, (share) => at(shares, share * runs * cols + i)).sum);
        expectNear(
          sums,
          exact.map(({ sum }) => sum),
          (i) => ROUNDINGS * HALF_ULP * (exact[i]?.size ?? 0),
        );
      }
    }
  });
});
