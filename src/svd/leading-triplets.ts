import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats, readBack } from "../gpu/read-back.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import type { LinearOperator } from "../operator/linear-operator.ts";
import { jacobiSvd, type SquareSvd } from "../theory/jacobi.ts";
import { Bidiagonalisation } from "./bidiagonalisation.ts";
import type { Units } from "./krylov-basis.ts";
import type { Triplets } from "./residuals.ts";
import { computeSvd } from "./svd.ts";

interface LeadingTripletsOptions extends RunOptions {
  readonly components: number;
  readonly maxRestarts: number;
}

interface LeadingTriplets extends Triplets {
  readonly products: number;
  readonly converged: boolean;
}

/** A residual, or a change of σ from one search to the next, counts as small up to this share of σ₁. */
const TOLERANCE = 2 ** -20;

/** Columns that a search adds at first to those that have converged. */
const SEARCH_COLUMNS = 10;

/**
 * The next σ of a search must lie below σ_K by this many times its residual, unless its residual is small. The search
 * may have missed a larger σ. In exact arithmetic that one is at most about |c/c'|·residual/2 above the one that was
 * found, where c and c' are the components of the two in the random vector that the search started from. The
 * probability of |c/c'| > 100 is 2/(100π).
 */
const SURE = 100;

/**
 * The leading K triplets by Golub–Kahan–Lanczos bidiagonalisation with thick restarts (Baglama & Reichel 2005), in the
 * units given. The arena owns the buffers of U and V.
 *
 * A Krylov space holds one vector of each space of equal σ. When K triplets have converged, a search therefore starts
 * from a random vector orthogonal to them, and ends when the next σ is almost certainly not above σ_K. A search that
 * finds another triplet is followed by one more search, since that triplet may again be one of several of equal σ.
 */
export async function findLeadingTriplets(
  gpu: Gpu,
  arena: Arena,
  a: LinearOperator,
  units: Units,
  { components, maxRestarts, signal, onProgress }: LeadingTripletsOptions,
): Promise<LeadingTriplets> {
  const count = Math.min(a.rows, a.cols);
  const maxColumns = Math.min(count, 2 * components + 10);
  return gpu.withArena(async (own) => {
    const process = await Bidiagonalisation.create(gpu, own, a, units, maxColumns);
    let columns = maxColumns;
    let known: Float64Array | undefined; // σ of the previous search
    for (let restarts = 0; ; ) {
      await process.fill(columns, signal);
      const turn = await projectedSvd(gpu, process.projected(), columns, signal);
      const singularValues = turn.singularValues.subarray(0, components);
      const sigma = (i: number) => turn.singularValues[i] as number;
      // The part that the projection leaves out: Aᵀu_i − σ_i·v_i = rest·(last entry of left vector i)·v.
      const residual = (i: number) => Math.abs(process.rest * (turn.left[(columns - 1) * columns + i] as number));
      const least = TOLERANCE * sigma(0);
      const missing = singularValues.filter((_, i) => residual(i) > least).length;
      onProgress?.({ stage: "truncated SVD", fraction: 1 - missing / components });

      const isWhole = process.exhausted || columns === count;
      const isNextBelow =
        components >= columns ||
        residual(components) <= least ||
        sigma(components) + SURE * residual(components) <= sigma(components - 1);
      const isFound = missing === 0 && (isNextBelow || !(known || isWhole));
      const isUnchanged = known?.every((value, i) => Math.abs(value - sigma(i)) <= least) ?? false;
      const converged = isFound && (isWhole || isUnchanged);
      if (isFound && !converged) {
        known = singularValues;
        restarts = 0;
        await process.search({ ...turn, kept: components }, signal);
        columns = Math.min(maxColumns, components + SEARCH_COLUMNS);
      } else if (!converged && restarts < maxRestarts) {
        restarts++;
        await process.restart({ ...turn, kept: Math.min(components + 5, columns - 1) }, signal);
        columns = maxColumns;
      } else {
        const vectors = await process.vectors(arena, { ...turn, kept: components }, signal);
        return { singularValues, ...vectors, products: process.products, converged };
      }
    }
  });
}

/** Up to this many columns the host takes about 10 ms. On the GPU, three waits take up to 100 ms each. */
const MAX_ON_HOST = 64;

/** The SVD of a projection, n × n, row-major: on the host where it is small, else on the GPU. */
async function projectedSvd(gpu: Gpu, entries: Float64Array, n: number, signal?: AbortSignal): Promise<SquareSvd> {
  if (n <= MAX_ON_HOST) return jacobiSvd(entries, n);
  return gpu.withArena(async (arena) => {
    const buffer = await gpu.guard("truncatedSvd", () => arena.upload("projection", Float32Array.from(entries)));
    const matrix = Matrix.create(gpu, { rows: n, cols: n, batch: 1, buffer });
    const { singularValues, U, V } = await computeSvd(gpu, undefined, matrix, { signal });
    try {
      const [left, right] = await readBack(gpu, [floats(U.buffer, n * n), floats(V.buffer, n * n)]);
      return { singularValues, left: Float64Array.from(left), right: Float64Array.from(right) };
    } finally {
      U.destroy();
      V.destroy();
    }
  });
}
