import * as Plot from "@observablehq/plot";
import { brief, list } from "../format.ts";
import { type Engine, iterationsToKeep, type Method, masks, methods, type Svd } from "../index.ts";
import { drawLines } from "./law-plot.ts";
import { columnOf, combine, dot, maxDifference } from "./measures.ts";
import { type Draw, decades, octaves } from "./plot-style.ts";
import { offsetGrid } from "./spectra.ts";
import {
  type Conclusion,
  convergenceNote,
  defineStudy,
  type Finding,
  lend,
  lendSvd,
  type StudyContext,
  verdictOf,
} from "./study.ts";

const SAMPLES = 64;
/** K. */
const COMPONENTS = 32;
/** k of EigenPro. */
const EIGENVECTORS = 8;
/** Steps of the comparison with descent on the changed spectrum. */
const STEPS = 4;
/** Some roundings of float32 in each step: of A, of U and of V, of sums over N terms. */
const TOLERANCE = (STEPS + 3) * Math.sqrt(SAMPLES) * 2 ** -23;

/** A preconditioned method as gradient descent on another spectrum. */
export interface ChangedSpectrum {
  readonly method: string;
  /** σ′_k/σ′_1: the spectrum on which gradient descent does the same. */
  readonly ratios: readonly number[];
  /** The same from the masks of the method's own steps; those with a mask from 0.02 to 0.98. */
  readonly measured: readonly { readonly component: number; readonly ratio: number }[];
  /** Steps that keep K components: of the method on A, and of gradient descent on the changed spectrum. */
  readonly iterations: number;
  readonly iterationsOnChanged: number;
  /** The largest difference of its mask to that on the changed spectrum, run and by formula. */
  readonly apart: number;
}

/** L8: EigenPro and damped Newton, beside gradient descent on the spectra that they change A to. */
async function checkPreconditioning(context: StudyContext): Promise<Conclusion<readonly ChangedSpectrum[]>> {
  const { found, note } = await measureSpectra(context);
  return { data: found, finding: findingOf(found, note) };
}

async function measureSpectra({
  engine,
  signal,
  report,
}: StudyContext): Promise<{ found: ChangedSpectrum[]; note: string }> {
  const { x, b } = offsetGrid(SAMPLES);
  const given = engine.activationMatrix({ activation: "heaviside", x, b });
  return lendSvd(engine, given, { signal }, async (svd, matrix) => {
    const { singularValues } = svd;
    const [U, V] = [await svd.U.read(), await svd.V.read()];
    const columns = Array.from({ length: SAMPLES }, (_, k) => columnOf(U, svd.U, k));
    // Uᵀy = 1: the prediction in the basis of U is the mask itself.
    const y = combine(U, Array<number>(SAMPLES).fill(1));
    const maskOf = async (a: Parameters<Engine["descend"]>[0], options: { method: Method; basis?: Svd }) => {
      const { prediction } = await engine.descend(a, y, { ...options, iterations: STEPS, signal });
      return columns.map((u) => dot(u, prediction));
    };
    const square = (k: number) => (singularValues[k - 1] as number) ** 2;
    const lambda = square(COMPONENTS);
    const next = square(EIGENVECTORS + 1);
    const flattened = singularValues.map((s) => Math.min(s, Math.sqrt(next)));
    const damped = singularValues.map((s) => Math.sqrt((s * s) / (s * s + lambda)));
    const cases = [
      { label: "gradient descent", changed: singularValues, rate: 1 / square(1) },
      {
        label: "EigenPro",
        changed: flattened,
        rate: 1 / next,
        method: methods.eigenPro({ learningRate: 1 / next, eigenvectors: EIGENVECTORS, singularValues }),
      },
      {
        label: "damped Newton",
        changed: damped,
        rate: 1,
        method: methods.preconditioned({ learningRate: 1, lambda }),
      },
    ];
    const found: ChangedSpectrum[] = [];
    for (const [done, { label, changed, rate, method }] of cases.entries()) {
      report(done / cases.length);
      const descent = methods.gradientDescent({ learningRate: rate });
      const own = await maskOf(matrix, { method: method ?? descent, ...(method && { basis: svd }) });
      // U·diag(σ′)·Vᵀ
      const data = Float64Array.from({ length: SAMPLES * SAMPLES }, (_, at) => {
        const [n, m] = [Math.floor(at / SAMPLES), at % SAMPLES];
        return changed.reduce(
          (sum, s, k) => sum + s * (U[n * SAMPLES + k] as number) * (V[m * SAMPLES + k] as number),
          0,
        );
      });
      const onChanged = await lend(engine.matrix({ data, rows: SAMPLES, cols: SAMPLES }), (a) =>
        maskOf(a, { method: descent }),
      );
      const formula = Array.from(changed, masks.gradientDescent({ learningRate: rate, iterations: STEPS }));
      const [first] = changed as unknown as [number];
      const keep = { components: COMPONENTS };
      found.push({
        method: label,
        ratios: Array.from(changed, (s) => s / first),
        measured: own.flatMap((m, k) =>
          m > 0.02 && m < 0.98
            ? [{ component: k + 1, ratio: Math.sqrt(-Math.expm1(Math.log1p(-m) / STEPS) / rate) / first }]
            : [],
        ),
        iterations: iterationsToKeep({ method: method ?? descent, singularValues, ...keep }),
        iterationsOnChanged: iterationsToKeep({ method: descent, singularValues: changed, ...keep }),
        apart: Math.max(maxDifference(own, formula), maxDifference(own, onChanged)),
      });
    }
    return { found, note: convergenceNote(svd) };
  });
}

