/** Threads in a workgroup of the kernels that give one thread to each element. */
export const ELEMENT_WORKGROUP = 64;

/** The index of a thread's element in a grid that is spread over x and y, as `elementGrid` of src/kernels lays it out. */
export const elementIndex = /* wgsl */ `
fn element_index(group: vec3u, groups: vec3u, thread: u32) -> u32 {
  return (group.y * groups.x + group.x) * ${ELEMENT_WORKGROUP} + thread;
}
`;
