import { NotFiniteError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { readFloats } from "../gpu/read-back.ts";
import { execute, type Step } from "../gpu/schedule.ts";
import { createNormSquare } from "../kernels/norm-square.ts";
import { createAppendColumn, createSetColumn } from "../kernels/set-column.ts";
import { largestEntries, scaleOf } from "../operator/largest-entries.ts";
import { createOrthogonalise } from "../operator/orthogonalise.ts";
import { type LinearOperator, productsOf } from "../operator/products.ts";

/** A basis of a Krylov space on the GPU: orthonormal columns, zeros where there is none yet. */
interface Basis {
  /** length × steps. */
  readonly matrix: Matrix;
  /** The product that the next column is made of, and the column itself, `length` numbers each. */
  readonly raw: GPUBuffer;
  readonly unit: GPUBuffer;
  /** Its squared norm. */
  readonly square: GPUBuffer;
  /** Commands that make `raw` orthogonal to all columns and bring it to length 1 in `unit`, and in column `col`. */
  readonly append: (col: number) => readonly Step[];
}

/** Turned bases to go on with, or to end with: `kept` columns of `left` and `right`, both steps × steps, row-major. */
export interface Turn {
  readonly left: ArrayLike<number>;
  readonly right: ArrayLike<number>;
  readonly kept: number;
}

/** A vector shorter than this share of the longest is rounding, and a random one takes its place. */
const NEGLIGIBLE = 2 ** -20;

/**
 * Golub & Kahan's bidiagonalisation A·V = U·B, Aᵀ·U = V·Bᵀ + rest·v·eᵀ, in bases of `steps` columns. Every new vector is
 * made orthogonal to all before it, twice, so that B takes its entries from norms alone.
 */
export class Bidiagonalisation {
  /** Products with A so far, and as many with Aᵀ. */
  products = 0;
  /** Length of what Aᵀ·U has outside of V. */
  rest = 0;
  readonly #b: Float64Array;
  #filled = 0;
  #longest = 0;
  #seed = 1;

  private constructor(
    readonly gpu: Gpu,
    readonly arena: Arena,
    readonly steps: number,
    readonly u: Basis,
    readonly v: Basis,
    readonly forth: readonly Step[],
    readonly back: readonly Step[],
    readonly scale: number,
  ) {
    this.#b = new Float64Array(steps * steps);
  }

  static async begin(gpu: Gpu, arena: Arena, a: LinearOperator, steps: number, signal?: AbortSignal) {
    const products = productsOf(gpu, a, 1);
    const [product, transposedProduct] = await Promise.all([products.product(), products.transposedProduct()]);
    const scale = scaleOf(a, await largestEntries(gpu, a, signal));
    const basis = (length: number) => createBasis(gpu, arena, length, steps, 1 / scale);
    const [u, v] = [await basis(a.rows), await basis(a.cols)];
    const [forth, back] = await gpu.guard("truncatedSvd", () => [
      product(arena, { input: v.unit, output: u.raw }),
      transposedProduct(arena, { input: u.unit, output: v.raw }),
    ]);
    const process = new Bidiagonalisation(gpu, arena, steps, u, v, forth, back, scale);
    // A start in the row space of A: the bases are complete when it is.
    gpu.device.queue.writeBuffer(u.unit, 0, process.#random(a.rows));
    await process.#extend(v, [...back, ...v.append(0)], 0, signal);
    return process;
  }

  /** B, steps × steps, row-major. */
  projected(): Float64Array {
    return this.#b;
  }

  /** Goes on to the last column. */
  async fill(signal?: AbortSignal): Promise<void> {
    const { steps, u, v } = this;
    for (let j = this.#filled; j < steps; j++) {
      this.#b[j * steps + j] = await this.#extend(u, [...this.forth, ...u.append(j)], j, signal);
      const next = await this.#extend(v, [...this.back, ...v.append(j + 1)], j + 1, signal);
      if (j + 1 < steps) this.#b[j * steps + j + 1] = next;
      else this.rest = next;
      this.products++;
    }
    this.#filled = steps;
  }

  /** Begins anew in the space of the turned columns that are kept, and of the one that was left over. */
  async restart({ singularValues, ...turn }: Turn & { singularValues: ArrayLike<number> }, signal?: AbortSignal) {
    const { steps, gpu, u, v } = this;
    const { kept, left } = turn;
    await gpu.withArena(async (arena) => {
      await this.#turn(arena, u, turn.left, kept, u.matrix, signal);
      await this.#turn(arena, v, turn.right, kept, v.matrix, signal);
      const setColumn = await createSetColumn(gpu);
      const { buffer, rows, cols } = v.matrix;
      const step = await gpu.guard("truncatedSvd", () =>
        setColumn(arena, v.unit, 0, { columns: buffer, rows, cols, col: kept, runs: 1 }),
      );
      await execute(gpu, [step], { signal });
    });
    this.#b.fill(0);
    for (let i = 0; i < kept; i++) {
      this.#b[i * steps + i] = singularValues[i] as number;
      this.#b[i * steps + kept] = this.rest * (left[(steps - 1) * steps + i] as number);
    }
    this.#filled = kept;
  }

  /** U·left and V·right, their columns that are kept, as matrices of the caller's. */
  async vectors({ left, right, kept }: Turn, signal?: AbortSignal): Promise<{ U: Matrix; V: Matrix }> {
    const { gpu, u, v } = this;
    return gpu.withArena(async (arena) => {
      const target = ({ matrix }: Basis) =>
        new Matrix(gpu, arena.storage("singular vectors", matrix.rows * kept * 4), matrix.rows, kept, 1);
      const [U, V] = await gpu.guard("truncatedSvd", () => [target(u), target(v)]);
      await this.#turn(arena, u, left, kept, U, signal);
      await this.#turn(arena, v, right, kept, V, signal);
      for (const { buffer } of [U, V]) arena.release(buffer);
      return { U, V };
    });
  }

  /** Runs the commands that append a column; gives its length before, 0 where it was rounding. */
  async #extend(basis: Basis, steps: readonly Step[], col: number, signal?: AbortSignal): Promise<number> {
    await execute(this.gpu, steps, { signal });
    const length = this.scale * Math.sqrt((await readFloats(this.gpu, basis.square, 1))[0] as number);
    if (!Number.isFinite(length)) {
      throw new NotFiniteError("a product with A is not finite; truncatedSvd expects finite entries");
    }
    this.#longest = Math.max(this.#longest, length);
    if (length > NEGLIGIBLE * this.#longest) return length;
    // First zeros, so that what was appended is gone when the random vector is made orthogonal to the columns.
    for (const vector of [new Float32Array(basis.matrix.rows), this.#random(basis.matrix.rows)]) {
      this.gpu.device.queue.writeBuffer(basis.raw, 0, vector);
      await execute(this.gpu, basis.append(col), { signal });
    }
    return 0;
  }

  /** target ← the first `kept` columns of basis · coefficients. */
  async #turn(
    arena: Arena,
    { matrix }: Basis,
    coefficients: ArrayLike<number>,
    kept: number,
    target: Matrix,
    signal?: AbortSignal,
  ): Promise<void> {
    const { gpu, steps } = this;
    const [multiply, setColumn] = await Promise.all([productsOf(gpu, matrix, kept).product(), createSetColumn(gpu)]);
    const columns = Float32Array.from(
      { length: kept * steps },
      (_, i) => coefficients[(i % steps) * steps + Math.floor(i / steps)] as number,
    );
    const commands = await gpu.guard("truncatedSvd", (): Step[] => {
      const output = arena.storage("turned", kept * matrix.rows * 4);
      const { buffer, rows, cols } = target;
      return [
        ...multiply(arena, { input: arena.upload("coefficients", columns), output }),
        { kind: "clear", buffer },
        ...Array.from({ length: kept }, (_, col) =>
          setColumn(arena, output, col * rows, { columns: buffer, rows, cols, col, runs: 1 }),
        ),
      ];
    });
    await execute(gpu, commands, { signal });
  }

  /** Numbers uniform on (−½, ½), the same in every call: a linear congruential sequence is random enough to start from. */
  #random(length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(length).map(() => {
      this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
      return this.#seed / 2 ** 32 - 0.5;
    });
  }
}

