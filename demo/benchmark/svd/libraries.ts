import type { Engine } from "../../../src/index.ts";
import { type Comparison, type Library, OWN } from "../comparison.ts";
import { spectralShrinkage } from "./libraries/spectral-shrinkage.ts";

export type Task = "values" | "full";

export interface Decomposition {
  /** Descending. */
  readonly singularValues: ArrayLike<number>;
  /** Where the library tells. */
  readonly sweeps?: number;
}

/** The SVD of a matrix of n × n entries, row-major: from numbers on the host to numbers on the host. */
export type Decompose = (entries: Float32Array<ArrayBuffer>, n: number, signal: AbortSignal) => Promise<Decomposition>;

export interface SvdLibrary extends Library<Task> {
  readonly load: (engine: Engine) => Promise<Partial<Record<Task, Decompose>>>;
}

/** The library that gives the singular values in float64 to hold others against. */
export const REFERENCE = "ml-matrix";

/** Each library is fetched when it is first measured. */
export const svdComparison: Comparison<Task, SvdLibrary> = {
  sizes: [32, 64, 128, 256, 512, 1024],
  tasks: { values: "values only", full: "with U and V" },
  libraries: [
    {
      name: OWN,
      processor: "GPU",
      bounds: () => ({ values: 1024, full: 1024 }),
      load: async (engine) => spectralShrinkage(engine),
    },
    {
      name: "jax-js",
      processor: "GPU",
      bounds: (software) => ({ values: software ? 256 : 512 }),
      load: async () => (await import("./libraries/jax-js.ts")).jaxJs(),
    },
    {
      name: REFERENCE,
      processor: "CPU",
      bounds: () => ({ values: 1024, full: 512 }),
      load: async () => import("./libraries/ml-matrix.ts"),
    },
    {
      name: "svd-js",
      processor: "CPU",
      bounds: () => ({ values: 1024, full: 512 }),
      load: async () => import("./libraries/svd-js.ts"),
    },
    {
      name: "numpy-ts",
      processor: "CPU",
      bounds: () => ({ values: 1024, full: 256 }),
      load: async () => import("./libraries/numpy-ts.ts"),
    },
  ],
};
