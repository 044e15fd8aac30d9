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

export interface LeadingTripletsOptions extends RunOptions {
  readonly components: number;
  readonly maxRestarts: number;
}

export interface LeadingTriplets extends Triplets {
  readonly products: number;
  readonly converged: boolean;
}

/** A residual counts as small up to this share of σ₁, and so does a change of σ from one search to the next. */
const TOLERANCE = 2 ** -20;

/** Columns that a search adds at first to those that are known. */
const SEARCH_COLUMNS = 10;

/**
 * Residuals by which the next σ of a search must lie below σ_K, unless its residual is small. In exact arithmetic a larger
 * one that the search has missed is at most |c/c'|·residual/2 above the one that it has found, about, where c and c' are
 * the shares of the two in the random vector that it started from: |c/c'| > 100 has the probability 2/(100π).
 */
const SURE = 100;

/**
 * The leading K triplets by Golub–Kahan–Lanczos bidiagonalisation with thick restarts (Baglama & Reichel 2005), in the
 * units given; the buffers of U and V are the arena's.
 *
 * A Krylov space holds one vector of each space of equal σ. When K triplets have converged, a search therefore goes on
 * from a random vector orthogonal to them, until the next σ is surely not above σ_K. Each search that has found something
 * else, which may again be one vector of several, is followed by another.
 */
export async function findLeadingTriplets(
  gpu: Gpu,
  arena: Arena,
  a: LinearOperator,
  units: Units,
  { components, maxRestarts, signal, onProgress }: LeadingTripletsOptions,
): Promise<LeadingTriplets> {
  const most = Math.min(a.rows, a.cols);
  const mostColumns = Math.min(most, 2 * components + 10);
  return gpu.withArena(async (own) => {
    const process = await Bidiagonalisation.begin(gpu, own, a, units, mostColumns);
    let columns = mostColumns;
    let known: Float64Array | undefined; // σ of the search before
    for (let restarts = 0; ; ) {
      await process.fill(columns, signal);
      const turn = await projectedSvd(gpu, process.projected(), columns, signal);
      const singularValues = turn.singularValues.subarray(0, components);
      const sigma = (i: number) => turn.singularValues[i] as number;
      // What the projection leaves out: Aᵀu_i − σ_i·v_i = rest·(last entry of left vector i)·v.
      const residual = (i: number) => Math.abs(process.rest * (turn.left[(columns - 1) * columns + i] as number));
      const least = TOLERANCE * sigma(0);
      const missing = singularValues.filter((_, i) => residual(i) > least).length;
      onProgress?.({ stage: "truncated SVD", fraction: 1 - missing / components });

      const isWhole = process.exhausted || columns === most;
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
        columns = Math.min(mostColumns, components + SEARCH_COLUMNS);
      } else if (!converged && restarts < maxRestarts) {
        restarts++;
        await process.restart({ ...turn, kept: Math.min(components + 5, columns - 1) }, signal);
        columns = mostColumns;
      } else {
        const vectors = await process.vectors(arena, { ...turn, kept: components }, signal);
        return { singularValues, ...vectors, products: process.products, converged };
      }
    }
  });
}

/** Columns up to which the host takes some 10 ms, where the GPU's three waits last up to 100 ms each. */
const MOST_ON_HOST = 64;

/** The SVD of a projection, n × n, row-major: on the host where it is small, else on the GPU, which may take longer. */
async function projectedSvd(gpu: Gpu, entries: Float64Array, n: number, signal?: AbortSignal): Promise<SquareSvd> {
  if (n <= MOST_ON_HOST) return jacobiSvd(entries, n);
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
