import { setColumn } from "../../shaders/set-column.ts";
import { NotFiniteError } from "../errors.ts";
import { execute, executeAndRead } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
import { type LinearOperator, productsOf } from "../operator/linear-operator.ts";
import type { SquareSvd } from "../theory/jacobi.ts";
import { createBasis, type KrylovBasis, turnBases, type Units } from "./krylov-basis.ts";

/** The singular vectors of B, by which the bases are multiplied, and how many of their columns are kept. */
type Turn = Pick<SquareSvd, "left" | "right"> & { readonly kept: number };

/** How many vectors are computed before their lengths are first read. Each reading without a fault doubles this number. */
const FIRST_AHEAD = 32;

/**
 * How many are computed after a fault: the random vector in its place, and the next two, which may be rounding errors too.
 */
const AHEAD_OF_FAULT = 3;

/** A vector shorter than this share of the longest is rounding error, and a random one takes its place. */
const NEGLIGIBLE = 2 ** -20;

/**
 * The bidiagonalisation of Golub and Kahan, A·V = U·B and Aᵀ·U = V·Bᵀ + rest·v·eᵀ, in bases of up to `maxColumns`
 * columns. B and rest are in the units given. Every new vector is made orthogonal to all before it, twice, so that the
 * entries of B are norms. The first v, and each v after an invariant space, is Aᵀ times a random vector: V stays in the
 * row space of A.
 *
 * For a wide matrix A stands for its transpose here. The v are then vectors of the shorter side: a V with as many
 * columns as that side is long spans all of it, whatever the rounding errors.
 */
export class Bidiagonalisation {
  /** Products with A so far, including those that gave rounding errors alone. There are about as many with Aᵀ. */
  products = 0;
  /** Columns of the bases: the size of B. */
  columns = 0;
  /** The length of the part of Aᵀ·U that is orthogonal to V. */
  rest = 0;
  /** Whether V spans all of the row space of A. */
  exhausted = false;
  readonly #b: Float64Array;
  /** The number of the next vector: 2j is u_j, from A·v_j, and 2j − 1 is v_j, from Aᵀ·u_(j−1). */
  #next = -1;
  /** The number of the v that comes from a random vector. */
  #fresh = -1;
  #ahead = FIRST_AHEAD;
  #longest = 0;
  #seed = 1;

  private constructor(
    readonly gpu: Gpu,
    readonly arena: Arena,
    readonly units: Units,
    readonly maxColumns: number,
    readonly isWide: boolean,
    readonly u: KrylovBasis,
    readonly v: KrylovBasis,
    readonly stepsToU: readonly Step[],
    readonly stepsToV: readonly Step[],
  ) {
    this.#b = new Float64Array(maxColumns * maxColumns);
  }

  static async create(gpu: Gpu, arena: Arena, a: LinearOperator, units: Units, maxColumns: number) {
    const products = productsOf(gpu, a, 1);
    const [product, transposedProduct] = await Promise.all([products.product(), products.transposedProduct()]);
    const isWide = a.rows < a.cols;
    const u = await createBasis(gpu, arena, Math.max(a.rows, a.cols), maxColumns, units);
    const v = await createBasis(gpu, arena, Math.min(a.rows, a.cols), maxColumns, units);
    const [toLonger, toShorter] = isWide ? [transposedProduct, product] : [product, transposedProduct];
    const [stepsToU, stepsToV] = await gpu.guard("truncatedSvd", () => [
      toLonger(arena, { input: v.input, output: u.raw }),
      toShorter(arena, { input: u.input, output: v.raw }),
    ]);
    const process = new Bidiagonalisation(gpu, arena, units, maxColumns, isWide, u, v, stepsToU, stepsToV);
    process.#startAt(0);
    return process;
  }

  /** B, columns × columns, row-major. */
  projected(): Float64Array {
    const { columns, maxColumns } = this;
    return Float64Array.from(
      { length: columns * columns },
      (_, i) => this.#b[Math.floor(i / columns) * maxColumns + (i % columns)] as number,
    );
  }

