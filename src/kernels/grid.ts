import { ELEMENT_WORKGROUP } from "../../shaders/shared/grid.ts";
import { LimitError } from "../errors.ts";
import type { Workgroups } from "../gpu/schedule.ts";

const LIMIT = "maxComputeWorkgroupsPerDimension";
/** Its default, which every device grants. */
export const MOST_WORKGROUPS = 65535;

/** Workgroups for one thread per element, spread over x and y. */
export function elementGrid(elements: number): Workgroups {
  const groups = Math.ceil(elements / ELEMENT_WORKGROUP);
  const y = Math.max(1, Math.ceil(groups / MOST_WORKGROUPS));
  return checkedGrid(Math.max(1, Math.ceil(groups / y)), y);
}

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
