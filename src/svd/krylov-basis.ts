import { normSquare } from "../../shaders/norm-square.ts";
import { appendColumn, setColumn } from "../../shaders/set-column.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { productsOf } from "../operator/linear-operator.ts";
import { prepareOrthogonalise } from "../operator/orthogonalise.ts";
import { unwatched } from "../operator/products.ts";

/**
 * Powers of two that keep products with A within float32, whatever the size of its entries. A vector is multiplied by
 * `shift` before a product, and the result is divided by `scale`. A result of 1 then stands for `one`.
 */
export interface Units {
  readonly shift: number;
  readonly scale: number;
  readonly one: number;
}

/** Up to this exponent vectors are not scaled: squares of products, and their rounding errors, are normal numbers. */
const MAX_EXPONENT = 60;

/** The units for a matrix whose norm is at most `size`, a power of two. */
export function unitsOf(size: number): Units {
  const exponent = Math.log2(size);
  const within = Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, exponent));
  return { shift: 2 ** (within - exponent), scale: 2 ** within, one: size };
}

/** A basis of a Krylov space on the GPU: orthonormal columns, and zeros where there is no column yet. */
export interface KrylovBasis {
  /** length × columns. */
  readonly matrix: Matrix;
  /** The product from which the next column is computed. */
  readonly raw: GPUBuffer;
  /** The next column. */
  readonly unit: GPUBuffer;
  /** The next column times `shift`: the input of the next product. */
  readonly input: GPUBuffer;
  /** f32, columns + 1, in units of `scale`: squared norms of the products from which the columns were computed. */
  readonly squares: GPUBuffer;
  /** Steps that make `raw` orthogonal to all columns, and write it with length 1 to `unit` and to column `col`. */
  readonly append: (col: number) => readonly Step[];
}

/** An empty basis of up to `columns` vectors of `length` numbers. */
export async function createBasis(
  gpu: Gpu,
  arena: Arena,
  length: number,
  columns: number,
  { shift, scale }: Units,
): Promise<KrylovBasis> {
  const [square, set, append] = await Promise.all([normSquare.on(gpu), setColumn.on(gpu), appendColumn.on(gpu)]);
  const { matrix, raw, unit, input, norm, squares } = await gpu.guard("truncatedSvd", () => {
    const unit = arena.storage("unit vector", length * 4);
    return {
      matrix: Matrix.create(gpu, {
        rows: length,
        cols: columns,
        batch: 1,
        buffer: arena.storage("basis", length * columns * 4),
      }),
      raw: arena.storage("product", length * 4),
      unit,
      input: shift === 1 ? unit : arena.storage("shifted vector", length * 4),
      norm: arena.storage("squared norm", 8),
      squares: arena.storage("squared norms", (columns + 1) * 4),
    };
  });
  const orthogonalise = await prepareOrthogonalise(productsOf(gpu, matrix, 1), matrix, 1);
  const { orthogonal, toUnit, toBasis } = await gpu.guard("truncatedSvd", () => {
    const vector = { rows: length, cols: 1, col: 0, runs: 1 };
    const inverse = 1 / scale;
    const normalised = (target: GPUBuffer, cols: number, col: number) =>
      append(arena, { ...vector, vectors: raw, squares: norm, columns: target, cols, col, scale: inverse });
    return {
      orthogonal: [
        ...orthogonalise(arena, raw, unwatched(arena, 1)).steps,
        square(arena, { vectors: raw, squares: norm, length, runs: 1, scale: inverse }),
      ],
      toUnit: [
        ...normalised(unit, 1, 0),
        ...(input === unit ? [] : set(arena, { ...vector, vectors: unit, first: 0, columns: input, scale: shift })),
      ],
      toBasis: Array.from({ length: columns }, (_, col) => normalised(matrix.buffer, columns, col)),
    };
  });
  const keep = (col: number): Step => {
    const place = { sourceOffset: 0, targetOffset: 4 * col, bytes: 4 };
    return { kind: "copy", source: norm, target: squares, ...place };
  };
  return {
    matrix,
    raw,
    unit,
    input,
    squares,
    // The basis has no place for the column after the last: `unit` alone gets it.
    append: (col) => [...orthogonal, ...toUnit, ...toBasis.slice(col, col + 1).flat(), keep(col)],
  };
}

interface BasisTurn {
  readonly basis: KrylovBasis;
  /** columns × columns, row-major; the first `kept` columns are used. */
  readonly coefficients: Float64Array;
  readonly columns: number;
  readonly kept: number;
  /** length × at least `kept`; further columns become zeros. It may be the basis itself. */
  readonly target: Matrix;
}

/** target ← basis · coefficients for each of `turns`, and then `next`, in one submit. */
export async function turnBases(
  gpu: Gpu,
  turns: readonly BasisTurn[],
  { signal, next = [] }: { readonly signal?: AbortSignal | undefined; readonly next?: readonly Step[] },
): Promise<void> {
  const [set, ...multiply] = await Promise.all([
    setColumn.on(gpu),
    ...turns.map(({ basis, kept }) => productsOf(gpu, basis.matrix, kept).product()),
  ]);
  await gpu.withArena(async (arena) => {
    const steps = await gpu.guard("truncatedSvd", () =>
      turns.flatMap(({ basis: { matrix }, target: { buffer, rows, cols }, ...turn }, i): Step[] => {
        const input = arena.upload("coefficients", leadingColumns(turn, matrix.cols));
        const output = arena.storage("turned", turn.kept * matrix.rows * 4);
        return [
          ...(multiply[i]?.(arena, { input, output }) ?? []),
          { kind: "clear", buffer },
          ...Array.from({ length: turn.kept }, (_, col) =>
            set(arena, { vectors: output, first: col * rows, columns: buffer, rows, cols, col, runs: 1, scale: 1 }),
          ).flat(),
        ];
      }),
    );
    await execute(gpu, [...steps, ...next], { signal });
  });
}

/** The first `kept` columns of `coefficients`, one after the other, each padded with zeros to `length`. */
function leadingColumns(
  { coefficients, columns, kept }: Pick<BasisTurn, "coefficients" | "columns" | "kept">,
  length: number,
): Float32Array<ArrayBuffer> {
  const leading = new Float32Array(kept * length);
  for (let col = 0; col < kept; col++) {
    for (let j = 0; j < columns; j++) leading[col * length + j] = coefficients[j * columns + col] as number;
  }
  return leading;
}
