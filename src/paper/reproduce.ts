import { ArgumentError, type Engine, type RunOptions } from "../index.ts";
import { checkWindow, type WindowData } from "./c1-window.ts";
import { checkDecay } from "./c2-decay.ts";
import { checkBandwidth } from "./c3-bandwidth.ts";
import { checkScale, type ScaleData } from "./c4-scale.ts";
import { type ComponentData, checkComponents } from "./c5-components.ts";
import { checkFiniteWidth, type FiniteWidthData } from "./c6-finite-width.ts";
import { checkIterationsTrack } from "./c7-iterations-track.ts";
import { checkScaleTracks } from "./c8-scale-tracks.ts";
import { checkIterations, type IterationCurve } from "./c9-iterations.ts";
import { checkMask, type MaskAgreement } from "./c12-mask.ts";
import { type ClaimContext, type ClaimResult, convergenceNote, lend, overSweeps, type Study } from "./claim.ts";
import { columnOf, dot } from "./measures.ts";
import { compareMethods, type MethodComparison, type SpectrumWithSignal } from "./method-comparison.ts";
import { batchOf, type Grid, type NormalisedSpectrum, normalise, offsetGrid, type SpectraBatch } from "./spectra.ts";
import type { PsnrFigure } from "./tracking.ts";

export type { ClaimResult } from "./claim.ts";

interface ReproduceOptions extends RunOptions {
  /** The signal of C7, C8 and CGLS, N ≥ 64 samples in [0, 1]; N also sizes the spectra of C2, C3, C5 and C9. */
  readonly row: ArrayLike<number>;
  /** M of C7 and C8, at least N; 2N unless given. */
  readonly width?: number;
}

/** The numbers of each figure. */
export interface FigureData {
  readonly window: WindowData;
  readonly decay: readonly NormalisedSpectrum[];
  readonly bandwidth: readonly NormalisedSpectrum[];
  readonly scale: ScaleData;
  readonly components: ComponentData;
  readonly finiteWidth: FiniteWidthData;
  readonly iterationsTrack: PsnrFigure;
  readonly scaleTracks: PsnrFigure;
  readonly iterations: readonly IterationCurve[];
  readonly mask: MaskAgreement;
  /** Not in the paper: the optimisers, compared as filters on the spectra of C9. */
  readonly methods: MethodComparison;
}

/** The claims in the order of the table, by the names of their numbers. */
type Studies = { readonly [Name in Exclude<keyof FigureData, "methods">]: Study<FigureData[Name]> };

export interface Reproduction {
  /** The adapter that computed it. */
  readonly adapter: string;
  readonly claims: readonly ClaimResult[];
  readonly data: FigureData;
}

/** The stages, and the share of the time that each takes, measured at N = 256 on a software adapter. */
const STAGES = {
  C1: { title: "the window of the mask", share: 3 },
  C2: { title: "decay of the spectra, components, iterations", share: 28 },
  C3: { title: "bandwidth of sinc and Gaussian", share: 26 },
  C4: { title: "the scale of the spline activations", share: 10 },
  C6: { title: "components at finite width", share: 1 },
  C7: { title: "reconstruction by iterations", share: 14 },
  C8: { title: "reconstruction by scale", share: 9 },
  C12: { title: "descent against its mask", share: 9 },
  methods: { title: "compared as filters", share: 5 },
} as const;

const MONOTONIC = ["heaviside", "tanh", "relu", "gelu", "silu", "relu2"] as const;

/**
 * Recomputes the claims C1 to C9 and C12 of the paper on `engine`, with the numbers of its figures 2 to 6 and 8, and
 * compares the methods on the spectra of C9. Progress is the fraction of all claims, and its stage names the current one.
 * All GPU memory is free again at the end, also after a failure or an abort.
 * @throws ArgumentError where `row` has fewer than 64 samples or one outside [0, 1], or `width` is below N.
 */