async function createBasis(gpu: Gpu, arena: Arena, length: number, steps: number, scale: number): Promise<Basis> {
  const [normSquare, appendColumn] = await Promise.all([createNormSquare(gpu), createAppendColumn(gpu)]);
  const { matrix, raw, unit, square } = await gpu.guard("truncatedSvd", () => ({
    matrix: new Matrix(gpu, arena.storage("basis", length * steps * 4), length, steps, 1),
    raw: arena.storage("product", length * 4),
    unit: arena.storage("unit vector", length * 4),
    square: arena.storage("squared norm", 8),
  }));
  const createOrthogonal = await createOrthogonalise(gpu, matrix, 1);
  const { orthogonal, toUnit, toBasis } = await gpu.guard("truncatedSvd", () => {
    const place = (columns: GPUBuffer, cols: number, col: number) =>
      appendColumn(arena, raw, square, { columns, rows: length, cols, col, runs: 1, scale });
    return {
      orthogonal: [
        ...createOrthogonal(arena, raw).steps,
        normSquare(arena, { vectors: raw, squares: square }, { length, runs: 1, scale }),
      ],
      toUnit: place(unit, 1, 0),
      toBasis: Array.from({ length: steps }, (_, col) => place(matrix.buffer, steps, col)),
    };
  });
  return {
    matrix,
    raw,
    unit,
    square,
    // The column behind the last has no place in the basis.
    append: (col) => [...orthogonal, toUnit, ...toBasis.slice(col, col + 1)],
  };
}
