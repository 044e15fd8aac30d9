import * as Plot from "@observablehq/plot";
import { fixed, list } from "../format.ts";
import { masks, randomNeurons } from "../index.ts";
import { activationMatrixTwin } from "../theory/activations.ts";
import { createRandom } from "../theory/random.ts";
import { drawLines } from "./law-plot.ts";
import { type Draw, decades, octaves } from "./plot-style.ts";
import {
  type Conclusion,
  convergenceNote,
  defineStudy,
  type Finding,
  lendSvd,
  type StudyContext,
  verdictOf,
} from "./study.ts";

/** N. */
const SAMPLES = 32;
const DIMENSIONS = 6;
/** M. */
const WIDTHS = [4, 8, 16, 24, 28, 32, 36, 40, 64, 128, 256];
const SEEDS = 12;
const TESTED = 128;
/** The standard deviation of the noise; that of the truth is 1. */
const NOISE = 0.3;
/** Ridge's λ, as a share of σ_1². */
const PENALTY = 1e-3;

export interface WidthResult {
  readonly width: number;
  /** Medians over the seeds: of the error on new samples, with least squares of least norm and with ridge. */
  readonly leastSquares: number;
  readonly ridge: number;
  /** The median of the smallest singular value over the largest. */
  readonly smallest: number;
}

/** L9: random ReLU features of more and more neurons, through N = M. */
async function checkRandomFeatures(context: StudyContext): Promise<Conclusion<readonly WidthResult[]>> {
  const { results, note } = await measureWidths(context);
  return { data: results, finding: findingOf(results, note) };
}

async function measureWidths({
  engine,
  signal,
  report,
}: StudyContext): Promise<{ results: WidthResult[]; note: string }> {
  const draws = Array.from({ length: SEEDS }, (_, seed) => {
    const random = createRandom(seed + 1);
    const positions = (count: number) => Float64Array.from({ length: count * DIMENSIONS }, random.uniform);
    const [x, tested] = [positions(SAMPLES), positions(TESTED)];
    const noise = random.normals(SAMPLES);
    return {
      seed,
      x,
      tested,
      y: truthAt(x).map((value, n) => value + NOISE * (noise[n] as number)),
      truth: truthAt(tested),
    };
  });
  const results: WidthResult[] = [];
  let note = "";
  for (const [done, width] of WIDTHS.entries()) {
    report(done / WIDTHS.length);
    const features = draws.map(({ seed, x, tested }) => {
      const neurons = randomNeurons({ width, dimensions: DIMENSIONS, directions: "normal", seed });
      const matrixAt = (positions: Float64Array) =>
        activationMatrixTwin({ activation: "relu", x: positions, ...neurons });
      return { trained: matrixAt(x), tested: matrixAt(tested) };
    });
    const data = Float64Array.from(features.flatMap(({ trained }) => Array.from(trained)));
    const y = draws.flatMap((draw) => draw.y);
    const given = engine.matrix({ data, rows: SAMPLES, cols: width, batch: SEEDS });
    const outcome = await lendSvd(engine, given, { signal }, async (svd) => {
      note ||= convergenceNote(svd);
      const count = svd.singularValues.length / SEEDS;
      const first = (seed: number) => svd.singularValues[seed * count] as number;
      const least = await engine.shrink(svd, y, masks.ridge({ lambda: 0 }), { signal });
      const penalised = draws.map((_, seed) => masks.ridge({ lambda: PENALTY * first(seed) ** 2 }));
      const ridge = await engine.shrink(svd, y, penalised, { signal });
      const errorsOf = (weights: Float64Array) =>
        draws.map(({ truth }, seed) => {
          const own = weights.subarray(seed * width, (seed + 1) * width);
          return meanSquare(truth, product((features[seed] as (typeof features)[number]).tested, own));
        });
      return {
        leastSquares: errorsOf(least.weights),
        ridge: errorsOf(ridge.weights),
        smallest: draws.map((_, seed) => (svd.singularValues[(seed + 1) * count - 1] as number) / first(seed)),
      };
    });
    results.push({
      width,
      leastSquares: median(outcome.leastSquares),
      ridge: median(outcome.ridge),
      smallest: median(outcome.smallest),
    });
  }

  return { results, note };
}

