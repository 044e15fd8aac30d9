import type { Gpu } from "./gpu.ts";

/** Copies `bytes` bytes of a buffer, from `offset` on, to the host. Rejects, and never returns zeros, where the device is lost. */
async function readBytes(gpu: Gpu, source: GPUBuffer, bytes: number, offset = 0): Promise<ArrayBuffer> {
  if (bytes === 0) return new ArrayBuffer(0);
  return gpu.withArena(async (arena) => {
    const staging = await gpu.guard("read-back", () => {
      const buffer = arena.staging("read-back", bytes);
      const encoder = gpu.device.createCommandEncoder({ label: "read-back" });
      encoder.copyBufferToBuffer(source, offset, buffer, 0, bytes);
      gpu.device.queue.submit([encoder.finish()]);
      return buffer;
    });
    gpu.assertAlive(); // mapping a buffer that the end of the engine has freed would be an error on the caller's device
    await gpu.orLost(staging.mapAsync(GPUMapMode.READ));
    return staging.getMappedRange(0, bytes).slice(0);
  });
}

/** Reads `count` float32 from byte `offset` on. */
export async function readFloats(
  gpu: Gpu,
  source: GPUBuffer,
  count: number,
  offset = 0,
): Promise<Float32Array<ArrayBuffer>> {
  return new Float32Array(await readBytes(gpu, source, count * 4, offset));
}

/** Reads `count` u32. */
export async function readWords(gpu: Gpu, source: GPUBuffer, count: number): Promise<Uint32Array<ArrayBuffer>> {
  return new Uint32Array(await readBytes(gpu, source, count * 4));
}

/** Reads `count` two-floats, pairs of float32, as the sums of each pair. */
export async function readTwoFloats(gpu: Gpu, source: GPUBuffer, count: number): Promise<Float64Array<ArrayBuffer>> {
  const pairs = new Float32Array(await readBytes(gpu, source, count * 8));
  return Float64Array.from({ length: count }, (_, i) => (pairs[2 * i] as number) + (pairs[2 * i + 1] as number));
}
