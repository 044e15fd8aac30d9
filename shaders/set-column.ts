import { elementKernel } from "../src/gpu/kernel.ts";

const element = "entry";
const params = {
  rows: ["u32", "of a run's matrix: entries of its vector"],
  cols: ["u32", "of the matrix"],
  col: ["u32", "number of the column"],
  runs: ["u32", ""],
  scale: ["f32", "factor of the vector; squares are those of scale · vector"],
} as const;
const writes = { columns: ["array<f32>", "runs × rows × cols"] } as const;
const elements = ({ rows, runs }: { rows: number; runs: number }) => runs * rows;

export const setColumn = elementKernel(
  { name: "set-column", does: "Writes each run's vector, scaled, to a column of the run's matrix", element },
  {
    params: { ...params, first: ["u32", "first entry of vectors"] },
    reads: { vectors: ["array<f32>", "runs × rows from first on"] },
    writes,
  },
  {
    elements,
    each: /* wgsl */ `columns[index * params.cols + params.col] = params.scale * vectors[params.first + index];`,
  },
);

export const appendColumn = elementKernel(
  {
    name: "append-column",
    does: "Writes each run's vector, divided by its length, to a column of the run's matrix; zeros where its length is 0",
    element,
  },
  {
    params,
    reads: {
      vectors: ["array<f32>", "runs × rows"],
      squares: ["array<vec2f>", "runs: ‖scale · vector‖², and another number"],
    },
    writes,
  },
  {
    elements,
    each: /* wgsl */ `
  let length = sqrt(squares[index / params.rows].x);
  columns[index * params.cols + params.col] = select(params.scale * vectors[index] / length, 0.0, length == 0);
`,
  },
);
