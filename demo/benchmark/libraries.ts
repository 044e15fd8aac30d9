import type { Engine } from "../../src/index.ts";
import { spectralShrinkage } from "./libraries/spectral-shrinkage.ts";

export const tasks = { values: "values only", full: "with U and V" } as const;

export type Task = keyof typeof tasks;

export interface Decomposition {
  /** Descending. */
  readonly singularValues: ArrayLike<number>;
  /** Where the library tells. */
  readonly sweeps?: number;
}

/** The SVD of a matrix of n × n entries, row-major: from numbers on the host to numbers on the host. */
export type Decompose = (entries: Float32Array<ArrayBuffer>, n: number, signal: AbortSignal) => Promise<Decomposition>;

export interface Library {
  readonly name: string;
  readonly processor: "GPU" | "CPU";
  /** The largest n that each task is measured at, where the library has it: beyond, a run takes 10 s and more. */
  readonly bounds: (software: boolean) => Partial<Record<Task, number>>;
  readonly load: (engine: Engine) => Promise<Partial<Record<Task, Decompose>>>;
}

/** The library that is this engine, and the one that gives the singular values in float64 to hold others against. */
export const OWN = "spectral-shrinkage";
export const REFERENCE = "ml-matrix";

/** This engine, and what one would take in its place; each is fetched when it is first measured. */
export const libraries: readonly Library[] = [
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
];
