import type { Gpu } from "./gpu.ts";
import type { Arena } from "./memory.ts";
import type { Step } from "./schedule.ts";
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

/** Spans on their way to the host. */
export interface Staged<S extends readonly Span<unknown>[]> {
  /** Copies the spans to staging buffers of the arena. */
  readonly copies: readonly CopyStep[];
  /** Maps these buffers, once the copies are submitted. Rejects, and never returns zeros, where the device is lost. */
  readonly read: () => Promise<Values<S>>;
}

type CopyStep = Extract<Step, { readonly kind: "copy" }>;

/**
 * Plans the copies of spans to the host, which need one wait. They go through one staging buffer, or through several
 * where they exceed the largest one allowed.
 */
export function stage<const S extends readonly Span<unknown>[]>(gpu: Gpu, arena: Arena, spans: S): Staged<S> {
  const filled = spans.filter(({ bytes }) => bytes > 0);
  const staged = stagingPlan(filled, gpu.device.limits.maxBufferSize).map(({ bytes, places }) => ({
    target: arena.staging("read-back", bytes),
    places,
  }));
  const copies = staged.flatMap(({ target, places }) =>
    places.map(({ span, at }): CopyStep => {
      const { buffer: source, offset: sourceOffset, bytes } = span;
      return { kind: "copy", source, sourceOffset, target, targetOffset: at, bytes };
    }),
  );
  const read = async () => {
    // Copied as soon as it is mapped: the engine may be destroyed later, and the buffer with it.
    const copying = staged.map(({ target, places }) =>
      target.mapAsync(GPUMapMode.READ).then(() => {
        const mapped = target.getMappedRange();
        return places.map(({ span, at }) => [span, mapped.slice(at, at + span.bytes)] as const);
      }),
    );
    const bytes = new Map(copying.length > 0 ? (await gpu.answered(Promise.all(copying))).flat() : []);
    return spans.map((span) => span.decode(bytes.get(span) ?? new ArrayBuffer(0))) as Values<S>;
  };
  return { copies, read };
}

/** Copies spans to the host with one wait, after everything that was submitted before. */
export async function readBack<const S extends readonly Span<unknown>[]>(gpu: Gpu, spans: S): Promise<Values<S>> {
  return gpu.withArena(async (arena) => {
    const { result, check } = gpu.scoped("read-back", () => {
      const { copies, read } = stage(gpu, arena, spans);
      if (copies.length > 0) {
        const encoder = gpu.device.createCommandEncoder({ label: "read-back" });
        for (const copy of copies) encodeCopy(encoder, copy);
        gpu.device.queue.submit([encoder.finish()]);
      }
      return read();
    });
    const [values] = await allDone([result, check]);
    return values;
  });
}

export function encodeCopy(
  encoder: GPUCommandEncoder,
  { source, sourceOffset, target, targetOffset, bytes }: CopyStep,
) {
  encoder.copyBufferToBuffer(source, sourceOffset, target, targetOffset, bytes);
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
  const buffers: { bytes: number; places: { span: Span<unknown>; at: number }[] }[] = [];
  for (const span of spans) {
    const last = buffers.at(-1);
    const buffer = last && last.bytes + span.bytes <= most ? last : { bytes: 0, places: [] };
    if (buffer !== last) buffers.push(buffer);
    buffer.places.push({ span, at: buffer.bytes });
    buffer.bytes += span.bytes;
  }
  return buffers;
}
