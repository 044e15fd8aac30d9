import { ELEMENT_WORKGROUP } from "../../shaders/shared/grid.ts";
import { LimitError } from "../errors.ts";
import type { Workgroups } from "../gpu/schedule.ts";

const LIMIT = "maxComputeWorkgroupsPerDimension";
const MOST = 65535; // its default, which every device grants

/** Workgroups for one thread per element, spread over x and y, times `batch` in z. */
export function elementGrid(elements: number, batch = 1): Workgroups {
  const groups = Math.ceil(elements / ELEMENT_WORKGROUP);
  const y = Math.max(1, Math.ceil(groups / MOST));
  return checkedGrid(Math.max(1, Math.ceil(groups / y)), y, batch);
}

/** @throws LimitError where a dimension has more workgroups than any WebGPU device takes. */
export function checkedGrid(x: number, y = 1, z = 1): Workgroups {
  for (const groups of [x, y, z]) {
    if (groups > MOST)
      throw new LimitError(`${x} × ${y} × ${z} workgroups, for rows, runs or matrices of a batch`, LIMIT, groups, MOST);
  }
  return [x, y, z];
}
