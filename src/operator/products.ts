import { sumShares } from "../../shaders/sum-shares.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import type { ActivationOperator } from "./activation-operator.ts";
import {
  type Entries,
  type ProductBuffers,
  prepareGradient,
  prepareProduct,
  prepareResidual,
  prepareTransposedProduct,
  type ResidualBuffers,
  type Shares,
} from "./entry-products.ts";

/** Anything that multiplies vectors: a matrix in memory, or an activation matrix that is not stored. */
export type LinearOperator = Matrix | ActivationOperator;

/**
 * A's products with the vectors of a number of runs, as schedules of kernels. Each is compiled when it is asked for.
 * `input` and `output` are runs × cols on A's right, runs × rows on its left.
 */
export interface Products {
  /** output = A·input. */
  product(): Promise<(arena: Arena, buffers: ProductBuffers) => Step[]>;
  /** output = Aᵀ·input. */
  transposedProduct(): Promise<(arena: Arena, buffers: ProductBuffers) => Step[]>;
  /** output = A·input − targets, watched for divergence. */
  residual(): Promise<(arena: Arena, buffers: ResidualBuffers) => Step[]>;
  /** Aᵀ(A·input − targets), watched for divergence, in shares that are still to be summed. */
  gradient(): Promise<(arena: Arena, buffers: Omit<ResidualBuffers, "output">) => Shares>;
}

/** The products of `a` with the vectors of `runs` runs. */
export function productsOf(gpu: Gpu, a: LinearOperator, runs: number): Products {
  return a instanceof Matrix ? entryProducts(gpu, storedEntries(a), runs) : a.products(runs);
}

function storedEntries({ buffer, rows, cols, batch }: Matrix): Entries {
  const matrix_step = batch > 1 ? rows * cols : 0;
  return { source: "stored", given: { matrix_step, a: buffer }, rows, cols, batch, work: 1 };
}

/** Products by going through all entries of A, stored or generated. */
export function entryProducts(gpu: Gpu, a: Entries, runs: number): Products {
  return {
    product: () => prepareProduct(gpu, a, runs),
    residual: () => prepareResidual(gpu, a, runs),
    gradient: () => prepareGradient(gpu, a, runs),
    async transposedProduct() {
      const [multiply, sum] = await Promise.all([prepareTransposedProduct(gpu, a, runs), sumShares.on(gpu)]);
      return (arena, { input, output }) => {
        const { steps, shares, count } = multiply(arena, input);
        return [...steps, ...sum(arena, { length: runs * a.cols, count, shares, sums: output })];
      };
    },
  };
}
