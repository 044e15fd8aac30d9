/** The matrices whose SVDs are timed, and the libraries that take them, each up to a size that ends in seconds. */
import { createRandom } from "../theory/random.ts";
import { reluMatrix } from "./compare.ts";
import type { Comparison } from "./library.ts";
import { RELU_MATRIX } from "./report.ts";
import { type Matrices, mlMatrix, REFERENCE, type SvdLibrary, type SvdTask, svdLibraries } from "./svd-libraries.ts";

/** Matrices of one kind. */
export interface SvdFamily<Name extends string = string> {
  readonly name: Name;
  readonly description: string;
  /** The sizes that are measured unless others are asked for. */
  readonly defaults: readonly number[];
  readonly comparison: Comparison<SvdTask, SvdLibrary>;
  readonly matrix: (software: boolean) => string;
  readonly createMatrices: (n: number, software: boolean) => Matrices;
  /** Where the reference comes from. */
  readonly reference: string;
  /** σ in float64, batch × n. */
  readonly referenceOf: (matrices: Matrices, signal: AbortSignal) => Promise<ArrayLike<number>>;
}

const tasks = { values: "values only", full: "with U and V" } as const;

/** Up to size n at both tasks. */
const upTo = (n: number) => () => ({ values: n, full: n });

/** ReLU matrices, n × n. */
export const square: SvdFamily<"svd"> = {
  name: "svd",
  description: "SVD of ReLU matrices, n × n: times, ratios to this engine's, accuracy",
  defaults: [32, 64, 128, 256],
  comparison: {
    sizes: [32, 64, 128, 256, 512, 1024],
    shape: (n) => `${n} × ${n}`,
    tasks,
    libraries: svdLibraries({
      "spectral-shrinkage": upTo(1024),
      "jax-js": (software) => ({ values: software ? 256 : 512 }),
      "ml-matrix": () => ({ values: 1024, full: 512 }),
      "svd-js": () => ({ values: 1024, full: 512 }),
      "numpy-ts": () => ({ values: 1024, full: 256 }),
    }),
  },
  matrix: () => RELU_MATRIX,
  createMatrices: (n) => ({ batch: 1, rows: n, cols: n, entries: reluMatrix(n) }),
  reference: REFERENCE,
  referenceOf: valuesInFloat64,
};

/** log₂ of the number of entries in a batch. */
const batchExponent = (software: boolean) => (software ? 18 : 20);
const batchOf = (n: number, software: boolean) => 2 ** batchExponent(software) / n ** 2;

/** Many small matrices in a call. */
export const batches: SvdFamily<"batches"> = {
  name: "batches",
  description: "SVD of batches of random matrices, n × n: times, ratios to this engine's, accuracy",
  defaults: [16, 32, 64],
  comparison: {
    sizes: [16, 32, 64],
    shape: (n, software) => `${batchOf(n, software)} of ${n} × ${n}`,
    tasks,
    libraries: svdLibraries({
      "spectral-shrinkage": upTo(64),
      "jax-js": (software) => ({ values: software ? 16 : 64 }),
      "ml-matrix": upTo(64),
      "svd-js": upTo(64),
      "numpy-ts": upTo(64),
    }),
  },
  matrix: (software) => `2^${batchExponent(software)}/n² of n × n, entries uniform on [−1, 1)`,
  createMatrices(n, software) {
    const { uniform } = createRandom(n);
    const batch = batchOf(n, software);
    const entries = Float32Array.from({ length: batch * n ** 2 }, () => 2 * uniform() - 1);
    return { batch, rows: n, cols: n, entries };
  },
  reference: REFERENCE,
  referenceOf: valuesInFloat64,
};

/** The rows of a tall matrix for each of its columns. */
const TALL = 256;

/** ReLU matrices of many samples and few neurons. */
export const tall: SvdFamily<"tall"> = {
  name: "tall",
  description: "SVD of tall ReLU matrices, 256n × n: times, ratios to this engine's, accuracy",
  defaults: [64, 256],
  comparison: {
    sizes: [64, 256],
    shape: (n) => `${TALL * n} × ${n}`,
    tasks,
    libraries: svdLibraries({
      "spectral-shrinkage": (software) => ({ values: 256, full: software ? 64 : 256 }),
      "jax-js": (software) => ({ values: software ? 64 : 256 }),
      "ml-matrix": upTo(64),
      "svd-js": upTo(64),
      // It computes with a square matrix that has all rows of A.
      "numpy-ts": () => ({ values: 64, full: 0 }),
    }),
  },
  matrix: () => `relu(x − b), ${TALL}n of x and n of b on linspace(−1, 1), entries in float32`,
  createMatrices: (n) => ({ batch: 1, rows: TALL * n, cols: n, entries: reluMatrix(TALL * n, n) }),
  reference: "the eigenvalues of AᵀA",
  referenceOf: rootsOfGram,
};

async function valuesInFloat64(matrices: Matrices, signal: AbortSignal): Promise<ArrayLike<number>> {
  const { values } = await mlMatrix();
  return (await values(matrices, signal)).singularValues;
}

/** An SVD of a tall matrix in float64 takes minutes. σ from AᵀA errs by about 2⁻⁵³·σ₁²/σ, and a σ of 0 by 2⁻²⁶·σ₁. */
async function rootsOfGram({ rows, cols, entries }: Matrices): Promise<ArrayLike<number>> {
  const { EigenvalueDecomposition, Matrix } = await import("ml-matrix");
  const gram = new Float64Array(cols ** 2);
  for (let row = 0; row < rows; row++) {
    const line = Float64Array.from(entries.subarray(row * cols, (row + 1) * cols));
    for (let i = 0; i < cols; i++) {
      const entry = line[i] as number;
      if (entry === 0) continue;
      for (let j = 0; j < cols; j++) gram[i * cols + j] = (gram[i * cols + j] as number) + entry * (line[j] as number);
    }
  }
  const { realEigenvalues } = new EigenvalueDecomposition(Matrix.from1DArray(cols, cols, Array.from(gram)));
  return realEigenvalues.map((value) => Math.sqrt(Math.max(0, value))).sort((a, b) => b - a);
}
