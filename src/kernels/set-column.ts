import { setColumn } from "../../shaders/set-column.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { ELEMENT_WORK, elementGrid } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";

/** A column of `runs` matrices of `rows` × `cols`. */
export interface Column {
  readonly columns: GPUBuffer;
  readonly rows: number;
  readonly cols: number;
  readonly col: number;
  readonly runs: number;
}

/** Step column ← scale · the numbers of `vectors` from `first` on, runs × rows. */
export async function createSetColumn(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "set-column", code: setColumn({ normalise: false }) });
  return (arena: Arena, vectors: GPUBuffer, first: number, column: Column, scale = 1): Step =>
    dispatch(
      gpu,
      pipeline,
      [params(arena, first, column, scale), vectors, column.columns],
      elementGrid(column.runs * column.rows),
      column.runs * column.rows * ELEMENT_WORK,
    );
}

/**
 * Step column ← each run's vector brought to length 1, by ‖scale·vector‖², the first of its pair of `squares`; zeros where
 * that is 0.
 */
export async function createAppendColumn(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "append-column", code: setColumn({ normalise: true }) });
  return (arena: Arena, vectors: GPUBuffer, squares: GPUBuffer, column: Column & { readonly scale: number }): Step =>
    dispatch(
      gpu,
      pipeline,
      [params(arena, 0, column, column.scale), vectors, column.columns, squares],
      elementGrid(column.runs * column.rows),
      column.runs * column.rows * ELEMENT_WORK,
    );
}

function params(arena: Arena, first: number, { rows, cols, col, runs }: Column, scale: number): GPUBuffer {
  const members = [rows, cols, col, first, runs].map((value) => ["u32", value] as const);
  return arena.uniform("column params", packUniforms([...members, ["f32", scale]]));
}
