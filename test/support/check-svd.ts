import { expect } from "vitest";
import type { Engine } from "../../src/index.ts";
import { lapackRatios, passingRatio } from "./lapack-ratios.ts";
import { relativeError, ULP } from "./numbers.ts";
import { referenceSingularValues } from "./svd-oracle.ts";

/** Expects that the SVD of a well-conditioned matrix passes LAPACK's tests five times over, and has ml-matrix's σ. */
export async function checkSvd(engine: Engine, entries: Float32Array, rows: number, cols: number): Promise<void> {
  using matrix = await engine.matrix({ data: entries, rows, cols });
  using svd = await engine.svd(matrix);
  expect(svd.converged).toBe(true);
  expect(relativeError(svd.singularValues, referenceSingularValues(entries, rows, cols))).toBeLessThan(32 * ULP);
  const ratios = lapackRatios(entries, rows, cols, await svd.U.read(), svd.singularValues, await svd.V.read());
  expect(ratios.ordered).toBe(true);
  for (const ratio of [ratios.r1, ratios.r2, ratios.r3]) expect(ratio).toBeLessThan(passingRatio / 5);
}
