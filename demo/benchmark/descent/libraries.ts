import type { Engine } from "../../../src/index.ts";
import { type Comparison, type Library, OWN } from "../comparison.ts";
import { activationOperator, storedMatrix } from "./libraries/spectral-shrinkage.ts";

export type Task = "one" | "many";

/** How many right-hand sides a task has. */
export const rightHandSides: Readonly<Record<Task, number>> = { one: 1, many: 64 };

/** Least squares min ‖Aw − y‖ from w = 0, one run a right-hand side. */
export interface Problem {
  readonly n: number;
  readonly runs: number;
  /** A, n × n, row-major. */
  readonly entries: Float32Array<ArrayBuffer>;
  /** y, runs × n. */
  readonly targets: Float32Array<ArrayBuffer>;
  readonly learningRate: number;
}

/** A problem whose A and y a library holds. */
export interface PreparedDescent {
  /** `count` steps w ← w − α Aᵀ(Aw − y) of every run from w = 0; resolves to w on the host, runs × n. */
  readonly descend: (count: number, signal: AbortSignal) => Promise<ArrayLike<number>>;
  readonly free: () => void;
}

export type Prepare = (problem: Problem) => Promise<PreparedDescent>;

export interface DescentLibrary extends Library<Task> {
  readonly load: (engine: Engine) => Promise<Prepare>;
}

/** This engine once more, with an activation operator in place of a matrix. */
export const OPERATOR = `${OWN}, operator`;

/** Each library is fetched when it is first measured. */
export const descentComparison: Comparison<Task, DescentLibrary> = {
  sizes: [128, 256, 512, 1024],
  tasks: { one: "1 right-hand side", many: "64 right-hand sides" },
  libraries: [
    {
      name: OWN,
      processor: "GPU",
      bounds: () => ({ one: 1024, many: 1024 }),
      load: async (engine) => storedMatrix(engine),
    },
    {
      name: OPERATOR,
      processor: "GPU",
      bounds: () => ({ one: 1024, many: 1024 }),
      load: async (engine) => activationOperator(engine),
    },
    {
      name: "jax-js",
      processor: "GPU",
      bounds: () => ({ one: 1024, many: 1024 }),
      load: async () => (await import("./libraries/jax-js.ts")).jaxJs(),
    },
    {
      name: "TensorFlow.js",
      processor: "GPU",
      bounds: () => ({ one: 1024, many: 1024 }),
      load: async () => (await import("./libraries/tfjs.ts")).tensorFlow(),
    },
    {
      name: "ml-matrix",
      processor: "CPU",
      bounds: () => ({ one: 1024, many: 1024 }),
      load: async () => (await import("./libraries/ml-matrix.ts")).prepare,
    },
  ],
};
