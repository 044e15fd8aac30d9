/** A member of a uniform struct: WGSL's u32 or f32. */
export type Member = readonly ["u32" | "f32", number];

/** WebGPU's default `minUniformBufferOffsetAlignment`: the distance of uniform structs that are bound one by one. */
export const UNIFORM_STRIDE = 256;

/** Packs uniform structs of u32 and f32 members, one each `UNIFORM_STRIDE` bytes. */
export function packUniforms(...structs: readonly (readonly Member[])[]): ArrayBuffer {
  const bytes = (structs.length - 1) * UNIFORM_STRIDE + 4 * Math.max(4, structs.at(-1)?.length ?? 0);
  const view = new DataView(new ArrayBuffer(Math.max(16, Math.ceil(bytes / 16) * 16)));
  structs.forEach((members, s) => {
    members.forEach(([type, value], m) => {
      const offset = s * UNIFORM_STRIDE + 4 * m;
      if (type === "u32") view.setUint32(offset, value, true);
      else view.setFloat32(offset, value, true);
    });
  });
  return view.buffer;
}
