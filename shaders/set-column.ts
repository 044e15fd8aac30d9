import { elementKernel } from "../src/gpu/kernel.ts";

const element = "entry";
const params = {
  rows: ["u32", "of a run's matrix, as many as its vector has entries"],
  cols: ["u32", "of the matrix"],
  col: ["u32", "to put the vector in"],
  runs: ["u32", ""],
  scale: ["f32", "of the vector, also where its norm was taken"],
} as const;
const writes = { columns: ["array<f32>", "runs × rows × cols"] } as const;
const elements = ({ rows, runs }: { rows: number; runs: number }) => runs * rows;

export const setColumn = elementKernel(
  { name: "set-column", does: "Puts each run's vector, scaled, into a column of the run's matrix", element },
  {
    params: { ...params, first: ["u32", "entry of vectors at which they begin"] },
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
    does: "Puts each run's vector, brought to length 1, into a column of the run's matrix; zeros where its length is 0",
    element,
  },
  {
    params,
    reads: {
      vectors: ["array<f32>", "runs × rows"],
      squares: ["array<vec2f>", "runs: ‖scale · vector‖², first"],
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
