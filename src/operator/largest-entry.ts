import { largestEntry } from "../../shaders/largest-entry.ts";
import { NotFiniteError } from "../errors.ts";
import { executeAndRead } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
import { checkedGrid, ELEMENT_WORKGROUP, MOST_WORKGROUPS, splitWork, stepWork } from "../gpu/workgroups.ts";
import { largestOf } from "../theory/scale.ts";
import type { LinearOperator } from "./linear-operator.ts";

/**
 * max|A| of each matrix of a batch, or an upper bound of it where A is not stored.
 * @throws NotFiniteError where A holds NaN or infinity.
 */
export async function largestEntries(gpu: Gpu, a: LinearOperator, signal?: AbortSignal): Promise<Float32Array> {
  if (!(a instanceof Matrix)) return Float32Array.of(a.largestEntry);
  const { buffer, batch } = a;
  const entries = a.rows * a.cols;
  return largestIn(gpu, "matrix", { source: buffer, batch, entries, entryStep: 1, matrixStep: entries }, signal);
}

/**
 * max|A| of each column of one matrix.
 * @throws NotFiniteError where A holds NaN or infinity.
 */
export async function largestOfColumns(gpu: Gpu, a: Matrix, signal?: AbortSignal): Promise<Float32Array> {
  const { buffer, rows, cols } = a;
  return largestIn(
    gpu,
    "column",
    { source: buffer, batch: cols, entries: rows, entryStep: cols, matrixStep: 1 },
    signal,
  );
}

async function largestIn(gpu: Gpu, what: string, parts: Parts, signal?: AbortSignal): Promise<Float32Array> {
  const encode = await prepareLargestEntry(gpu);
  const largest = await gpu.withArena(async (arena) => {
    const { buffer, steps } = await gpu.guard("largest entries", () => {
      const buffer = arena.storage("largest entries", parts.batch * 4);
      return { buffer, steps: encode(arena, parts, buffer) };
    });
    const [largest] = await executeAndRead(gpu, steps, [floats(buffer, parts.batch)], { signal });
    return largest;
  });
  const fault = largest.findIndex((value) => !Number.isFinite(value));
  if (fault >= 0) throw new NotFiniteError(`${what} ${fault} holds NaN or infinity, finite entries expected`);
  return largest;
}

/** Parts of a buffer: entry i of part k is number k·matrixStep + i·entryStep. */
interface Parts {
  readonly source: GPUBuffer;
  readonly batch: number;
  readonly entries: number;
  readonly entryStep: number;
  readonly matrixStep: number;
}

/**
 * A power of two near √(N·M)·max|A|, a bound of σ₁ that is at most √(N·M) times too large: what is computed in this unit
 * stays within float32. 1 where A is 0.
 */
export function scaleOf({ rows, cols }: LinearOperator, largest: Float32Array): number {
  const bound = largestOf(largest) * Math.sqrt(rows * cols);
  return bound > 0 ? 2 ** Math.round(Math.log2(bound)) : 1;
}

/** Entries for each thread. There are more where a matrix would take more workgroups than keep a GPU busy. */
const ENTRIES_PER_THREAD = 64;
const MOST_GROUPS = 1024;
/** About how many multiply–adds in registers it costs to compare an entry. */
const ENTRY_WORK = 8;

/** Steps that write the bits of the largest |entry| of each part to `largest`: u32, batch, which must be zeros before. */
export async function prepareLargestEntry(gpu: Gpu) {
  const encode = await largestEntry.on(gpu);
  return (arena: Arena, { source, batch, entries, entryStep, matrixStep }: Parts, largest: GPUBuffer): Step[] => {
    const steps = { entry_step: entryStep, matrix_step: matrixStep };
    const own = batch * ENTRY_WORK;
    const parts = splitWork(entries, own, stepWork(gpu.device));
    return encode(
      arena,
      parts.map(({ first, count }) => {
        const groups = Math.min(MOST_GROUPS, Math.ceil(count / (ELEMENT_WORKGROUP * ENTRIES_PER_THREAD)));
        return {
          given: { batch, entries, ...steps, begin: first, end: first + count, source, largest },
          workgroups: checkedGrid(groups, Math.min(batch, MOST_WORKGROUPS)),
          work: count * own,
        };
      }),
    );
  };
}
