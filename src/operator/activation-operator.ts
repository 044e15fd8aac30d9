import { DestroyedError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Products } from "./products.ts";

/**
 * How an activation operator multiplies: by the "stored" matrix, by entries that are "generated" anew in each product, or by
 * a "scan" of the sorted positions in O(N + M), which heaviside, relu, relu2 and relu3 have in one dimension.
 */
export type OperatorForm = "stored" | "generated" | "scan";

/** What an operator of one form is made of. */
export interface OperatorParts {
  readonly products: (runs: number) => Products;
  /** Frees the buffers that the products read. */
  readonly destroy: () => void;
}

type Description = Pick<ActivationOperator, "form" | "rows" | "cols" | "largestEntry">;

/**
 * An N×M activation matrix that multiplies vectors. It owns what its products read: the matrix where `form` is "stored",
 * else the samples and biases alone.
 */
export class ActivationOperator {
  /** How the operator multiplies. */
  readonly form: OperatorForm;
  /** N. */
  readonly rows: number;
  /** M. */
  readonly cols: number;
  /** An operator is one matrix, for all runs of a descent. */
  readonly batch = 1;
  /** An upper bound of |A[n,m]| for all n and m. */
  readonly largestEntry: number;
  readonly #gpu: Gpu;
  #parts: OperatorParts | undefined;

  private constructor(gpu: Gpu, parts: OperatorParts, { form, rows, cols, largestEntry }: Description) {
    this.form = form;
    this.rows = rows;
    this.cols = cols;
    this.largestEntry = largestEntry;
    this.#gpu = gpu.on(this);
    this.#parts = parts;
  }

  /** @internal Takes over the parts. */
  static create(gpu: Gpu, parts: OperatorParts, description: Description): ActivationOperator {
    return new ActivationOperator(gpu, parts, description);
  }

  /** @internal @throws DestroyedError after `destroy()`. */
  products(runs: number): Products {
    this.#gpu.assertAlive();
    return (this.#parts as OperatorParts).products(runs);
  }

  /** @internal */
  belongsTo(gpu: Gpu): boolean {
    return gpu.memory === this.#gpu.memory;
  }

  /** @internal */
  assertNotDestroyed(): void {
    if (!this.#parts) throw new DestroyedError(`this ${this.rows}×${this.cols} activation operator was destroyed`);
  }

  /** Frees its buffers. A call on it that begins or ends later rejects with DestroyedError. */
  destroy(): void {
    this.#parts?.destroy();
    this.#parts = undefined;
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}
