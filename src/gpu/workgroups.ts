import { LimitError } from "../errors.ts";
import { adapterKind } from "./device.ts";
import type { Workgroups } from "./schedule.ts";

/** Threads of a workgroup in kernels with one thread for each element. */
export const ELEMENT_WORKGROUP = 64;

const LIMIT = "maxComputeWorkgroupsPerDimension";
/** The default of that limit, which every device grants. */
export const MOST_WORKGROUPS = 65535;

/** About how many multiply–adds of float32 take as long as one of two-floats. */
export const TWO_FLOAT_WORK = 32;

/** Multiply–adds in registers that take at least as long as reading, scaling and writing one to four elements. */
export const ELEMENT_WORK = 64;

/** Workgroups for one thread an element, in x and, where these are too many, in y. */
export function elementGrid(elements: number): Workgroups {
  return groupGrid(Math.ceil(elements / ELEMENT_WORKGROUP));
}

/** That many workgroups in x or, where these are too many, at least as many in x and y. */
export function groupGrid(groups: number): Workgroups {
  const y = Math.max(1, Math.ceil(groups / MOST_WORKGROUPS));
  return checkedGrid(Math.max(1, Math.ceil(groups / y)), y);
}

/** WGSL: the index of a thread's element in the grid that `elementGrid` lays out. */
export const ELEMENT_INDEX = `(group.y * groups.x + group.x) * ${ELEMENT_WORKGROUP} + thread`;

/** @throws LimitError where a dimension has more workgroups than any WebGPU device takes. */
export function checkedGrid(x: number, y = 1, z = 1): Workgroups {
  for (const groups of [x, y, z]) {
    if (groups > MOST_WORKGROUPS)
      throw new LimitError(
        `${x} × ${y} × ${z} workgroups, for rows, runs or matrices of a batch`,
        LIMIT,
        groups,
        MOST_WORKGROUPS,
      );
  }
  return [x, y, z];
}

/**
 * Multiply–adds of float32 that one dispatch should have at most, so that submits stay short and a run can be
 * cancelled: 40 ms on a CPU, 10 ms on a small GPU.
 */
export function stepWork(device: GPUDevice): number {
  return adapterKind(device) === "gpu" ? 2 ** 33 : 2 ** 25;
}

/**
 * Splits `count` items of `work` each into ranges of at most `most` work, each a multiple of `unit` items or the last.
 */
export function splitWork(count: number, work: number, most: number, unit = 1): { first: number; count: number }[] {
  const size = Math.max(unit, Math.floor(most / Math.max(1, work) / unit) * unit);
  return Array.from({ length: Math.ceil(count / size) }, (_, part) => ({
    first: part * size,
    count: Math.min(size, count - part * size),
  }));
}
