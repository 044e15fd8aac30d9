import type { Gpu } from "./gpu.ts";
import { allDone } from "./waits.ts";

/** A part of a buffer to copy to the host, and how to decode its bytes. */
export interface Span<T> {
  readonly buffer: GPUBuffer;
  /** Its first byte, a multiple of 4. */
  readonly offset: number;
  readonly bytes: number;
  readonly decode: (bytes: ArrayBuffer) => T;
}

/** The decoded values of spans, in their order. */
export type Values<S extends readonly Span<unknown>[]> = {
  -readonly [K in keyof S]: S[K] extends Span<infer T> ? T : never;
};

/** `count` float32, from byte `offset` on. */
export function floats(buffer: GPUBuffer, count: number, offset = 0): Span<Float32Array<ArrayBuffer>> {
  return { buffer, offset, bytes: 4 * count, decode: (bytes) => new Float32Array(bytes) };
}

/** `count` u32. */
export function words(buffer: GPUBuffer, count: number): Span<Uint32Array<ArrayBuffer>> {
  return { buffer, offset: 0, bytes: 4 * count, decode: (bytes) => new Uint32Array(bytes) };
}

/** `count` two-floats, pairs of float32, as the sums of each pair. */
export function twoFloats(buffer: GPUBuffer, count: number): Span<Float64Array<ArrayBuffer>> {
  const decode = (bytes: ArrayBuffer) => {
    const pairs = new Float32Array(bytes);
    return Float64Array.from({ length: count }, (_, i) => (pairs[2 * i] as number) + (pairs[2 * i + 1] as number));
  };
  return { buffer, offset: 0, bytes: 8 * count, decode };
}

/** The same part, with `decode` applied to its values. */
export function mapSpan<T, U>(span: Span<T>, decode: (values: T) => U): Span<U> {
  return { ...span, decode: (bytes) => decode(span.decode(bytes)) };
}

/**
 * Copies spans to the host with one wait, after everything that was submitted before. They go through one staging
 * buffer, or through several where they exceed the largest one allowed. Rejects, and never returns zeros, where the
 * device is lost.
 */
export async function readBack<const S extends readonly Span<unknown>[]>(gpu: Gpu, spans: S): Promise<Values<S>> {
  if (spans.every(({ bytes }) => bytes === 0)) {
    return spans.map(({ decode }) => decode(new ArrayBuffer(0))) as Values<S>;
  }
  return gpu.withArena(async (arena) => {
    const { result: copying, check } = gpu.scoped("read-back", () => {
      const encoder = gpu.device.createCommandEncoder({ label: "read-back" });
      const staged = stagingPlan(spans, gpu.device.limits.maxBufferSize).map(({ bytes, places }) => {
        const buffer = arena.staging("read-back", bytes);
        for (const { span, at } of places) {
          if (span.bytes > 0) encoder.copyBufferToBuffer(span.buffer, span.offset, buffer, at, span.bytes);
        }
        return { buffer, places };
      });
      gpu.device.queue.submit([encoder.finish()]);
      // Copied as soon as it is mapped: the engine may be destroyed later, and the buffer with it.
      return staged.map(({ buffer, places }) =>
        buffer.mapAsync(GPUMapMode.READ).then(() => {
          const bytes = buffer.getMappedRange();
          return places.map(({ span, at }) => ({ span, copy: bytes.slice(at, at + span.bytes) }));
        }),
      );
    });
    const [copies] = await allDone([gpu.answered(Promise.all(copying)), check]);
    return copies.flat().map(({ span, copy }) => span.decode(copy)) as Values<S>;
  });
}

/** Waits for one answer of the device, because a device may be lost before it reports that. @throws DeviceLostError. */
export async function requireAnswer(gpu: Gpu): Promise<void> {
  await gpu.withArena(async (arena) => {
    const buffer = await gpu.guard("first answer", () => arena.storage("first answer", 4));
    await readBack(gpu, [words(buffer, 1)]);
  });
}

/** Places for spans, in their order, in as few buffers of at most `most` bytes as possible. */
export function stagingPlan(spans: readonly Span<unknown>[], most: number) {
  const buffers = [{ bytes: 0, places: [] as { span: Span<unknown>; at: number }[] }];
  for (const span of spans) {
    const last = buffers.at(-1) as (typeof buffers)[number];
    const buffer = last.bytes + span.bytes <= most ? last : { bytes: 0, places: [] };
    if (buffer !== last) buffers.push(buffer);
    buffer.places.push({ span, at: buffer.bytes });
    buffer.bytes += span.bytes;
  }
  return buffers;
}
