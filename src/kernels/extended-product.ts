import { extendedProduct, PRODUCT_TILE } from "../../shaders/extended-product.ts";
import type { TwoFloatForm } from "../../shaders/shared/two-float.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid, splitWork, stepWork, TWO_FLOAT_WORK } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import type { View } from "./view.ts";

/** C = α·D + β·A·B; D lies in its buffer as C does in its own. */
export interface Product {
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
export async function createExtendedProduct(gpu: Gpu, form: TwoFloatForm) {
  const pipeline = await gpu.pipelines.get({ label: "extended-product", code: extendedProduct(form) });
  return (arena: Arena, { a, b, c, d, alpha = 0, beta = 1, rows, cols, inner, batch }: Product): Step[] => {
    const work = batch * cols * inner * TWO_FLOAT_WORK;
    const parts = splitWork(rows, work, stepWork(gpu.device), PRODUCT_TILE);
    const place = ({ first, rowStep, colStep, matrixStep }: View) =>
      [first, rowStep, colStep, matrixStep].map((value) => ["u32", value] as const);
    const params = packUniforms(
      ...parts.map(
        (part) =>
          [
            ...[a, b, c].flatMap(place),
            ["u32", part.first],
            ["u32", rows],
            ["u32", cols],
            ["u32", inner],
            ["u32", d === undefined ? 0 : d === "identity" ? 1 : 2],
            ["u32", 0], // opaque_zero
            ["f32", alpha],
            ["f32", beta],
          ] as const,
      ),
    );
    const uniform = arena.uniform("extended-product params", params);
    const addend = d === undefined || d === "identity" ? a.buffer : d; // bound, but not read, where there is none
    return parts.map((part, i) => {
      const slot = { buffer: uniform, offset: i * UNIFORM_STRIDE, size: 80 };
      const grid = checkedGrid(Math.ceil(cols / PRODUCT_TILE), Math.ceil(part.count / PRODUCT_TILE), batch);
      return dispatch(gpu, pipeline, [slot, a.buffer, b.buffer, addend, c.buffer], grid, part.count * work);
    });
  };
}
