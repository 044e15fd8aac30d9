import { requireLoops } from "./adapter/loop-check.ts";
import type { Tuning } from "./adapter/shapes.ts";
import { selectTwoFloat, type TwoFloatForm } from "./adapter/two-float-check.ts";
import { createReaders, type EngineOptions, readEngineOptions } from "./arguments/calls.ts";
import { descend } from "./descent/descent.ts";
import type { DescentOptions } from "./descent/descent-options.ts";
import type { Descent } from "./descent/result.ts";
import { type DeviceLostError, PrecisionError } from "./errors.ts";
import { type DeviceInfo, describeDevice, requestDevice } from "./gpu/device.ts";
import { Gpu } from "./gpu/gpu.ts";
import type { Matrix, Precision } from "./gpu/matrix.ts";
import type { MemoryUse } from "./gpu/memory.ts";
import { requireAnswer } from "./gpu/read-back.ts";
import type { RunOptions } from "./gpu/schedule.ts";
import { allDone } from "./gpu/waits.ts";
import { type ActivationMatrixOptions, computeActivationMatrix } from "./operator/activation-matrix.ts";
import type { ActivationOperator } from "./operator/activation-operator.ts";
import { planActivations } from "./operator/activation-plan.ts";
import { type ActivationOperatorOptions, createOperator } from "./operator/create-operator.ts";
import type { LinearOperator } from "./operator/linear-operator.ts";
import { type MatrixOptions, uploadMatrix } from "./operator/upload-matrix.ts";
import { type LeastSquares, type LeastSquaresOptions, leastSquares } from "./regression/least-squares.ts";
import { type Projection, type ProjectionBasis, project, type SpectralOptions } from "./svd/project.ts";
import { type Shrinkage, type ShrinkBasis, shrink } from "./svd/shrink.ts";
import type { Svd } from "./svd/singular-vectors.ts";
import type { Spectrum } from "./svd/spectrum.ts";
import { computeSingularValues, computeSvd, type SvdOptions } from "./svd/svd.ts";
import {
  computeLargestSingularValue,
  computeTruncatedSvd,
  type TruncatedSvd,
  type TruncatedSvdOptions,
} from "./svd/truncated.ts";
import type { Mask } from "./theory/masks.ts";
import { measureTuning } from "./tuning.ts";
import { type WarmUpCall, warmUp } from "./warm-up.ts";

/** What the engine reports about its device. */
export interface EngineInfo extends DeviceInfo {
  /**
   * The form of two-float arithmetic that is exact on this device. Extended precision is refused where it is "none".
   */
  readonly twoFloat: "fma" | "split" | "none";
  /** The shapes of kernels that `tuning` named, or that were measured. */
  readonly tuning: Tuning;
}

/**
 * Creates an engine on a device of its own, or on one that you bring. First it checks that the driver computes as WebGPU
 * specifies.
 * @throws NoAdapterError where there is no WebGPU, or no adapter whose driver computes correctly; DeviceLostError where
 * the device is lost.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { gpu, device, tuning = {} } = readEngineOptions(options);
  const own = new Gpu(device ?? (await requestDevice(gpu ?? globalThis.navigator?.gpu)));
  try {
    const [twoFloat] = await allDone([selectTwoFloat(own), requireLoops(own), requireAnswer(own)]);
    const shapes = tuning === "measured" ? await measureTuning(own) : tuning;
    return Engine.create(own.tuned(shapes), { twoFloat, tuning: shapes }, !device);
  } catch (error) {
    if (!device) own.device.destroy();
    throw error;
  }
}

/**
 * Computes activation matrices, their SVD, and gradient descent on them, on one GPU device; `createEngine` makes it.
 *
 * Owns every buffer that it makes, also those of the matrices that it returns, and the device unless you brought it. A
 * call reads its arguments before its first await: they may change afterwards. A call that fails leaves no buffer
 * behind. It rejects with DestroyedError where the engine, or a matrix or operator that it works on, is destroyed
 * before its end, with DeviceLostError where the device is lost, with GpuError where the GPU reports a fault, and with
 * the signal's reason where it is aborted.
 */