export function findingOf(results: readonly WidthResult[], note: string): Finding {
  const at = (width: number) => results.find((result) => result.width === width) as WidthResult;
  const peak = results.reduce((worst, result) => (result.leastSquares > worst.leastSquares ? result : worst));
  const narrow = Math.min(...results.filter(({ width }) => width < SAMPLES).map(({ leastSquares }) => leastSquares));
  const widest = results.at(-1) as WidthResult;
  // With fewer neurons than samples, some may be 0 at every sample.
  const smallest = results
    .filter(({ width }) => width >= SAMPLES)
    .reduce((least, result) => (result.smallest < least.smallest ? result : least));
  const peakOfRidge = at(SAMPLES).ridge;
  return {
    shows:
      `the median error on ${TESTED} new samples over ${SEEDS} seeds, least squares of least norm: largest at N = M, ` +
      "where the smallest singular value is least, and at the widest network below that of every narrower than N; " +
      "ridge there below a third of it",
    measured:
      `least squares ${list(results.map(({ width, leastSquares }) => `${fixed(leastSquares, 2)} (M = ${width})`))}; ` +
      `largest at M = ${peak.width}, of M ≥ N σ_N/σ_1 is least at M = ${smallest.width}; the widest has ` +
      `${fixed(widest.leastSquares / narrow, 2)} times the error of the best narrow network; ridge at N = M ` +
      `${fixed(peakOfRidge, 2)}${note}`,
    verdict: verdictOf([
      peak.width === SAMPLES && smallest.width === SAMPLES,
      widest.leastSquares < narrow,
      peakOfRidge < peak.leastSquares / 3,
    ]),
    parameters:
      `ReLU, N = ${SAMPLES} samples in the unit cube of D = ${DIMENSIONS}, v ~ N(0, I), biases through the cube, a ` +
      `linear truth of variance 1, noise ${NOISE}, ridge λ = ${PENALTY}·σ_1²`,
  };
}

/** A linear truth of mean 0 and variance 1 over the unit cube. */
function truthAt(positions: Float64Array): number[] {
  return Array.from({ length: positions.length / DIMENSIONS }, (_, n) => {
    const own = positions.subarray(n * DIMENSIONS, (n + 1) * DIMENSIONS);
    return own.reduce((sum, position) => sum + (position - 0.5), 0) * Math.sqrt(12 / DIMENSIONS);
  });
}

function product(matrix: Float64Array, weights: Float64Array): number[] {
  return Array.from({ length: matrix.length / weights.length }, (_, n) =>
    weights.reduce((sum, w, m) => sum + w * (matrix[n * weights.length + m] as number), 0),
  );
}

function meanSquare(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0) / a.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** Errors over the width. */
const figure: Draw<readonly WidthResult[]> = (results, document) => {
  const x = results.map(({ width }) => width);
  const highest = Math.max(...results.map(({ leastSquares }) => leastSquares));
  const lowest = Math.min(...results.flatMap(({ ridge, leastSquares }) => [ridge, leastSquares]));
  const least = results.map(({ leastSquares }) => leastSquares);
  return {
    title: "Double descent at N = M",
    caption:
      "The median error on new samples of random ReLU features, over the number of neurons. Least squares of least " +
      "norm peaks where M is " +
      "the number of samples (dashed), because the smallest singular values there are near 0. Ridge does not.",
    svg: drawLines(document, "Test error of random features over their number, with a peak at the number of samples", {
      x: { ...octaves([x[0] as number, x.at(-1) as number]), label: "neurons, M" },
      y: { ...decades([lowest / 1.5, highest * 1.5]), label: "error on new samples" },
      marks: [
        Plot.ruleX([SAMPLES], { strokeDasharray: "4 3", strokeOpacity: 0.5 }),
        Plot.text(["M = N"], { x: [SAMPLES], y: [lowest / 1.5], dx: 5, dy: -8, textAnchor: "start" }),
      ],
      lines: [
        { label: "least squares", x, y: least },
        { label: "least squares", x, y: least, dots: true },
        { label: "ridge", x, y: results.map(({ ridge }) => ridge) },
      ],
    }),
  };
};

export const randomFeatures = defineStudy({
  id: "L9",
  name: "randomFeatures",
  figure: "–",
  claim: "The error of random features peaks where they first interpolate, at N = M, and falls again beyond",
  stage: { title: "random features through N = M", share: 3 },
  measure: checkRandomFeatures,
  figures: { "figure-L9": figure },
});
