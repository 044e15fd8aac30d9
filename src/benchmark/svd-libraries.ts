/** The SVD by this engine and by its peers. A peer is loaded when it is first measured. */
import type { Engine, Matrix } from "../index.ts";
import { type Library, loadJax, OWN } from "./library.ts";

export type SvdTask = "values" | "full";

export interface Matrices {
  readonly batch: number;
  readonly rows: number;
  readonly cols: number;
  /** batch × rows × cols, row-major. */
  readonly entries: Float32Array<ArrayBuffer>;
}

interface Decomposition {
  /** batch × min(rows, cols), descending in each matrix. */
  readonly singularValues: ArrayLike<number>;
  /** Where the library counts them. */
  readonly sweeps?: number;
}

/** The SVD of a batch of matrices: from numbers on the host to numbers on the host. */
type Decompose = (matrices: Matrices, signal: AbortSignal) => Promise<Decomposition>;

export interface SvdLibrary extends Library<SvdTask> {
  readonly load: (engine: Engine) => Promise<Partial<Record<SvdTask, Decompose>>>;
}

/** The library whose singular values, in float64, are the reference. */
export const REFERENCE = "ml-matrix";

const libraries = [
  { name: OWN, processor: "GPU", load: spectralShrinkage },
  { name: "jax-js", processor: "GPU", load: jaxJs },
  { name: REFERENCE, processor: "CPU", load: mlMatrix },
  { name: "svd-js", processor: "CPU", load: svdJs },
  { name: "numpy-ts", processor: "CPU", load: numpyTs },
] as const satisfies readonly Omit<SvdLibrary, "bounds">[];

type Bounds = Readonly<Record<(typeof libraries)[number]["name"], SvdLibrary["bounds"]>>;

/** All libraries, with the bounds of each by its name. */
export function svdLibraries(bounds: Bounds): SvdLibrary[] {
  return libraries.map((library) => ({ ...library, bounds: bounds[library.name] }));
}

/** One-sided block Jacobi on the GPU, in float32. */
async function spectralShrinkage(engine: Engine): Promise<Record<SvdTask, Decompose>> {
  const upload = async <T>({ entries, ...shape }: Matrices, work: (a: Matrix) => Promise<T>) => {
    const a = await engine.matrix({ data: entries, ...shape });
    try {
      return await work(a);
    } finally {
      a.destroy();
    }
  };
  return {
    values: (matrices, signal) => upload(matrices, (a) => engine.singularValues(a, { signal })),
    full: (matrices, signal) =>
      upload(matrices, async (a) => {
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
    async values({ entries, batch, rows, cols }) {
      // jax-js keeps the array that it is given.
      const a = numpy.array(entries.slice()).reshape([batch, rows, cols]);
      return { singularValues: await numpy.linalg.svdvals(a).data() };
    },
  };
}

/** Bidiagonal QR on the CPU, in float64. */
export async function mlMatrix(): Promise<Record<SvdTask, Decompose>> {
  const { Matrix, SingularValueDecomposition } = await import("ml-matrix");
  const decompose = (matrices: Matrices, vectors: boolean) =>
    oneByOne(matrices, (entries, { rows, cols }) => {
      const options = { computeLeftSingularVectors: vectors, computeRightSingularVectors: vectors };
      return new SingularValueDecomposition(Matrix.from1DArray(rows, cols, Array.from(entries)), options).diagonal;
    });
  return {
    values: async (matrices) => decompose(matrices, false),
    full: async (matrices) => decompose(matrices, true),
  };
}

/** Bidiagonal QR on the CPU, in float64. Its singular values are in no order. */
async function svdJs(): Promise<Record<SvdTask, Decompose>> {
  const { SVD } = await import("svd-js");
  const decompose = (matrices: Matrices, vectors: boolean) =>
    oneByOne(matrices, (entries, { rows, cols }) => {
      const lines = Array.from({ length: rows }, (_, row) =>
        Array.from(entries.subarray(row * cols, (row + 1) * cols)),
      );
      return SVD(lines, vectors, vectors).q.sort((a, b) => b - a);
    });
  return {
    values: async (matrices) => decompose(matrices, false),
    full: async (matrices) => decompose(matrices, true),
  };
}

/** On the CPU, in WebAssembly and float64: bidiagonal QR for the values, Jacobi on AᵀA for U and V. */
async function numpyTs(): Promise<Record<SvdTask, Decompose>> {
  const { array, linalg, reshape } = await import("numpy-ts/core");
  const matrix = (entries: Float32Array, { rows, cols }: Matrices) =>
    reshape(array(Float64Array.from(entries)), [rows, cols]);
  const valuesOf = (matrices: Matrices) =>
    oneByOne(matrices, (entries) => {
      const a = matrix(entries, matrices);
      const s = linalg.svdvals(a);
      const singularValues = Float64Array.from(s.data as Float64Array);
      for (const made of [a, s]) made.dispose();
      return singularValues;
    });
  const full = (matrices: Matrices) =>
    oneByOne(matrices, (entries) => {
      const a = matrix(entries, matrices);
      const { u, s, vt } = linalg.svd(a, false) as Exclude<ReturnType<typeof linalg.svd>, { data: unknown }>;
      const singularValues = Float64Array.from(s.data as Float64Array);
      for (const made of [a, u, s, vt]) made.dispose();
      return singularValues;
    });
  return { values: async (matrices) => valuesOf(matrices), full: async (matrices) => full(matrices) };
}

/** For a library that takes one matrix in a call. */
function oneByOne(
  matrices: Matrices,
  singularValues: (entries: Float32Array, matrices: Matrices) => ArrayLike<number>,
): Decomposition {
  const { batch, rows, cols, entries } = matrices;
  const length = rows * cols;
  const each = Array.from({ length: batch }, (_, k) =>
    Array.from(singularValues(entries.subarray(k * length, (k + 1) * length), matrices)),
  );
  return { singularValues: each.flat() };
}
