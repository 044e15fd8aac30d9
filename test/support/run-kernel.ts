import { expect } from "vitest";
import type { TwoFloatForm } from "../../shaders/shared/two-float.ts";
import { selectTwoFloat } from "../../src/adapter/two-float-check.ts";
import { execute } from "../../src/gpu/execute.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import type { Arena } from "../../src/gpu/memory.ts";
import { readBack, words } from "../../src/gpu/read-back.ts";
import type { Step } from "../../src/gpu/schedule.ts";
import { splitTwoFloat } from "../../src/theory/two-float.ts";
import { joinTwoFloat } from "./numbers.ts";
import { createRandom } from "./random.ts";

type Numbers = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/**
 * Counts around a vector, a cache line and a workgroup of 64, one that fills three workgroups except for 27, and none.
 */
export const awkwardCounts = [0, 1, 15, 16, 31, 32, 64 * 3 - 27] as const;

/** Normal numbers, in float32. */
export const normals = (count: number, seed: number) => Float32Array.from(createRandom(seed).normals(count));

/** Normal numbers that a two-float holds exactly. */
export const twoFloatNormals = (count: number, seed: number) =>
  joinTwoFloat(splitTwoFloat(createRandom(seed).normals(count)));

export const at = (values: ArrayLike<number>, i: number): number => values[i] as number;

/** The bits of float32 numbers. */
export const bitsOf = (values: Iterable<number>) => new Uint32Array(Float32Array.from(values).buffer);

/** Σ term, and Σ |term|, to which its roundings are relative. */
export function summed(count: number, term: (i: number) => number): { sum: number; size: number } {
  let [sum, size] = [0, 0];
  for (let i = 0; i < count; i++) {
    const value = term(i);
    sum += value;
    size += Math.abs(value);
  }
  return { sum, size };
}

/** The two-float arithmetic that is exact on this adapter. */
export async function exactForm(gpu: Gpu): Promise<TwoFloatForm> {
  const form = await selectTwoFloat(gpu);
  expect(form, "this adapter keeps two-floats exact in some form").not.toBe("none");
  return form as TwoFloatForm;
}

/** NaNs, for a buffer that a kernel must fill: an element that it forgets shows. */
export function poison(count: number): Float32Array<ArrayBuffer> {
  return new Float32Array(count).fill(Number.NaN);
}

/** A buffer of NaNs. */
export function poisoned(arena: Arena, count: number): GPUBuffer {
  return arena.upload("poisoned", poison(count));
}

/** A kernel must not write these words, which stand after each of its outputs. */
const GUARD = new Uint32Array(poison(4).buffer);

/**
 * Runs what `encode` makes of buffers by name. `reads` and `writes` are their contents before. Returns the contents of
 * the written ones after it.
 */
export async function runKernel<
  const R extends Readonly<Record<string, Numbers>>,
  const W extends Readonly<Record<string, Numbers>>,
>(
  gpu: Gpu,
  { reads, writes }: { readonly reads: R; readonly writes: W },
  encode: (arena: Arena, buffers: Record<keyof R | keyof W, GPUBuffer>) => Step | readonly Step[],
): Promise<W> {
  return gpu.withArena(async (arena) => {
    const outputs = Object.entries(writes).map(([name, before]) => {
      const content = new Uint32Array(before.length + GUARD.length);
      content.set(new Uint32Array(before.buffer, before.byteOffset, before.length));
      content.set(GUARD, before.length);
      return { name, before, buffer: arena.upload(name, content) };
    });
    const buffers = Object.fromEntries([
      ...Object.entries(reads).map(([name, data]) => [name, arena.upload(name, data)]),
      ...outputs.map(({ name, buffer }) => [name, buffer]),
    ]);
    await execute(gpu, [encode(arena, buffers)].flat());
    const read = await readBack(
      gpu,
      outputs.map(({ before, buffer }) => words(buffer, before.length + GUARD.length)),
    );
    const results = outputs.map(({ name, before }, i) => {
      const after = read[i] as Uint32Array<ArrayBuffer>;
      expect(after.subarray(before.length), `the words after ${name}`).toEqual(GUARD);
      const own = after.slice(0, before.length).buffer;
      return [name, new (before.constructor as new (words: ArrayBuffer) => Numbers)(own)];
    });
    return Object.fromEntries(results) as W;
  });
}

/** Asserts that each number is as near to what is expected as its bound allows. */
export function expectNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: (i: number) => number,
  what = "element",
): void {
  expect(actual.length, `number of ${what}s`).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    const [is, should] = [actual[i] as number, expected[i] as number];
    // NaN, too, must fail.
    if (!(Math.abs(is - should) <= bound(i))) {
      const near = Array.from(actual).slice(Math.max(0, i - 1), i + 2);
      throw new Error(`${what} ${i}: ${is}, ${should} ± ${bound(i)} expected; with its neighbours ${near}`);
    }
  }
}
