import { requireLoops } from "./adapter/loop-check.ts";
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

export interface EngineInfo extends DeviceInfo {
  /** The form of two-float arithmetic that is exact on this device; where it is "none", extended precision is refused. */
  readonly twoFloat: "fma" | "split" | "none";
}

/**
 * @throws NoAdapterError where there is no WebGPU, or no adapter whose driver computes right; DeviceLostError where the
 * device is lost.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { gpu, device } = readEngineOptions(options);
  const own = new Gpu(device ?? (await requestDevice(gpu ?? globalThis.navigator?.gpu)));
  try {
    const [twoFloat] = await allDone([selectTwoFloat(own), requireLoops(own), requireAnswer(own)]);
    return Engine.create(own, twoFloat, !device);
  } catch (error) {
    if (!device) own.device.destroy();
    throw error;
  }
}

/**
 * Builds activation matrices, takes their SVD and runs gradient descent on them, on one GPU device. Owns every buffer it
 * makes, those of the matrices it returns included, and the device unless the caller brought it. A call rejects with
 * DestroyedError where the engine, or a matrix or operator that it works on, is destroyed before its end; one that fails, in
 * whichever way, leaves no buffer behind.
 */
export class Engine {
  readonly info: EngineInfo;
  readonly #gpu: Gpu;
  readonly #read: ReturnType<typeof createReaders>;
  readonly #ownsDevice: boolean;

  private constructor(gpu: Gpu, twoFloat: EngineInfo["twoFloat"], ownsDevice: boolean) {
    this.#gpu = gpu;
    this.#read = createReaders(gpu);
    this.#ownsDevice = ownsDevice;
    this.info = { ...describeDevice(gpu.device), twoFloat };
  }

  /** @internal */
  static create(gpu: Gpu, twoFloat: EngineInfo["twoFloat"], ownsDevice: boolean): Engine {
    return new Engine(gpu, twoFloat, ownsDevice);
  }

  /** Bytes and buffers that the engine holds on the GPU now. */
  get memory(): MemoryUse {
    return this.#gpu.memory.use;
  }

  /** Resolves when the device is lost: every pending call rejects then, and a new engine is needed. */
  get lost(): Promise<DeviceLostError> {
    return this.#gpu.lost;
  }