  /**
   * Computes vectors until there are `columns` columns, many between two readings of their lengths. Where one was rounding
   * error, those after it are computed again, few at a time until all are sound.
   */
  async fill(columns: number, signal?: AbortSignal): Promise<void> {
    const end = 2 * columns - 1;
    this.columns = columns;
    while (this.#next <= end) {
      const [first, last] = [this.#next, Math.min(end, this.#next + this.#ahead - 1)];
      const lengths = await this.#extend(first, last, signal);
      const fault = lengths.findIndex((length, i) => !this.#isSound(first + i, length));
      const made = fault < 0 ? lengths : lengths.slice(0, fault + 1);
      made.forEach((length, i) => {
        this.#keep(first + i, i === fault ? 0 : length);
      });
      this.#next += made.length;
      this.#ahead = fault < 0 ? 2 * this.#ahead : AHEAD_OF_FAULT;
      if (fault >= 0) await this.#replace(this.#next - 1, last, signal);
    }
  }

  /** Starts again from the columns that are kept and the v after the last one: a thick restart. */
  async restart({ singularValues, ...turn }: Turn & Pick<SquareSvd, "singularValues">, signal?: AbortSignal) {
    const { maxColumns, columns, gpu, v } = this;
    const { kept, left } = turn;
    await gpu.withArena(async (arena) => {
      const set = await setColumn.on(gpu);
      const { buffer, rows, cols } = v.matrix;
      const appendNext = await gpu.guard("truncatedSvd", () =>
        set(arena, { vectors: v.unit, first: 0, columns: buffer, rows, cols, col: kept, runs: 1, scale: 1 }),
      );
      await this.#restrict(singularValues, turn, { signal, next: appendNext });
    });
    for (let i = 0; i < kept; i++) {
      this.#b[i * maxColumns + kept] = this.rest * (left[(columns - 1) * columns + i] as number);
    }
    this.#next = 2 * kept;
  }

  /**
   * Starts again from the columns that are kept, which must have converged, and a random vector orthogonal to them. It
   * finds singular vectors that are orthogonal to all vectors so far.
   */
  async search({ singularValues, ...turn }: Turn & Pick<SquareSvd, "singularValues">, signal?: AbortSignal) {
    await this.#restrict(singularValues, turn, { signal });
    this.#startAt(turn.kept);
  }

  /** The singular vectors of A itself, U·left and V·right, as many as are kept. The arena owns their buffers. */
  async vectors(arena: Arena, { left, right, kept }: Turn, signal?: AbortSignal): Promise<{ U: Matrix; V: Matrix }> {
    const { gpu, columns, isWide, u, v } = this;
    const target = ({ matrix: { rows } }: KrylovBasis) => {
      const buffer = arena.storage("singular vectors", rows * kept * 4);
      return Matrix.create(gpu, { rows, cols: kept, batch: 1, buffer });
    };
    const [longer, shorter] = await gpu.guard("truncatedSvd", () => [target(u), target(v)]);
    const turns = [
      { basis: u, coefficients: left, columns, kept, target: longer },
      { basis: v, coefficients: right, columns, kept, target: shorter },
    ];
    await turnBases(gpu, turns, { signal });
    return isWide ? { U: shorter, V: longer } : { U: longer, V: shorter };
  }

  /** Lets the next vector, v_col, come from a random one. */
  #startAt(col: number): void {
    const { gpu, u, units } = this;
    gpu.memory.write(u.input, this.#random(u.matrix.rows, units.shift));
    this.#next = 2 * col - 1;
    this.#fresh = this.#next;
  }

  /** Computes vectors `first` … `last`. Returns the lengths of the products that they come from. */
  async #extend(first: number, last: number, signal?: AbortSignal): Promise<number[]> {
    const vectors = Array.from({ length: last - first + 1 }, (_, i) => this.#vector(first + i));
    const steps = vectors.flatMap(({ basis, product, col }) => [...product, ...basis.append(col)]);
    const squaresOf = ({ squares }: KrylovBasis) => floats(squares, this.maxColumns + 1);
    const spans = [squaresOf(this.u), squaresOf(this.v)] as const;
    const [left, right] = await executeAndRead(this.gpu, steps, spans, { signal });
    this.products += vectors.filter(({ basis }) => basis === this.u).length;
    return vectors.map(({ basis, col }) => Math.sqrt((basis === this.u ? left : right)[col] as number));
  }

  /**
   * Whether a product is more than rounding error. The bound is lower for a random vector, all of whose parts are
   * small.
   */
  #isSound(vector: number, length: number): boolean {
    if (!Number.isFinite(length)) {
      throw new NotFiniteError("a: entries given whose product is not finite, finite entries expected");
    }
    const least = NEGLIGIBLE * this.#longest;
    this.#longest = Math.max(this.#longest, length);
    return length > (vector === this.#fresh ? least / Math.sqrt(this.u.matrix.rows) : least);
  }

  /** Enters the length of a vector's product into B. */
  #keep(vector: number, length: number): void {
    const { basis, col } = this.#vector(vector);
    if (basis === this.u) this.#b[col * this.maxColumns + col] = length;
    else if (col === this.columns) this.rest = length;
    else if (vector !== this.#fresh) this.#b[(col - 1) * this.maxColumns + col] = length;
  }

  /** Replaces a vector that was rounding error by a random one, and those after it, up to `last`, by zeros. */
  async #replace(vector: number, last: number, signal?: AbortSignal): Promise<void> {
    const faulty = Array.from({ length: last - vector + 1 }, (_, i) => this.#vector(vector + i));
    const clear = ({ basis, col }: (typeof faulty)[number]): Step[] => [
      { kind: "clear", buffer: basis.raw },
      ...basis.append(col),
    ];
    await execute(this.gpu, faulty.flatMap(clear), { signal });
    const { basis, col } = this.#vector(vector);
    if (basis === this.u) await this.#appendRandom(basis, col, signal);
    else if (vector === this.#fresh) await this.#complete(col, signal);
    else if (col < this.columns) this.#startAt(col);
  }

  /** Completes the bases from column `first` on. V spans the row space of A, and what is orthogonal to it has σ = 0. */
  async #complete(first: number, signal?: AbortSignal): Promise<void> {
    for (let col = first; col < this.columns; col++) {
      await this.#appendRandom(this.v, col, signal);
      await this.#appendRandom(this.u, col, signal);
    }
    this.rest = 0;
    this.exhausted = true;
    this.#next = 2 * this.columns;
  }

  async #appendRandom(basis: KrylovBasis, col: number, signal?: AbortSignal): Promise<void> {
    this.gpu.memory.write(basis.raw, this.#random(basis.matrix.rows, this.units.scale));
    await execute(this.gpu, basis.append(col), { signal });
  }

  /** The basis and the column of a vector, and the steps of its product. */
  #vector(vector: number): { basis: KrylovBasis; col: number; product: readonly Step[] } {
    const { u, v, stepsToU, stepsToV } = this;
    const isLeft = vector % 2 === 0;
    return { basis: isLeft ? u : v, col: Math.ceil(vector / 2), product: isLeft ? stepsToU : stepsToV };
  }

  /** Multiplies both bases by singular vectors of B, keeps the first columns, and runs `next`. */
  async #restrict(
    singularValues: Float64Array,
    { left, right, kept }: Turn,
    run: { readonly signal?: AbortSignal | undefined; readonly next?: readonly Step[] },
  ): Promise<void> {
    const { gpu, columns, u, v } = this;
    const turns = [
      { basis: u, coefficients: left, columns, kept, target: u.matrix },
      { basis: v, coefficients: right, columns, kept, target: v.matrix },
    ];
    await turnBases(gpu, turns, run);
    this.#b.fill(0);
    for (let i = 0; i < kept; i++) this.#b[i * this.maxColumns + i] = singularValues[i] as number;
  }

  /** `length` numbers of norm `norm`, from a linear congruential sequence that is the same in every call. */
  #random(length: number, norm: number): Float32Array<ArrayBuffer> {
    const values = Float64Array.from({ length }, () => {
      this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
      return this.#seed / 2 ** 32 - 0.5;
    });
    const factor = norm / Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    return Float32Array.from(values, (value) => factor * value);
  }
}
