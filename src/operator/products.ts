import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";

/** The vectors of all runs, one after the other: runs × cols where A multiplies them, runs × rows where Aᵀ does. */
export interface ProductBuffers {
  readonly input: GPUBuffer;
  readonly output: GPUBuffer;
}

/** How a residual is watched for divergence. */
export interface WatchBuffers {
  /** runs: the bits of the largest |residual| that is allowed. */
  readonly limits: GPUBuffer;
  /** Two counts of steps. The larger one is the number of steps that are done. */
  readonly counts: GPUBuffer;
  /** runs: how many steps were done when a residual first exceeded its run's limit. */
  readonly diverged: GPUBuffer;
}

export interface ResidualBuffers extends ProductBuffers, WatchBuffers {
  /** runs × rows. */
  readonly targets: GPUBuffer;
}

/** Watch buffers that allow every residual. */
export function unwatched(arena: Arena, runs: number): WatchBuffers {
  return {
    limits: arena.upload("no limits", new Uint32Array(runs).fill(0xffffffff)),
    counts: arena.storage("no steps", 8),
    diverged: arena.storage("none diverged", runs * 4),
  };
}

/** A product as partial sums that are still to be added up: `count` of them, runs × cols each. */
export interface Shares {
  readonly steps: readonly Step[];
  readonly shares: GPUBuffer;
  readonly count: number;
}

/** The products of a matrix A with the vectors of a number of runs. Each method compiles the kernels of one product. */
export interface Products {
  /** output = A·input. */
  product(): Promise<(arena: Arena, buffers: ProductBuffers) => Step[]>;
  /** output = Aᵀ·input. */
  transposedProduct(): Promise<(arena: Arena, buffers: ProductBuffers) => Step[]>;
  /** output = A·input − targets, watched for divergence. */
  residual(): Promise<(arena: Arena, buffers: ResidualBuffers) => Step[]>;
  /** Aᵀ(A·input − targets) as shares; its residual is watched for divergence. */
  gradient(): Promise<(arena: Arena, buffers: Omit<ResidualBuffers, "output">) => Shares>;
}
