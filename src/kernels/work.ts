import { shapesOf } from "./shapes.ts";

/** Multiply–adds of float32 that one multiply–add of two-floats costs, about. */
export const TWO_FLOAT_WORK = 32;

/** Multiply–adds in registers that reading, scaling and writing an element, or four, costs at most. */
export const ELEMENT_WORK = 64;

/** Ranges of elements that a step of a kernel with a thread an element can hold. */
export function splitElements(device: GPUDevice, elements: number): { first: number; count: number }[] {
  return splitWork(elements, ELEMENT_WORK, shapesOf(device).stepWork);
}

/** Splits `count` items of `work` each into ranges [first, count] that a step can hold, of a multiple of `unit` items. */
export function splitWork(count: number, work: number, most: number, unit = 1): { first: number; count: number }[] {
  const size = Math.max(unit, Math.floor(most / Math.max(1, work) / unit) * unit);
  return Array.from({ length: Math.ceil(count / size) }, (_, part) => ({
    first: part * size,
    count: Math.min(size, count - part * size),
  }));
}
