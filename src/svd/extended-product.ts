import { extendedProduct, PRODUCT_TILE, placed } from "../../shaders/extended-product.ts";
import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { checkedGrid, splitWork, stepWork, TWO_FLOAT_WORK } from "../gpu/workgroups.ts";
import type { View } from "./working-matrix.ts";

/** C = α·D + β·A·B. D has the layout of C. */
interface Product {
  readonly a: View;
  readonly b: View;
  readonly c: View;
  readonly d?: GPUBuffer | "identity";
  readonly alpha?: number;
  readonly beta?: number;
  readonly rows: number;
  readonly cols: number;
  readonly inner: number;
  readonly batch: number;
}

/** Steps of a matrix product in two-floats; C must be a buffer of its own. */
export async function prepareExtendedProduct(gpu: Gpu, form: TwoFloatForm) {
  const encode = await extendedProduct(form).on(gpu);
  return (arena: Arena, { a, b, c, d, alpha = 0, beta = 1, rows, cols, inner, batch }: Product): Step[] => {
    const given = {
      ...placed("a", view(a)),
      ...placed("b", view(b)),
      ...placed("c", view(c)),
      A: a.buffer,
      B: b.buffer,
      C: c.buffer,
      D: d === undefined || d === "identity" ? a.buffer : d, // bound, and not read, where there is none
      addend: d === undefined ? 0 : d === "identity" ? 1 : 2,
      rows,
      cols,
      inner,
      alpha,
      beta,
    };
    const work = batch * cols * inner * TWO_FLOAT_WORK;
    const parts = splitWork(rows, work, stepWork(gpu.device), PRODUCT_TILE);
    const calls = parts.map(({ first, count }) => ({
      given: { ...given, first_row: first },
      workgroups: checkedGrid(Math.ceil(cols / PRODUCT_TILE), Math.ceil(count / PRODUCT_TILE), batch),
      work: count * work,
    }));
    return encode(arena, calls);
  };
}

/** A view under the names of the kernel's parameters. */
function view({ first, rowStep, colStep, matrixStep }: View) {
  return { first, row_step: rowStep, col_step: colStep, matrix_step: matrixStep };
}
