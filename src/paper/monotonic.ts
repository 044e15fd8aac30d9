import { columnOf, dot } from "./measures.ts";
import { batchOf, normalise, offsetGrid, type SpectraBatch } from "./spectra.ts";
import { convergenceNote, defineMeasurement, lendSvd, overSweeps } from "./study.ts";

const ACTIVATIONS = ["heaviside", "tanh", "relu", "gelu", "silu", "relu2"] as const;

/** The SVD of the monotonic activations on the offset grid, with N = M = ω. */
export interface MonotonicSvd extends SpectraBatch {
  readonly samples: number;
  /** Uᵀy of each, for the row y. */
  readonly coefficients: readonly (readonly number[])[];
  /** The left singular vectors of each, spectra × samples × samples. */
  readonly U: Float32Array;
  readonly grid: string;
  /** Sizes and grid in words, and a note where the SVD has not converged. */
  readonly parameters: string;
}

/** One batch of SVDs, which C2, C5, C9 and the comparison of the methods share. */
export const monotonic = defineMeasurement({
  id: "SVD",
  stage: { title: "of the monotonic activations", share: 11 },
  async measure({ engine, row, signal, report }): Promise<MonotonicSvd> {
    const samples = row.length;
    const shape = { rows: samples, cols: samples };
    const { x, b, name } = offsetGrid(samples);
    const members = ACTIVATIONS.map((activation) => ({ activation, scale: samples }));
    const given = engine.activationMatrix({ ...batchOf(members), x, b });
    return lendSvd(engine, given, { signal, onProgress: overSweeps(report) }, async (svd) => {
      const batch = normalise(members, svd);
      const U = await svd.U.read();
      return {
        ...batch,
        samples,
        coefficients: members.map((_, member) =>
          Array.from({ length: samples }, (_, k) => dot(columnOf(U, shape, k, member), row)),
        ),
        U,
        grid: name,
        parameters: `N = M = ${samples}, ω = ${samples}, ${name}${convergenceNote(svd)}`,
      };
    });
  },
});
