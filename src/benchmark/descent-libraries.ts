/** Gradient descent by this engine and by its peers. A peer is loaded when it is first measured. */
import type { Array as JaxArray } from "@jax-js/jax";
import type { Rank, Tensor2D } from "@tensorflow/tfjs-core";
import { type Engine, type LinearOperator, linspace } from "../index.ts";
import { type Comparison, type Library, loadJax, OWN } from "./library.ts";
import type { Descend } from "./timing.ts";

export type DescentTask = "one" | "many";

/** The number of right-hand sides of each task. */
export const rightHandSides: Readonly<Record<DescentTask, number>> = { one: 1, many: 64 };

/** Least squares min ‖Aw − y‖ from w = 0, one run for each right-hand side. */
export interface DescentProblem {
  readonly n: number;
  readonly runs: number;
  /** A, n × n, row-major. */
  readonly entries: Float32Array<ArrayBuffer>;
  /** y, runs × n. */
  readonly targets: Float32Array<ArrayBuffer>;
  readonly learningRate: number;
}

/** A problem whose A and y the library holds. */
interface PreparedDescent {
  /** `count` steps w ← w − α Aᵀ(Aw − y) of every run from w = 0; resolves to w on the host, runs × n. */
  readonly descend: Descend;
  readonly free: () => void;
}

type Prepare = (problem: DescentProblem) => Promise<PreparedDescent>;

export interface DescentLibrary extends Library<DescentTask> {
  readonly load: (engine: Engine) => Promise<Prepare>;
}

/** This engine once more, with an activation operator in place of a matrix. */
export const OPERATOR = `${OWN}, operator`;

const bounds = () => ({ one: 1024, many: 1024 });

export const descentComparison: Comparison<DescentTask, DescentLibrary> = {
  sizes: [128, 256, 512, 1024],
  shape: (n) => `${n} × ${n}`,
  tasks: { one: "1 right-hand side", many: "64 right-hand sides" },
  libraries: [
    { name: OWN, processor: "GPU", bounds, load: storedMatrix },
    { name: OPERATOR, processor: "GPU", bounds, load: activationOperator },
    { name: "jax-js", processor: "GPU", bounds, load: jaxJs },
    { name: "TensorFlow.js", processor: "GPU", bounds, load: tensorFlow },
    { name: "ml-matrix", processor: "CPU", bounds, load: mlMatrix },
  ],
};

/** A is a matrix of given entries. */
async function storedMatrix(engine: Engine): Promise<Prepare> {
  return async (problem) => {
    const { n, entries } = problem;
    return prepared(engine, await engine.matrix({ data: entries, rows: n, cols: n }), problem);
  };
}

/** A is given by its activation and positions. */
async function activationOperator(engine: Engine): Promise<Prepare> {
  return async (problem) => {
    const x = linspace(-1, 1, problem.n);
    const { runs } = problem;
    return prepared(engine, await engine.activationOperator({ activation: "relu", x, b: x, runs }), problem);
  };
}

/** A is on the GPU. Each call sends y there, and reads back w, A·w and the last loss. */
function prepared(engine: Engine, a: LinearOperator, { targets, learningRate }: DescentProblem): PreparedDescent {
  return {
    async descend(iterations, signal) {
      const { weights } = await engine.descend(a, targets, { learningRate, iterations, signal });
      return weights;
    },
    free: () => a.destroy(),
  };
}

/** A step compiled by `jit`, in float32. */
async function jaxJs(): Promise<Prepare> {
  const { jit, numpy } = await loadJax();
  return async ({ n, runs, entries, targets, learningRate }) => {
    const shape = runs === 1 ? [n] : [n, runs];
    // jax-js keeps the arrays that it is given, and takes over the reference of each argument.
    const a = numpy.array(entries.slice()).reshape([n, n]);
    const y = numpy.array(transpose(targets, runs, n)).reshape(shape);
    const step = jit((a: JaxArray, y: JaxArray, w: JaxArray) => {
      const residual = numpy.matmul(a.ref, w.ref).sub(y);
      return w.sub(numpy.matmul(numpy.matrixTranspose(a), residual).mul(learningRate));
    });
    return {
      async descend(count) {
        let w = numpy.zeros(shape);
        for (let i = 0; i < count; i++) w = step(a.ref, y.ref, w);
        return transpose(Float32Array.from(await w.data()), n, runs);
      },
      free() {
        for (const held of [a, y, step]) held.dispose();
      },
    };
  };
}

/** TensorFlow.js on WebGPU, on a device of its own, in float32. */
async function tensorFlow(): Promise<Prepare> {
  const { dispose, matMul, mul, setBackend, sub, tensor2d, tidy, zeros } = await import("@tensorflow/tfjs-core");
  await import("@tensorflow/tfjs-backend-webgpu");
  if (!(await setBackend("webgpu"))) throw new Error("TensorFlow.js gets no WebGPU device");
  return async ({ n, runs, entries, targets, learningRate }) => {
    const a = tensor2d(entries, [n, n]);
    const y = tensor2d(transpose(targets, runs, n), [n, runs]);
    const step = (w: Tensor2D) =>
      tidy(() => {
        const residual = sub(matMul(a, w), y);
        return sub<Tensor2D>(w, mul(learningRate, matMul(a, residual, true, false)));
      });
    return {
      async descend(count) {
        let w = zeros<Rank.R2>([n, runs]);
        for (let i = 0; i < count; i++) {
          const next = step(w);
          w.dispose();
          w = next;
        }
        const weights = await w.data<"float32">();
        w.dispose();
        return transpose(weights, n, runs);
      },
      free: () => dispose([a, y]),
    };
  };
}

/** On the CPU, in float64. Aᵀ is made once. */
async function mlMatrix(): Promise<Prepare> {
  const { Matrix } = await import("ml-matrix");
  return async ({ n, runs, entries, targets, learningRate }) => {
    const a = Matrix.from1DArray(n, n, Array.from(entries));
    const transposed = a.transpose();
    const y = Matrix.from1DArray(n, runs, Array.from(transpose(targets, runs, n)));
    return {
      async descend(count) {
        const w = Matrix.zeros(n, runs);
        for (let i = 0; i < count; i++) w.sub(transposed.mmul(a.mmul(w).sub(y)).mul(learningRate));
        return w.transpose().to1DArray();
      },
      free() {},
    };
  };
}

/** The transpose of a row-major matrix of rows × cols: libraries of matrices take each right-hand side as a column. */
function transpose(values: Float32Array, rows: number, cols: number): Float32Array<ArrayBuffer> {
  const transposed = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) transposed[col * rows + row] = values[row * cols + col] ?? 0;
  }
  return transposed;
}
