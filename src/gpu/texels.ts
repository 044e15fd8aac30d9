import type { Arena } from "./memory.ts";
import type { Step } from "./schedule.ts";

/** Texels of a row: vec4 i of a buffer is texel (i mod TEXEL_ROW, i div TEXEL_ROW) of its texture. */
const TEXEL_ROW = 1024;

/** Whether a device's textures hold as many vec4s. */
export function fitsTexels({ limits }: GPUDevice, vec4s: number): boolean {
  return vec4s <= TEXEL_ROW * limits.maxTextureDimension2D;
}

/** A texture for the vec4s of a buffer, and the step that copies them. */
export function texelsOf(arena: Arena, source: GPUBuffer, vec4s: number): { texels: GPUTexture; copy: Step } {
  const target = arena.texture(source.label, [Math.min(vec4s, TEXEL_ROW), Math.ceil(vec4s / TEXEL_ROW)]);
  return { texels: target, copy: { kind: "copy to texels", source, target, vec4s } };
}

/** Whole rows first, then the rest of the last one. */
export function encodeTexels(
  encoder: GPUCommandEncoder,
  { source, target, vec4s }: Extract<Step, { readonly kind: "copy to texels" }>,
): void {
  const bytesPerRow = 16 * TEXEL_ROW;
  const rows = Math.floor(vec4s / TEXEL_ROW);
  const rest = vec4s % TEXEL_ROW;
  if (rows > 0) encoder.copyBufferToTexture({ buffer: source, bytesPerRow }, { texture: target }, [TEXEL_ROW, rows]);
  if (rest > 0) {
    const last = { buffer: source, offset: rows * bytesPerRow };
    encoder.copyBufferToTexture(last, { texture: target, origin: [0, rows] }, [rest, 1]);
  }
}

/** WGSL: the function `name_at` that reads vec4 i of a texture that `texelsOf` has made. */
export const texelAt = (name: string) => /* wgsl */ `
fn ${name}_at(i: u32) -> vec4f { return textureLoad(${name}, vec2u(i & ${TEXEL_ROW - 1}, i >> ${Math.log2(TEXEL_ROW)}), 0); }`;
