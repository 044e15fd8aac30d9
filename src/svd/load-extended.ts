import { loadExtended } from "../../shaders/load-working.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { LOW_SCALE, type Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import type { WorkingLayout } from "./working-layout.ts";

/**
 * Steps that fill the working matrices, in two-floats, from `source`, each multiplied by 2 to its entry of `exponents`
 * (i32, batch, −100 to 200). A source of single precision has zeros as its low part.
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
