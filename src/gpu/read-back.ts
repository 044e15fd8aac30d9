import type { Gpu } from "./gpu.ts";

/** Copies `bytes` bytes of a buffer to the host. Rejects, and never returns zeros, where the device is lost. */
async function readBytes(gpu: Gpu, source: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
  if (bytes === 0) return new ArrayBuffer(0);
  return gpu.withArena(async (arena) => {
    const staging = await gpu.guard("read-back", () => {
      const buffer = arena.staging("read-back", bytes);
      const encoder = gpu.device.createCommandEncoder({ label: "read-back" });
      encoder.copyBufferToBuffer(source, 0, buffer, 0, bytes);
      gpu.device.queue.submit([encoder.finish()]);
      return buffer;
    });
    await gpu.orLost(staging.mapAsync(GPUMapMode.READ));
    return staging.getMappedRange(0, bytes).slice(0);
  });
}

export async function readFloats(gpu: Gpu, source: GPUBuffer, count: number): Promise<Float32Array<ArrayBuffer>> {
  return new Float32Array(await readBytes(gpu, source, count * 4));
}

export async function readWords(gpu: Gpu, source: GPUBuffer, count: number): Promise<Uint32Array<ArrayBuffer>> {
  return new Uint32Array(await readBytes(gpu, source, count * 4));
}
