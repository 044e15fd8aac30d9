import { type ActivationName, linspace, offsetBiases, offsetSamples } from "../index.ts";
import { lend, overSweeps, type StudyContext } from "./study.ts";

/** Sample positions and biases on [0, 1], and their description. */
export interface Grid {
  readonly name: string;
  readonly x: Float64Array;
  readonly b: Float64Array;
}

/** Both ends of [0, 1] included. */
export function linspaceGrid(samples: number, width: number): Grid {
  return { name: "x = n/(N−1), b = m/(M−1)", x: linspace(0, 1, samples), b: linspace(0, 1, width) };
}

/**
 * A grid without dead neurons; with N = M Heaviside gives the lower triangular matrix of ones, and ReLU its square over N.
 */
export function offsetGrid(samples: number, width = samples): Grid {
  return { name: "x = (n+1)/N, b = m/M", x: offsetSamples(samples), b: offsetBiases(width) };
}

/** Singular values of one activation matrix, relative to the largest. */
export interface NormalisedSpectrum {
  readonly activation: ActivationName;
  /** ω. */
  readonly scale: number;
  /** σ_k/σ_1, descending. */
  readonly ratios: readonly number[];
  /** Relative to σ_1: smaller values may be rounding, and no claim uses them. */
  readonly floor: number;
}

/** A batch of spectra, and whether its SVD converged. */
export interface SpectraBatch {
  readonly spectra: readonly NormalisedSpectrum[];
  readonly sweeps: number;
  readonly converged: boolean;
}

/** One of the matrices of a batch. */
export interface Member {
  readonly activation: ActivationName;
  readonly scale: number;
}

/** The spectrum of each member on one grid, in one batch. */
export async function measureSpectra(
  { engine, signal, report }: StudyContext,
  members: readonly Member[],
  { x, b }: Grid,
): Promise<SpectraBatch> {
  return lend(engine.activationMatrix({ ...batchOf(members), x, b }), async (matrix) =>
    normalise(members, await engine.singularValues(matrix, { signal, onProgress: overSweeps(report) })),
  );
}

/** Activations and scales as `activationMatrix` takes them for a batch. */
export function batchOf(members: readonly Member[]): { activation: ActivationName[]; scale: number[] } {
  return { activation: members.map(({ activation }) => activation), scale: members.map(({ scale }) => scale) };
}

/** The spectra of a batch, each relative to its σ_1. */
export function normalise(
  members: readonly Member[],
  {
    singularValues,
    noiseFloor,
    sweeps,
    converged,
  }: { singularValues: Float64Array; noiseFloor: Float64Array; sweeps: number; converged: boolean },
): SpectraBatch {
  const count = singularValues.length / members.length;
  const spectra = members.map(({ activation, scale }, member) => {
    const values = singularValues.subarray(member * count, (member + 1) * count);
    const first = values[0] as number;
    return {
      activation,
      scale,
      ratios: Array.from(values, (value) => value / first),
      floor: (noiseFloor[member] as number) / first,
    };
  });
  return { spectra, sweeps, converged };
}

/** The leading σ_k/σ_1 that are above the floor. */
export function aboveFloor({ ratios, floor }: NormalisedSpectrum): readonly number[] {
  const end = ratios.findIndex((ratio) => ratio <= floor);
  return end < 0 ? ratios : ratios.slice(0, end);
}

/** The spectrum of one activation. */
export function spectrumOf(spectra: readonly NormalisedSpectrum[], activation: ActivationName): NormalisedSpectrum {
  return spectra.find((spectrum) => spectrum.activation === activation) as NormalisedSpectrum;
}