export class Engine {
  /** The adapter, its limits, and its form of two-float arithmetic. */
  readonly info: EngineInfo;
  readonly #gpu: Gpu;
  readonly #read: ReturnType<typeof createReaders>;
  readonly #ownsDevice: boolean;

  private constructor(gpu: Gpu, found: Pick<EngineInfo, "twoFloat" | "tuning">, ownsDevice: boolean) {
    this.#gpu = gpu;
    this.#read = createReaders(gpu);
    this.#ownsDevice = ownsDevice;
    this.info = { ...describeDevice(gpu.device), ...found };
  }

  /** @internal */
  static create(gpu: Gpu, found: Pick<EngineInfo, "twoFloat" | "tuning">, ownsDevice: boolean): Engine {
    return new Engine(gpu, found, ownsDevice);
  }

  /** The bytes and buffers that the engine holds on the GPU now. */
  get memory(): MemoryUse {
    return this.#gpu.memory.use;
  }

  /** Resolves when the device is lost. Every pending call rejects then, and a new engine is needed. */
  get lost(): Promise<DeviceLostError> {
    return this.#gpu.lost;
  }

  /**
   * Compiles the kernels of these calls, side by side, so that the first of such calls does not wait for the compiler. It
   * covers single precision: all named activations; the SVD of matrices larger than 64 × 64, on a GPU of up to 1024 rows
   * or columns; a linear method with one run on a stored matrix of more than 2¹⁴ entries whose rows are whole vec4s.
   * @throws ArgumentError for an unknown call.
   */
  async warmUp(calls: readonly WarmUpCall[]): Promise<void> {
    await warmUp(this.#gpu, this.#form, this.#read.warmUp("calls", calls));
  }

  /**
   * A[n,m] = η(ω·(Σ_d v[m,d]·x[n,d] − b[m])), N×M. Arrays of activations or scales make a batch of matrices.
   *
   * For a named activation each entry is within 2e-7·max|A| of its float64 value. An expression of your own is as
   * accurate as the adapter's built-in functions.
   * @throws ArgumentError where lengths do not fit, NotFiniteError where a value is beyond float32, ShaderError with
   * line and column of a fault in an expression, LimitError where the matrix is too large for the device,
   * PrecisionError where extended precision is not available.
   */
  async activationMatrix(options: ActivationMatrixOptions): Promise<Matrix> {
    const { activation, scale, precision, x, b, v, ...run } = this.#read.activationMatrix(options);
    const extended = this.#formFor(precision) !== undefined;
    const positions = { x, b, ...(v && { v }) };
    const plan = planActivations({ activation, scale: scale ?? 1, ...positions });
    return computeActivationMatrix(this.#gpu, { twoFloat: this.#form, extended }, plan, run);
  }

  /**
   * The activation matrix as an operator: it multiplies vectors, and is stored only where that is faster, for as many
   * signals at once as `runs` says. For Heaviside and ReLUᵖ, p ≤ 3, a product may take O(N + M) operations and memory.
   * @throws as `activationMatrix`, and ArgumentError where the activation does not have the form that is asked for.
   */
  async activationOperator(options: ActivationOperatorOptions): Promise<ActivationOperator> {
    return createOperator(this.#gpu, this.#form, this.#read.activationOperator(options));
  }

  /**
   * A matrix of your own, or a batch: batch × rows × cols numbers, row-major. They are rounded to float32, or to about
   * 48 bits where `precision` is "extended".
   * @throws ArgumentError where the length does not fit, NotFiniteError on NaN, infinity and values beyond float32,
   * LimitError where the matrix is too large for the device, PrecisionError where extended precision is not available.
   */
  async matrix(options: MatrixOptions): Promise<Matrix> {
    const own = this.#read.matrixOptions(options);
    this.#formFor(own.precision);
    return uploadMatrix(this.#gpu, own);
  }

  /**
   * The singular value decomposition A = U·diag(σ)·Vᵀ, economy size, of each matrix of a batch, in the precision of A
   * unless `precision` is given. A pivoted QR and one-sided block Jacobi compute it (after LAPACK's SGEJSV and MAGMA's
   * batched form).
   *
   * The error of σ is about `noiseFloor`. U and V are orthonormal also where σ is 0. `converged` is false where
   * `maxSweeps` was too low.
   * @throws NotFiniteError where A holds NaN or infinity; PrecisionError where extended precision is not available;
   * LimitError where a buffer is too large for the device, or where a batch has more than 65 535 matrices that are larger
   * than 64 × 64 or in extended precision. With n = min(N, M), rounded up to a multiple of 32, the largest buffer holds a
   * copy of A or n × 2n numbers, in extended precision 2·n × (max(N, M) + n). Up to 64 × 64 it holds N × M + n² numbers, with
   * n = min(N, M).
   */
  async svd(a: Matrix, options: SvdOptions = {}): Promise<Svd> {
    const [matrix, own] = [this.#read.matrix("a", a), this.#read.svd(options)];
    return computeSvd(this.#gpu.on(matrix), this.#formFor(own.precision ?? matrix.precision), matrix, own);
  }

  /**
   * The singular values alone, of each matrix of a batch, as `svd` computes them. There is nothing to free.
   * @throws as `svd`.
   */
  async singularValues(a: Matrix, options: SvdOptions = {}): Promise<Spectrum> {
    const [matrix, own] = [this.#read.matrix("a", a), this.#read.svd(options)];
    return computeSingularValues(this.#gpu.on(matrix), this.#formFor(own.precision ?? matrix.precision), matrix, own);
  }

  /**
   * The leading K singular triplets of a matrix or an operator, from products with it alone, by Golub–Kahan–Lanczos
   * bidiagonalisation with thick restarts. It needs (N + M)·(4K + 10) numbers of memory. The σ may be equal: a search
   * from a random vector finds the others, and `converged` says that it found no further σ above the last.
   * @throws ArgumentError for a batch, or where K is not in 1 … min(N, M); NotFiniteError where A holds NaN or
   * infinity.
   */
  async truncatedSvd(a: LinearOperator, options: TruncatedSvdOptions): Promise<TruncatedSvd> {
    const [operator, own] = [this.#read.operator("a", a), this.#read.truncatedSvd(options)];
    return computeTruncatedSvd(this.#gpu.on(operator), operator, own);
  }

  /**
   * σ₁ of a matrix or an operator, to about 1e-6, from products with it alone. 1/σ₁² is the iteration-efficient
   * learning rate.
   * @throws as `truncatedSvd`.
   */
  async largestSingularValue(a: LinearOperator, options: RunOptions = {}): Promise<number> {
    const [operator, run] = [this.#read.operator("a", a), this.#read.largestSingularValue(options)];
    return computeLargestSingularValue(this.#gpu.on(operator), operator, run);
  }

  /**
   * Minimises ½‖Aw − y‖² by gradient descent, w ← w − α·Aᵀ(Aw − y), or by another of `methods`, for one or many runs at
   * once. y is N numbers or runs × N. A, y, method or initial weights that are given once serve all runs.
   * @throws DivergedError with the first step at which a run diverged, which only an unstable method does (α ≥ 2/σ₁²);
   * ArgumentError where counts do not fit or a method has no basis, NotFiniteError where numbers are beyond float32.
   */
  async descend(a: LinearOperator, y: ArrayLike<number>, options: DescentOptions): Promise<Descent> {
    const read = this.#read;
    const [operator, targets, own] = [read.operator("a", a), read.numbers("y", y), read.descend(options)];
    const { basis, stopping } = own;
    const others = [...(basis ? [basis.V] : []), ...(stopping?.rule === "heldOut" ? [stopping.matrix] : [])];
    return descend(this.#gpu.on(operator, ...others), operator, targets, own);
  }

  /**
   * Applies a shrinkage operator in the basis of an SVD: ŷ = U (m(σ) ∘ Uᵀy) and w = V (m(σ)/σ ∘ Uᵀy). y is N numbers or
   * runs × N; the SVD of a batch takes one run for each matrix. `mask` is one function m for all runs, or an array with
   * one for each run.
   *
   * A σ below the noise floor of the SVD counts as 0, unless `cutoff` is given. y may be of any size. The products are
   * in two-floats where U and V are extended, else in float32.
   * @throws ArgumentError where the parts do not fit, NotFiniteError where y, m(σ) or the result is not finite.
   */
  async shrink(
    svd: ShrinkBasis,
    y: ArrayLike<number>,
    mask: Mask | readonly Mask[],
    options: SpectralOptions = {},
  ): Promise<Shrinkage> {
    const read = this.#read;
    const [own, targets, factor] = [read.shrink("svd", svd), read.numbers("y", y), read.mask("mask", mask)];
    return shrink(this.#gpu.on(own.U, own.V), this.#form, own, targets, factor, read.spectral(options));
  }

  /**
   * Uᵀy and the part of y outside of U, as one problem for each run, in the form that the stopping rules take: `const
   * [problem] = await engine.project(svd, y)`, then `gcvIterations({ method, maxIterations, ...problem })`. y, `cutoff`
   * and the precision are as for `shrink`.
   * @throws ArgumentError where the parts do not fit, NotFiniteError where y is not finite.
   */
  async project(
    svd: ProjectionBasis,
    y: ArrayLike<number>,
    options: SpectralOptions = {},
  ): Promise<[Projection, ...Projection[]]> {
    const read = this.#read;
    const [own, targets] = [read.project("svd", svd), read.numbers("y", y)];
    return project(this.#gpu.on(own.U), this.#form, own, targets, read.spectral(options));
  }

  /**
   * Least squares of one matrix, min ‖y − A·w‖ with w of minimum norm, for y of N numbers or runs × N: by its SVD, and with
   * a ridge or another shrinkage where one is asked for. The result says what was chosen, and why.
   *
   * In extended precision, the solution of least squares of full column rank is corrected until it is as accurate as float64
   * allows: for A as it is stored, with about 48 bits of each entry.
   * @throws ArgumentError where lengths or options do not fit, NotFiniteError where A or y is not finite, and as `svd`.
   */
  async leastSquares(a: Matrix, y: ArrayLike<number>, options: LeastSquaresOptions = {}): Promise<LeastSquares> {
    const read = this.#read;
    const [matrix, targets, own] = [read.matrix("a", a), read.numbers("y", y), read.leastSquares(options)];
    const forms = { vectors: this.#form, extended: this.#formFor(own.precision ?? matrix.precision) };
    return leastSquares(this.#gpu.on(matrix), forms, matrix, targets, own);
  }

  /** Frees every buffer that the engine made, and its device unless you brought it. */
  destroy(): void {
    this.#gpu.destroy();
    if (this.#ownsDevice) this.#gpu.device.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /**
   * The two-float arithmetic for positions and vectors. Where none is exact, there are no extended matrices, and the
   * positions take "split".
   */
  get #form(): TwoFloatForm {
    return this.info.twoFloat === "fma" ? "fma" : "split";
  }

  /** The two-float arithmetic for extended precision, undefined for single. */
  #formFor(precision: Precision | undefined): TwoFloatForm | undefined {
    if (precision !== "extended") return undefined;
    const { twoFloat, adapterName } = this.info;
    if (twoFloat !== "none") return twoFloat;
    throw new PrecisionError(
      `precision: "extended" given, but the shader compiler of ${adapterName} keeps no form of two-float arithmetic ` +
        'exact; "single" expected',
    );
  }
}
