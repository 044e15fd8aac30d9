import { sumShares } from "../../shaders/product.ts";
import { DEPTH, type TiledEnd, tiledProduct, tileOf } from "../../shaders/tiled-product.ts";
import { shapesOf } from "../adapter/shapes.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Resource, Step } from "../gpu/schedule.ts";
import { fitsTexels, texelsOf } from "../gpu/texels.ts";
import { groupGrid, splitWork, stepWork } from "../gpu/workgroups.ts";
import type { ProductBuffers, Products, ResidualBuffers } from "./products.ts";

/** Tiles are faster than panels from this many runs on, where both sides of A have at least this length. */
const LEAST_RUNS = 16;
const LEAST_SIDE = 32;

/** Whether the products of `a` with `runs` vectors can be taken by tiles. */
export function areTiled(gpu: Gpu, { rows, cols, batch }: Matrix, runs: number): boolean {
  const tile = tileOf(shapesOf(gpu).tile);
  // A tile goes through a whole row of A: it must not take longer than a step may.
  const fits = tile.rows * tile.runs * cols <= stepWork(gpu.device);
  return batch === 1 && runs >= LEAST_RUNS && Math.min(rows, cols) >= LEAST_SIDE && fits;
}

/** Products of a stored matrix with many vectors, as matrix products. */
export function tiledProducts(gpu: Gpu, a: Matrix, runs: number): Products {
  const { rows, cols, buffer } = a;
  const strip = stripOf(gpu, a, runs);
  const count = Math.ceil(rows / strip);
  const subtracting = () => prepareTiles(gpu, a, runs, "residual", cols);
  const transposed = () => prepareTiles(gpu, a, runs, "shares", strip);
  const matrixIn = (arena: Arena) => readable(arena, sourceOf(gpu, a, runs), buffer, rows * cols);
  const alone =
    <B>(multiply: (arena: Arena, a: Resource, buffers: B) => Step[]) =>
    (arena: Arena, buffers: B) => {
      const { resource, copies } = matrixIn(arena);
      return [...copies, ...multiply(arena, resource, buffers)];
    };
  return {
    product: async () => alone(await prepareTiles(gpu, a, runs, "product", cols)),
    residual: async () => alone(await subtracting()),
    async transposedProduct() {
      const [multiply, sum] = await Promise.all([transposed().then(alone), sumShares.on(gpu)]);
      return (arena, { input, output }) => {
        if (count === 1) return multiply(arena, { input, shares: output });
        const shares = arena.storage("shares", count * runs * cols * 4);
        return [
          ...multiply(arena, { input, shares }),
          ...sum(arena, { length: runs * cols, count, shares, sums: output }),
        ];
      };
    },
    async gradient() {
      const [subtract, multiply] = await Promise.all([subtracting(), transposed()]);
      return (arena, buffers) => {
        const residuals = arena.storage("residuals", runs * rows * 4);
        const shares = arena.storage("shares", count * runs * cols * 4);
        const { resource, copies } = matrixIn(arena);
        const steps = [
          ...copies,
          ...subtract(arena, resource, { ...buffers, output: residuals }),
          ...multiply(arena, resource, { input: residuals, shares }),
        ];
        return { steps, shares, count };
      };
    },
  };
}

/** What the products of `a` read. Both of its sides are whole vec4s where its entries and all inputs are texels. */
function sourceOf(gpu: Gpu, { rows, cols }: Matrix, runs: number): "texels" | "buffers" {
  const longest = Math.max(rows * cols, runs * Math.max(rows, cols));
  const fits = rows % 4 === 0 && cols % 4 === 0 && fitsTexels(gpu.device, longest / 4);
  return shapesOf(gpu).tile.isTextured && fits ? "texels" : "buffers";
}

/** What a kernel reads in place of a buffer, and the steps that copy the buffer to it. */
function readable(arena: Arena, source: "texels" | "buffers", buffer: GPUBuffer, numbers: number) {
  if (source === "buffers") return { resource: buffer, copies: [] };
  const { texels, copy } = texelsOf(arena, buffer, numbers / 4);
  return { resource: texels, copies: [copy] };
}

/** The fewest rows of a strip: with fewer, the shares of the strips would cost more than the strips gain. */
const LEAST_STRIP = 64;

/** Rows of A in a strip of Aᵀ·input: so few that there is work for the whole device, and that a tile fits into a step. */
function stripOf(gpu: Gpu, { rows, cols }: Matrix, runs: number): number {
  const { tile, tileGroups } = shapesOf(gpu);
  const own = tileOf(tile);
  const tiles = Math.ceil(cols / own.rows) * Math.ceil(runs / own.runs);
  const longest = stepWork(gpu.device) / (own.rows * own.runs);
  const wanted = Math.min(longest, Math.max(LEAST_STRIP, rows / Math.ceil(tileGroups / tiles)));
  return Math.ceil(wanted / DEPTH) * DEPTH;
}

/** The steps of a product by tiles. A dispatch sums `strip` terms of each of its outputs. */
async function prepareTiles<const E extends TiledEnd>(gpu: Gpu, matrix: Matrix, runs: number, end: E, strip: number) {
  const { rows, cols } = matrix;
  const [length, terms] = end === "shares" ? [cols, rows] : [rows, cols];
  const { tile: shape } = shapesOf(gpu);
  const tile = tileOf(shape);
  const source = sourceOf(gpu, matrix, runs);
  const entry = cols % 4 === 0 && terms % 4 === 0 ? "vec4s" : "numbers";
  const encode = await tiledProduct({ end, shape, source: source === "texels" ? source : entry }).on(gpu);
  const tiles = Math.ceil(length / tile.rows) * Math.ceil(runs / tile.runs) * Math.ceil(terms / strip);
  const work = tile.rows * tile.runs * Math.min(strip, terms);
  return (arena: Arena, a: Resource, buffers: BuffersOf<E>): Step[] => {
    const { resource: input, copies } = readable(arena, source, buffers.input, runs * terms);
    const given = { length, terms, cols, runs, strip: Math.ceil(strip / DEPTH) * DEPTH, ...buffers, a, input };
    const calls = splitWork(tiles, work, stepWork(gpu.device)).map(({ first, count }) => ({
      given: { ...given, begin: first, end: first + count },
      workgroups: groupGrid(count),
      work: count * work,
    }));
    return [...copies, ...encode(arena, calls as never)];
  };
}

/** What a product by tiles takes and writes, by its end. */
type BuffersOf<E extends TiledEnd> = E extends "shares"
  ? { readonly input: GPUBuffer; readonly shares: GPUBuffer }
  : E extends "residual"
    ? ResidualBuffers
    : ProductBuffers;
