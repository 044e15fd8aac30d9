import { ELEMENT_WORKGROUP } from "../../src/gpu/grid.ts";

export { ELEMENT_WORKGROUP };

/** The index of a thread's element in a grid that is spread over x and y, as `elementGrid` of src/gpu lays it out. */
export const elementIndex = /* wgsl */ `
fn element_index(group: vec3u, groups: vec3u, thread: u32) -> u32 {
  return (group.y * groups.x + group.x) * ${ELEMENT_WORKGROUP} + thread;
}
`;
