import { DestroyedError } from "../errors.ts";
import type { Gpu, Operand } from "../gpu/gpu.ts";
import type { Products } from "./products.ts";

/** How an activation operator multiplies. */
export type OperatorForm = "stored" | "generated" | "scan";

/** What makes an operator of one form: its products, and the end of its buffers. */
export interface OperatorParts {
  readonly products: (runs: number) => Products;
  readonly destroy: () => void;
}

/**
 * Owns what it takes to multiply by the N×M activation matrix of samples and biases: the matrix where `form` is "stored",
 * the positions alone where entries are "generated" in registers or summed by a "scan" in O(N + M).
 */
export class ActivationOperator implements Operand {
  readonly #gpu: Gpu;
  #parts: OperatorParts | undefined;
  /** One matrix serves all runs. */
  readonly batch = 1;

  constructor(
    gpu: Gpu,
    parts: OperatorParts,
    readonly form: OperatorForm,
    readonly rows: number,
    readonly cols: number,
    /** A bound of max|A[n,m]|. */
    readonly largestEntry: number,
  ) {
    this.#gpu = gpu.on(this);
    this.#parts = parts;
  }

  /** @throws DestroyedError after `destroy()`. */
  products(runs: number): Products {
    this.#gpu.assertAlive();
    return (this.#parts as OperatorParts).products(runs);
  }

  belongsTo(gpu: Gpu): boolean {
    return gpu.memory === this.#gpu.memory;
  }

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
