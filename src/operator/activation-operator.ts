import { DestroyedError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Products } from "./products.ts";

/** How an activation operator multiplies. */
export type OperatorForm = "stored" | "generated" | "scan";

/** What makes an operator of one form: its products, and the end of its buffers. */
export interface OperatorParts {
  readonly products: (runs: number) => Products;
  readonly destroy: () => void;
}

type Description = Pick<ActivationOperator, "form" | "rows" | "cols" | "largestEntry">;

/**
 * Owns what it takes to multiply by the N×M activation matrix of samples and biases: the matrix where `form` is "stored",
 * the positions alone where entries are "generated" in registers or summed by a "scan" in O(N + M).
 */
export class ActivationOperator {
  readonly form: OperatorForm;
  readonly rows: number;
  readonly cols: number;
  /** One matrix serves all runs. */
  readonly batch = 1;
  /** A bound of max|A[n,m]|. */
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

  destroy(): void {
    this.#parts?.destroy();
    this.#parts = undefined;
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}