export async function reproduce(
  engine: Engine,
  { row, width = 2 * row.length, signal, onProgress }: ReproduceOptions,
): Promise<Reproduction> {
  const samples = row.length;
  if (samples < 64) throw new ArgumentError(`row: ${samples} samples given, at least 64 expected`);
  const outside = Array.from(row).findIndex((value) => !(value >= 0 && value <= 1));
  if (outside >= 0) throw new ArgumentError(`row[${outside}]: ${row[outside]} given, a number from 0 to 1 expected`);
  if (!Number.isSafeInteger(width) || width < samples) {
    throw new ArgumentError(`width: ${width} given, an integer of at least ${samples}, the samples, expected`);
  }

  const total = Object.values(STAGES).reduce((sum, { share }) => sum + share, 0);
  let done = 0;
  const stage = async <T>(id: keyof typeof STAGES, work: (context: ClaimContext) => Promise<T>): Promise<T> => {
    const { title, share } = STAGES[id];
    const report = (fraction: number) => {
      signal?.throwIfAborted();
      onProgress?.({ fraction: (done + fraction * share) / total, stage: `${id} ${title}` });
    };
    report(0);
    const outcome = await work({ engine, signal, report });
    report(1);
    done += share;
    return outcome;
  };

  const grid = offsetGrid(samples);
  const window = await stage("C1", checkWindow);
  const monotonic = await stage("C2", (context) => checkMonotonic(context, row, grid));
  const bandwidth = await stage("C3", (context) => checkBandwidth(context, samples, grid));
  const scale = await stage("C4", (context) => checkScale(context, samples));
  const finiteWidth = await stage("C6", checkFiniteWidth);
  const iterationsTrack = await stage("C7", (context) => checkIterationsTrack(context, row, width));
  const scaleTracks = await stage("C8", (context) => checkScaleTracks(context, row, width));
  const mask = await stage("C12", checkMask);
  const methods = await stage("methods", (context) => compareMethods(context, monotonic.spectra));

  const { decay, components, iterations } = monotonic;
  const studies: Studies = {
    window,
    decay,
    bandwidth,
    scale,
    components,
    finiteWidth,
    iterationsTrack,
    scaleTracks,
    iterations,
    mask,
  };
  const numbers = Object.entries(studies).map(([name, { data }]) => [name, data]);
  return {
    adapter: engine.info.adapterName,
    claims: Object.values(studies).map(({ result }) => result),
    data: { ...(Object.fromEntries(numbers) as Omit<FigureData, "methods">), methods },
  };
}

/** C2, C5, C9 and the comparison of the methods share one batch of SVDs. */
async function checkMonotonic(
  { engine, signal, report }: ClaimContext,
  y: ArrayLike<number>,
  { x, b, name }: Grid,
): Promise<{
  decay: Study<readonly NormalisedSpectrum[]>;
  components: Study<ComponentData>;
  iterations: Study<readonly IterationCurve[]>;
  spectra: readonly SpectrumWithSignal[];
}> {
  const samples = y.length;
  const shape = { rows: samples, cols: samples };
  const members = MONOTONIC.map((activation) => ({ activation, scale: samples }));
  return lend(engine.activationMatrix({ ...batchOf(members), x, b }), (matrix) =>
    lend(engine.svd(matrix, { signal, onProgress: overSweeps(report) }), async (svd) => {
      const batch: SpectraBatch = normalise(members, svd);
      const parameters = `N = M = ${samples}, ω = ${samples}, ${name}${convergenceNote(svd)}`;
      const U = await svd.U.read();
      return {
        decay: checkDecay(batch, name),
        components: checkComponents({ activations: MONOTONIC, U, samples, parameters }),
        iterations: checkIterations(batch, name),
        spectra: batch.spectra.map((spectrum, member) => ({
          ...spectrum,
          coefficients: spectrum.ratios.map((_, k) => dot(columnOf(U, shape, k, member), y)),
        })),
      };
    }),
  );
}
