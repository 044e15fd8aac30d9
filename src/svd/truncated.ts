import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import { floats, readBack } from "../gpu/read-back.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import type { LinearOperator } from "../operator/products.ts";
import { requireInteger } from "../theory/checks.ts";
import { Bidiagonalisation } from "./bidiagonalisation.ts";
import { computeSvd } from "./svd.ts";

export interface TruncatedSvdOptions extends RunOptions {
  /** K, of the leading singular triplets. */
  readonly components: number;
  /** Restarts after which the iteration is given up; default 30. */
  readonly maxRestarts?: number;
}

/** The leading K singular triplets of A. Owns `U` and `V`. */
export interface TruncatedSvd {
  /** K, descending. */
  readonly singularValues: Float64Array;
  /** rows × K and cols × K, orthonormal columns. */
  readonly U: Matrix;
  readonly V: Matrix;
  /** K: ‖Aᵀu − σv‖; a σ is within it of one of A's. */
  readonly residuals: Float64Array;
  /** Products with A, as many with Aᵀ. */
  readonly products: number;
  /** False where `maxRestarts` left a residual above 2⁻²⁰·σ₁. */
  readonly converged: boolean;
  destroy(): void;
  [Symbol.dispose](): void;
}

const MOST_RESTARTS = 30;
const TOLERANCE = 2 ** -20;

/**
 * The leading singular triplets by Golub–Kahan–Lanczos bidiagonalisation with full reorthogonalisation and thick restarts
 * (Baglama & Reichel 2005), from products with A and Aᵀ alone. Vectors of several equal σ are found as rounding brings
 * them in, one after the other.
 * @throws ArgumentError for a batch, or where K is not in 1 … min(rows, cols); NotFiniteError where A holds NaN or infinity.
 */
export async function computeTruncatedSvd(
  gpu: Gpu,
  a: LinearOperator,
  { components, maxRestarts = MOST_RESTARTS, signal, onProgress }: TruncatedSvdOptions,
): Promise<TruncatedSvd> {
  const { rows, cols, batch } = a;
  const most = Math.min(rows, cols);
  requireInteger("components", components, 1);
  requireInteger("maxRestarts", maxRestarts, 0);
  if (batch !== 1) throw new ArgumentError(`a batch of ${batch} matrices given, one expected`);
  if (components > most) throw new ArgumentError(`components: ${components} given, at most ${most} expected`);
  const steps = Math.min(most, 2 * components + 10);

  return gpu.withArena(async (arena) => {
    const process = await Bidiagonalisation.begin(gpu, arena, a, steps, signal);
    for (let restarts = 0; ; restarts++) {
      await process.fill(signal);
      const { singularValues, left, right } = await projectedSvd(gpu, process.projected(), steps);
      const first = singularValues[0] as number;
      // What the projection leaves out: Aᵀu_i − σ_i·v_i = rest·(last entry of left vector i)·v.
      const residuals = Float64Array.from({ length: components }, (_, i) =>
        Math.abs(process.rest * (left[(steps - 1) * steps + i] as number)),
      );
      const missing = residuals.filter((residual) => residual > TOLERANCE * first).length;
      onProgress?.({ stage: "truncated SVD", fraction: 1 - missing / components });
      if (missing > 0 && restarts < maxRestarts) {
        const kept = Math.min(components + 5, steps - 1);
        await process.restart({ singularValues, left, right, kept }, signal);
        continue;
      }
      const { U, V } = await process.vectors({ left, right, kept: components }, signal);
      const destroy = () => {
        U.destroy();
        V.destroy();
      };
      return {
        singularValues: singularValues.slice(0, components),
        U,
        V,
        residuals,
        products: process.products,
        converged: missing === 0,
        destroy,
        [Symbol.dispose]: destroy,
      };
    }
  });
}

/** σ₁ of `a`, to about 1e-6. */
export async function computeLargestSingularValue(gpu: Gpu, a: LinearOperator, run: RunOptions): Promise<number> {
  const svd = await computeTruncatedSvd(gpu, a, { ...run, components: 1 });
  svd.destroy();
  return svd.singularValues[0] as number;
}

/** The SVD of the projection, n × n, to the host. */
async function projectedSvd(gpu: Gpu, entries: Float64Array, n: number) {
  return gpu.withArena(async (arena) => {
    const buffer = await gpu.guard("truncatedSvd", () => arena.upload("projection", Float32Array.from(entries)));
    const { singularValues, U, V } = await computeSvd(gpu, undefined, new Matrix(gpu, buffer, n, n, 1), {});
    try {
      const [left, right] = await readBack(gpu, [floats(U.buffer, n * n), floats(V.buffer, n * n)]);
      return { singularValues, left, right };
    } finally {
      U.destroy();
      V.destroy();
    }
  });
}
