import { loadExtended, loadWorking } from "../../shaders/load-working.ts";
import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { LOW_SCALE, type Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { readBack, twoFloats } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
import { prepareExtendedProduct } from "./extended-product.ts";
import { leftVectors } from "./single.ts";
import type { SweepOptions } from "./sweep.ts";
import {
  loadParams,
  rowsFrom,
  transposed,
  type View,
  type WorkingLayout,
  workingBytes,
  workingLayout,
} from "./working-matrix.ts";

/**
 * A row this many times longer than another counts as far larger: a rotation by less than 2⁻¹⁰ then removes the
 * projection.
 */
export const FAR_LARGER = 2 ** 10;

/** The largest ‖X‖_F for which `prepareTurn` makes W = [I, Xᵀ; −X, I] orthonormal to 48 bits. */
const MAX_TURN = 2 ** -8;

/**
 * Multiplies rows `first` … n − 1 by the left singular vectors that float32 finds for them. Returns the number of
 * sweeps.
 */
export async function turnInSingle(
  gpu: Gpu,
  form: TwoFloatForm,
  working: GPUBuffer,
  layout: WorkingLayout,
  first: number,
  options: SweepOptions,
): Promise<number> {
  const { rows, length, batch } = layout;
  const count = rows - first;
  const [loadHigh, loadExtended, turn] = await Promise.all([
    loadWorking.on(gpu),
    prepareLoadExtended(gpu),
    prepareTurn(gpu, form),
  ]);
  return gpu.withArena(async (arena) => {
    const part = workingLayout(count, length, batch, false);
    const { rounded, unscaled, loading } = await gpu.guard("svd", () => {
      const rounded = arena.storage("working matrices, rounded", workingBytes(part));
      const unscaled = arena.storage("exponents", batch * 4);
      const { first: begin, rowStep, matrixStep } = rowsFrom(working, layout, first);
      const high = { buffer: working, first: 2 * begin, rowStep: 2 * rowStep, colStep: 2, matrixStep: 2 * matrixStep };
      const loading = loadHigh(arena, { ...loadParams(high, part), exponents: unscaled, working: rounded });
      return { rounded, unscaled, loading };
    });
    await execute(gpu, loading, options);
    const { vectors, sweeps } = await leftVectors(gpu, arena, rounded, part, options);
    const steps = await gpu.guard("svd", () => {
      const W = squareView(arena, "W", count, batch);
      const square = { ...workingLayout(count, count, batch, false), transposed: true };
      return [...loadExtended(arena, vectors, unscaled, W.buffer, square), ...turn(arena, working, layout, first, W)];
    });
    await execute(gpu, steps, options);
    return sweeps;
  });
}

/**
 * Removes from the rows R₂, those from `first` on, their projections on the rows R₁ above, so that float32 resolves the
 * rest. R₁ must be nearly orthogonal and far larger. R₂ ← R₂ − X·R₁ and R₁ ← R₁ + Xᵀ·R₂ with X = R₂·R₁ᵀ·diag(1/σ²),
 * made orthonormal. A sweep would need many rotations for it: a row that is orthogonal to a large row gets a part along it
 * again from the next row.
 */
export async function removeProjections(
  gpu: Gpu,
  form: TwoFloatForm,
  working: GPUBuffer,
  layout: WorkingLayout,
  first: number,
  squaredNorms: Float64Array,
  options: SweepOptions,
): Promise<void> {
  const { rows, workingRows, length, batch } = layout;
  const count = rows - first;
  const [product, turn] = await Promise.all([prepareExtendedProduct(gpu, form), prepareTurn(gpu, form)]);
  await gpu.withArena(async (arena) => {
    const { products, steps } = await gpu.guard("svd", () => {
      const products = arena.storage("R₂·R₁ᵀ", 8 * batch * count * first);
      const c = { buffer: products, first: 0, rowStep: first, colStep: 1, matrixStep: count * first };
      const [a, above] = [rowsFrom(working, layout, first), rowsFrom(working, layout, 0)];
      const size = { rows: count, cols: first, inner: length, batch };
      return { products, steps: product(arena, { ...size, a, b: transposed(above), c }) };
    });
    await execute(gpu, steps, options);
    const [dots] = await readBack(gpu, [twoFloats(products, batch * count * first)]);

    const square = workingLayout(rows, rows, batch, false);
    const pitch = 4 * square.rowStride;
    const turns = new Float32Array(workingBytes(square) / 2);
    for (let matrix = 0; matrix < batch; matrix++) {
      const place = (row: number, col: number) => 2 * ((matrix * square.workingRows + row) * pitch + col);
      const squareOf = (row: number) => squaredNorms[matrix * workingRows + row] as number;
      let sum = 0;
      for (let row = 0; row < rows; row++) turns[place(row, row)] = 1;
      for (let j = 0; j < count; j++) {
        for (let i = 0; i < first; i++) {
          if (!(squareOf(i) > squareOf(first + j) * FAR_LARGER ** 2)) continue; // also where both are 0
          const x = (dots[(matrix * count + j) * first + i] as number) / squareOf(i);
          turns[place(i, first + j)] = x;
          turns[place(first + j, i)] = -x;
          sum += x * x;
        }
      }
      if (sum > MAX_TURN ** 2) return; // too large: the sweeps remove the projections
    }
    const turning = await gpu.guard("svd", () => {
      const W = squareView(arena, "W", rows, batch);
      gpu.memory.write(W.buffer, turns);
      return turn(arena, working, layout, 0, W);
    });
    await execute(gpu, turning, options);
  });
}

/**
 * Steps that multiply the rows from `first` on by the orthonormal matrix nearest to W, which is close to one
 * (two-floats).
 */
async function prepareTurn(gpu: Gpu, form: TwoFloatForm) {
  const product = await prepareExtendedProduct(gpu, form);
  return (arena: Arena, working: GPUBuffer, layout: WorkingLayout, first: number, W: View): Step[] => {
    const { rows, batch } = layout;
    const count = rows - first;
    const view = (label: string) => squareView(arena, label, count, batch);
    const [E, T, Q] = [view("I − WWᵀ"), view("W/2 + 3EW/8"), view("Q")];
    const old = rowsFrom(working, layout, first);
    const turned = { ...old, buffer: arena.storage("turned rows", working.size) };
    const size = { rows: count, cols: count, inner: count, batch };
    // W + EW/2 + 3E²W/8 with E = I − WWᵀ is orthonormal to 5E³/16.
    return [
      ...product(arena, { ...size, a: W, b: transposed(W), c: E, d: "identity", alpha: 1, beta: -1 }),
      ...product(arena, { ...size, a: E, b: W, c: T, d: W.buffer, alpha: 1 / 2, beta: 3 / 8 }),
      ...product(arena, { ...size, a: E, b: T, c: Q, d: W.buffer, alpha: 1, beta: 1 }),
      ...product(arena, { ...size, cols: old.rowStep, a: Q, b: old, c: turned }),
      ...Array.from({ length: batch }, (_, matrix): Step => {
        const offset = 8 * (matrix * old.matrixStep + old.first);
        const place = { sourceOffset: offset, targetOffset: offset, bytes: 8 * count * old.rowStep };
        return { kind: "copy", source: turned.buffer, target: working, ...place };
      }),
    ];
  };
}

/** A new n × n matrix in the layout of working matrices. */
export function squareView(arena: Arena, label: string, n: number, batch: number): View {
  const square = workingLayout(n, n, batch, false);
  return rowsFrom(arena.storage(label, 2 * workingBytes(square)), square, 0);
}

/**
 * Steps that fill the working matrices from `source`, in two-floats. Matrix k is multiplied by 2 to the power of
 * `exponents[k]` (i32, batch, −100 to 200). A source of single precision has zeros as its low part.
 */
export async function prepareLoadExtended(gpu: Gpu) {
  const load = await loadExtended.on(gpu, { low_unit: 1 / LOW_SCALE });
  return (arena: Arena, source: Matrix, exponents: GPUBuffer, working: GPUBuffer, layout: WorkingLayout): Step[] =>
    load(arena, {
      high: source.buffer,
      low: source.low ?? arena.storage("zeros", source.buffer.size),
      exponents,
      working,
      batch: layout.batch,
      rows: layout.rows,
      cols: layout.length,
      row_step: layout.transposed ? 1 : source.cols,
      col_step: layout.transposed ? source.cols : 1,
      working_rows: layout.workingRows,
      row_length: 4 * layout.rowStride,
      identity_first: 4 * layout.cols,
    });
}