  /**
   * A[n,m] = η(ω·(Σ_d v[m,d]·x[n,d] − b[m])), N×M, each entry within 2e-7·max|A| of its float64 value for every named
   * activation; an expression of your own is as accurate as the adapter's built-in functions.
   * @throws ArgumentError on lengths that do not fit, NotFiniteError on values beyond float32, ShaderError with line and
   * column on a bad expression, LimitError on a matrix that is too large, PrecisionError where extended precision is not
   * available.
   */
  async activationMatrix(options: ActivationMatrixOptions): Promise<Matrix> {
    const { activation, scale, precision, x, b, v, ...run } = this.#read.activationMatrix(options);
    const extended = this.#formFor(precision) !== undefined;
    const positions = { x, b, ...(v && { v }) };
    const plan = planActivations({ activation, scale: scale ?? 1, ...positions });
    return computeActivationMatrix(this.#gpu, { twoFloat: this.#form, extended }, plan, run);
  }

  /**
   * The same matrix as an operator that multiplies without being stored, or is stored where that is faster: see
   * `ActivationOperator`. Heaviside and ReLUᵖ, p ≤ 3, take O(N + M) a product, and no room of N×M.
   * @throws as `activationMatrix`, and ArgumentError on a form that the activation does not have.
   */
  async activationOperator(options: ActivationOperatorOptions): Promise<ActivationOperator> {
    return createOperator(this.#gpu, this.#form, this.#read.activationOperator(options));
  }

  /**
   * A matrix of your own: batch × rows × cols numbers, row-major, rounded to float32, or to about 48 bits where extended.
   * @throws ArgumentError on a length that does not fit, NotFiniteError on NaN, infinity or a value beyond float32,
   * PrecisionError where extended precision is not available.
   */
  async matrix(options: MatrixOptions): Promise<Matrix> {
    const own = this.#read.matrixOptions(options);
    this.#formFor(own.precision);
    return uploadMatrix(this.#gpu, own);
  }

  /**
   * The singular value decomposition A = U·diag(σ)·Vᵀ of each matrix of a batch, economy size, by a pivoted QR and one-sided
   * block Jacobi (after LAPACK's SGEJSV and MAGMA's batched form), in the precision of A unless `precision` is given. `converged` is false where `maxSweeps` was not enough.
   * @throws NotFiniteError where A holds NaN or infinity; LimitError where a buffer is beyond the device: the largest holds
   * a copy of A, its longer side a multiple of 4, or n × 2n numbers, n = min(N, M) as a multiple of 32, in extended precision
   * twice n × (max(N, M) + n); PrecisionError where extended precision is not available.
   */
  async svd(a: Matrix, options: SvdOptions = {}): Promise<Svd> {
    const [matrix, own] = [this.#read.matrix("a", a), this.#read.svd(options)];
    return computeSvd(this.#gpu.on(matrix), this.#formFor(own.precision ?? matrix.precision), matrix, own);
  }

  /** The singular values alone, as `svd` finds them; no vectors are turned along, and there is nothing to free. */
  async singularValues(a: Matrix, options: SvdOptions = {}): Promise<Spectrum> {
    const [matrix, own] = [this.#read.matrix("a", a), this.#read.svd(options)];
    return computeSingularValues(this.#gpu.on(matrix), this.#formFor(own.precision ?? matrix.precision), matrix, own);
  }

  /**
   * The leading K singular triplets of a matrix or an operator, by Lanczos bidiagonalisation, from products alone: for
   * operators as large as memory holds (N + M)·(4K + 10) numbers. `converged` says that a search from a random vector
   * found no other σ above the last: equal ones are found one by one.
   * @throws ArgumentError for a batch, or where K is not in 1 … min(N, M).
   */
  async truncatedSvd(a: LinearOperator, options: TruncatedSvdOptions): Promise<TruncatedSvd> {
    const [operator, own] = [this.#read.operator("a", a), this.#read.truncatedSvd(options)];
    return computeTruncatedSvd(this.#gpu.on(operator), operator, own);
  }

  /** σ₁, to about 1e-6, from products alone: 1/σ₁² is the iteration-efficient learning rate. */
  async largestSingularValue(a: LinearOperator, options: RunOptions = {}): Promise<number> {
    const [operator, run] = [this.#read.operator("a", a), this.#read.largestSingularValue(options)];
    return computeLargestSingularValue(this.#gpu.on(operator), operator, run);
  }

  /**
   * Minimises ½‖Aw − y‖² by gradient descent, w ← w − α Aᵀ(Aw − y), or by another of `methods`, in one or many runs at once:
   * y is N numbers or runs × N, and what is given once (A, y, method, initial weights) serves all runs.
   * @throws DivergedError with the step at which the first run diverged, which takes an unstable method (α ≥ 2/σ₁²);
   * ArgumentError where counts do not fit or a method lacks its basis, NotFiniteError on numbers beyond float32.
   */
  async descend(a: LinearOperator, y: ArrayLike<number>, options: DescentOptions): Promise<Descent> {
    const read = this.#read;
    const [operator, targets, own] = [read.operator("a", a), read.numbers("y", y), read.descend(options)];
    const { basis, stopping } = own;
    const others = [...(basis ? [basis.V] : []), ...(stopping?.rule === "heldOut" ? [stopping.matrix] : [])];
    return descend(this.#gpu.on(operator, ...others), operator, targets, own);
  }

  /**
   * Applies a shrinkage operator in the basis of an SVD, ŷ = U (m(σ) ∘ Uᵀy) and w = V (m(σ)/σ ∘ Uᵀy): y is N numbers or
   * runs × N, one run a matrix where the SVD is of a batch; `mask` is one function m for all runs, or an array of one a run.
   * A σ below the SVD's noise floor counts as 0, unless `cutoff` says otherwise. Computes in two-floats where U and V are
   * extended, and with y of any size.
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
   * Uᵀy and what lies outside of U, for y of N numbers or runs × N, as `shrink` takes it. Gives one problem a run, as the
   * rules for stopping take it: `const [problem] = await engine.project(svd, y)`, then `gcvIterations({ method,
   * maxIterations, ...problem })`. Computes in two-floats where U is extended; its σ are 0 where they are so in `shrink`.
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

  /** Frees every buffer that the engine made, and its own device; a device that you brought stays. */
  destroy(): void {
    this.#gpu.destroy();
    if (this.#ownsDevice) this.#gpu.device.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /** The two-float arithmetic for positions and extended vectors; where none is exact, and there are no such vectors, "split". */
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
