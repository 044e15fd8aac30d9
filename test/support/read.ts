import type { Gpu } from "../../src/gpu/gpu.ts";
import { floats, readBack, type Span, twoFloats, words } from "../../src/gpu/read-back.ts";

async function read<T>(gpu: Gpu, span: Span<T>): Promise<T> {
  const [values] = await readBack(gpu, [span]);
  return values;
}

export const readFloats = (gpu: Gpu, buffer: GPUBuffer, count: number, offset = 0) =>
  read(gpu, floats(buffer, count, offset));
export const readWords = (gpu: Gpu, buffer: GPUBuffer, count: number) => read(gpu, words(buffer, count));
export const readTwoFloats = (gpu: Gpu, buffer: GPUBuffer, count: number) => read(gpu, twoFloats(buffer, count));
