/** The SVD by this engine and by its peers. A peer is loaded when it is first measured. */
import type { Engine, Matrix } from "../index.ts";
import { type Comparison, type Library, loadJax, OWN } from "./library.ts";

export type SvdTask = "values" | "full";

interface Decomposition {
  /** Descending. */
  readonly singularValues: ArrayLike<number>;
  /** Where the library counts them. */
  readonly sweeps?: number;
}

/** The SVD of a matrix of n × n entries, row-major: from numbers on the host to numbers on the host. */
type Decompose = (entries: Float32Array<ArrayBuffer>, n: number, signal: AbortSignal) => Promise<Decomposition>;

export interface SvdLibrary extends Library<SvdTask> {
  readonly load: (engine: Engine) => Promise<Partial<Record<SvdTask, Decompose>>>;
}

/** The library whose singular values, in float64, are the reference. */
export const REFERENCE = "ml-matrix";

export const svdComparison: Comparison<SvdTask, SvdLibrary> = {
  sizes: [32, 64, 128, 256, 512, 1024],
  tasks: { values: "values only", full: "with U and V" },
  libraries: [
    { name: OWN, processor: "GPU", bounds: () => ({ values: 1024, full: 1024 }), load: spectralShrinkage },
    { name: "jax-js", processor: "GPU", bounds: (software) => ({ values: software ? 256 : 512 }), load: jaxJs },
    { name: REFERENCE, processor: "CPU", bounds: () => ({ values: 1024, full: 512 }), load: mlMatrix },
    { name: "svd-js", processor: "CPU", bounds: () => ({ values: 1024, full: 512 }), load: svdJs },
    { name: "numpy-ts", processor: "CPU", bounds: () => ({ values: 1024, full: 256 }), load: numpyTs },
  ],
};

/** One-sided block Jacobi on the GPU, in float32. */
async function spectralShrinkage(engine: Engine): Promise<Record<SvdTask, Decompose>> {
  const upload = async <T>(entries: Float32Array, n: number, work: (a: Matrix) => Promise<T>) => {
    const a = await engine.matrix({ data: entries, rows: n, cols: n });
    try {
      return await work(a);
    } finally {
      a.destroy();
    }
  };
  return {
    values: (entries, n, signal) => upload(entries, n, (a) => engine.singularValues(a, { signal })),
    full: (entries, n, signal) =>
      upload(entries, n, async (a) => {
        const svd = await engine.svd(a, { signal });
        try {
          await Promise.all([svd.U.read(), svd.V.read()]);
          return svd;
        } finally {
          svd.destroy();
        }
      }),
  };
}

/** Eigenvalues of AᵀA by Jacobi rotations on the GPU, in float32. */
async function jaxJs(): Promise<{ readonly values: Decompose }> {
  const { numpy } = await loadJax();
  return {
    async values(entries, n) {
      // jax-js keeps the array that it is given.
      const a = numpy.array(entries.slice()).reshape([n, n]);
      return { singularValues: await numpy.linalg.svdvals(a).data() };
    },
  };
}

/** Bidiagonal QR on the CPU, in float64. */
export async function mlMatrix(): Promise<Record<SvdTask, Decompose>> {
  const { Matrix, SingularValueDecomposition } = await import("ml-matrix");
  const decompose = (entries: Float32Array, n: number, vectors: boolean) => {
    const { diagonal } = new SingularValueDecomposition(Matrix.from1DArray(n, n, Array.from(entries)), {
      computeLeftSingularVectors: vectors,
      computeRightSingularVectors: vectors,
    });
    return { singularValues: diagonal };
  };
  return {
    values: async (entries, n) => decompose(entries, n, false),
    full: async (entries, n) => decompose(entries, n, true),
  };
}

/** Bidiagonal QR on the CPU, in float64. Its singular values are in no order. */
async function svdJs(): Promise<Record<SvdTask, Decompose>> {
  const { SVD } = await import("svd-js");
  const decompose = (entries: Float32Array, n: number, vectors: boolean) => {
    const rows = Array.from({ length: n }, (_, row) => Array.from(entries.subarray(row * n, (row + 1) * n)));
    const { q } = SVD(rows, vectors, vectors);
    return { singularValues: q.sort((a, b) => b - a) };
  };
  return {
    values: async (entries, n) => decompose(entries, n, false),
    full: async (entries, n) => decompose(entries, n, true),
  };
}

/** On the CPU, in WebAssembly and float64: bidiagonal QR for the values, Jacobi on AᵀA for U and V. */
async function numpyTs(): Promise<Record<SvdTask, Decompose>> {
  const { array, linalg, reshape } = await import("numpy-ts/core");
  const matrix = (entries: Float32Array, n: number) => reshape(array(Float64Array.from(entries)), [n, n]);
  return {
    async values(entries, n) {
      const a = matrix(entries, n);
      const s = linalg.svdvals(a);
      const singularValues = Float64Array.from(s.data as Float64Array);
      for (const made of [a, s]) made.dispose();
      return { singularValues };
    },
    async full(entries, n) {
      const a = matrix(entries, n);
      const { u, s, vt } = linalg.svd(a) as Exclude<ReturnType<typeof linalg.svd>, { data: unknown }>;
      const singularValues = Float64Array.from(s.data as Float64Array);
      for (const made of [a, u, s, vt]) made.dispose();
      return { singularValues };
    },
  };
}