export function findingOf(found: readonly ChangedSpectrum[], note: string): Finding {
  return {
    shows:
      `the mask of ${STEPS} steps against that of gradient descent on U·diag(σ′)·Vᵀ, run and by formula, within ` +
      `${brief(TOLERANCE)}: EigenPro has σ′ = min(σ, σ_${EIGENVECTORS + 1}), damped Newton σ′² = σ²/(σ² + λ); and ` +
      "equal numbers of steps to keep K components",
    measured:
      list(
        found.map(
          ({ method, apart, iterations, iterationsOnChanged, ratios }) =>
            `${method} within ${brief(apart)}, ${Math.ceil(iterations)} steps (${Math.ceil(iterationsOnChanged)}) ` +
            `with σ′_1/σ′_K = ${brief(1 / (ratios[COMPONENTS - 1] as number))}`,
        ),
      ) + note,
    verdict: verdictOf([
      found.every(({ apart }) => apart <= TOLERANCE),
      found.every(({ iterations, iterationsOnChanged }) => Math.ceil(iterations) === Math.ceil(iterationsOnChanged)),
    ]),
    parameters: `Heaviside, N = M = ${SAMPLES}, K = ${COMPONENTS}, k = ${EIGENVECTORS}, λ = σ_K², ${offsetGrid(SAMPLES).name}`,
  };
}

/** The spectra, with what the methods' own steps show of them. */
const figure: Draw<readonly ChangedSpectrum[]> = (found, document) => ({
  title: "Preconditioners change the spectrum",
  caption:
    "σ′ₖ/σ′₁ of the spectrum on which gradient descent does what the method does on A. Lines: the formula. Dots: " +
    "from the masks of four " +
    "steps of each method. The flatter the spectrum, the fewer steps keep K = 32 components (dashed).",
  svg: drawLines(document, "Normalised spectra on which gradient descent equals EigenPro and damped Newton", {
    x: { ...octaves([1, SAMPLES]), label: "component, k" },
    y: { ...decades([0.005, 1.2]), label: "σ′ₖ/σ′₁" },
    lines: found.flatMap(({ method, ratios, measured }) => [
      { label: method, x: ratios.map((_, k) => k + 1), y: ratios },
      {
        label: method,
        x: measured.map(({ component }) => component),
        y: measured.map(({ ratio }) => ratio),
        dots: true,
      },
    ]),
    marks: [Plot.ruleX([COMPONENTS], { strokeDasharray: "4 3", strokeOpacity: 0.5 })],
  }),
});

export const preconditioning = defineStudy({
  id: "L8",
  name: "preconditioning",
  figure: "–",
  claim:
    "EigenPro and damped Newton are gradient descent on a changed spectrum, min(σ, σ_{k+1}) and σ²/(σ² + λ), whose " +
    "range sets the number of steps",
  stage: { title: "preconditioners as changed spectra", share: 0.5 },
  measure: checkPreconditioning,
  figures: { "figure-L8": figure },
});
