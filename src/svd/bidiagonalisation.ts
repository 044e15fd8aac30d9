import { NotFiniteError } from "../errors.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats, readBack } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
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
  /** f32: squared norms of the products that columns were made of, and that of one more. */
  readonly squares: GPUBuffer;
  /** Commands that make `raw` orthogonal to all columns and bring it to length 1 in `unit`, and in column `col`. */
  readonly append: (col: number) => readonly Step[];
}

/** Turned bases to go on with, or to end with: `kept` columns of `left` and `right`, both steps × steps, row-major. */
export interface Turn {
  readonly left: ArrayLike<number>;
  readonly right: ArrayLike<number>;
  readonly kept: number;
}

/** Vectors that are made before their lengths are first looked at; twice as many behind each look that finds them all right. */
const FIRST_AHEAD = 8;

/** A vector shorter than this share of the longest is rounding, and a random one takes its place. */
const NEGLIGIBLE = 2 ** -20;

/**
 * Golub & Kahan's bidiagonalisation A·V = U·B, Aᵀ·U = V·Bᵀ + rest·v·eᵀ, in bases of `steps` columns. Every new vector is
 * made orthogonal to all before it, twice, so that B takes its entries from norms alone.
 */
export class Bidiagonalisation {
  /** Products with A so far, those included that came to nothing, and as many with Aᵀ. */
  products = 0;
  /** Length of what Aᵀ·U has outside of V. */
  rest = 0;
  readonly #b: Float64Array;
  /** The next vector: 2j is u_j, of A·v_j, and 2j − 1 is v_j, of Aᵀ·u_(j−1); that of v_0 is −1. */
  #next = -1;
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
    gpu.memory.write(u.unit, process.#random(a.rows));
    return process;
  }

  /** B, steps × steps, row-major. */
  projected(): Float64Array {
    return this.#b;
  }

  /**
   * Goes on to the last column. Many vectors are made between two looks at their lengths; where one was rounding, those
   * behind it are made anew, one at a time until it goes well again.
   */
  async fill(signal?: AbortSignal): Promise<void> {
    const end = 2 * this.steps;
    let ahead = FIRST_AHEAD;
    while (this.#next < end) {
      const [first, last] = [this.#next, Math.min(end, this.#next + ahead)];
      const lengths = await this.#extend(first, last, signal);
      const fault = lengths.findIndex((length) => !this.#isSound(length));
      const made = fault < 0 ? lengths : lengths.slice(0, fault + 1);
      made.forEach((length, i) => {
        this.#keep(first + i, i === fault ? 0 : length);
      });
      this.#next += made.length;
      ahead = fault < 0 ? 2 * ahead : 1;
      if (fault >= 0) await this.#replace(this.#next - 1, last, signal);
    }
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
    this.#next = 2 * kept;
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

  /** Makes vectors `first` … last − 1; gives the lengths of the products that they are made of. */
  async #extend(first: number, last: number, signal?: AbortSignal): Promise<number[]> {
    const vectors = Array.from({ length: last - first }, (_, i) => this.#vector(first + i));
    const steps = vectors.flatMap(({ basis, product, col }) => [...product, ...basis.append(col)]);
    await execute(this.gpu, steps, { signal });
    this.products += vectors.filter(({ basis }) => basis === this.u).length;
    const squaresOf = ({ squares }: Basis) => floats(squares, this.steps + 1);
    const [left, right] = await readBack(this.gpu, [squaresOf(this.u), squaresOf(this.v)]);
    return vectors.map(({ basis, col }) => {
      const square = (basis === this.u ? left : right)[col] as number;
      return this.scale * Math.sqrt(square);
    });
  }

  /** Whether a product is more than rounding. */
  #isSound(length: number): boolean {
    if (!Number.isFinite(length)) {
      throw new NotFiniteError("a product with A is not finite; truncatedSvd expects finite entries");
    }
    this.#longest = Math.max(this.#longest, length);
    return length > NEGLIGIBLE * this.#longest;
  }

  /** Enters the length of a vector's product into B. */
  #keep(vector: number, length: number): void {
    const { basis, col } = this.#vector(vector);
    if (basis === this.u) this.#b[col * this.steps + col] = length;
    else if (col === this.steps) this.rest = length;
    else if (col > 0) this.#b[(col - 1) * this.steps + col] = length;
  }

  /** Puts a random vector in the place of one that was rounding, and zeros for those behind it, up to last − 1. */
  async #replace(vector: number, last: number, signal?: AbortSignal): Promise<void> {
    const zeros = Array.from({ length: last - vector }, (_, i) => this.#vector(vector + i)).flatMap(
      ({ basis, col }): Step[] => [{ kind: "clear", buffer: basis.raw }, ...basis.append(col)],
    );
    await execute(this.gpu, zeros, { signal });
    const { basis, col } = this.#vector(vector);
    this.gpu.memory.write(basis.raw, this.#random(basis.matrix.rows));
    await execute(this.gpu, basis.append(col), { signal });
  }

  /** Where a vector stands, and the commands that make its product. */
  #vector(vector: number): { basis: Basis; col: number; product: readonly Step[] } {
    const { u, v, forth, back } = this;
    const isLeft = vector % 2 === 0;
    return { basis: isLeft ? u : v, col: Math.ceil(vector / 2), product: isLeft ? forth : back };
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
  const { matrix, raw, unit, square, squares } = await gpu.guard("truncatedSvd", () => ({
    matrix: new Matrix(gpu, arena.storage("basis", length * steps * 4), length, steps, 1),
    raw: arena.storage("product", length * 4),
    unit: arena.storage("unit vector", length * 4),
    square: arena.storage("squared norm", 8),
    squares: arena.storage("squared norms", (steps + 1) * 4),
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
  const keep = (col: number): Step => {
    const place = { sourceOffset: 0, targetOffset: 4 * col, bytes: 4 };
    return { kind: "copy", source: square, target: squares, ...place };
  };
  return {
    matrix,
    raw,
    unit,
    squares,
    // The column behind the last has no place in the basis.
    append: (col) => [...orthogonal, toUnit, ...toBasis.slice(col, col + 1), keep(col)],
  };
}
