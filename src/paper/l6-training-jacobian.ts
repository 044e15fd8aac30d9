import { brief, fixed, list } from "../format.ts";
import { masks } from "../index.ts";
import { drawLines } from "./law-plot.ts";
import { columnOf, dot, maxDifference } from "./measures.ts";
import { type Draw, decades } from "./plot-style.ts";
import { offsetGrid } from "./spectra.ts";
import { type Conclusion, convergenceNote, defineStudy, lend, lendSvd, type StudyContext, verdictOf } from "./study.ts";

const SAMPLES = 24;
const WIDTH = 48;
const ITERATIONS = [10, 100, 300];
/** Descent uses a direction where it forgets at least this share of its start. */
const USED = 1 - 1 / Math.E;
/**
 * Each step rounds the entries of w and of the residual to float32, by half an ulp of numbers up to 1, and no later step
 * enlarges the errors. At worst all errors of one entry have one sign. Those of different entries are independent, so that
 * the norm of the error, by which a singular value moves at most, is about √M times an entry.
 */
const bound = (iterations: number) => (iterations + 3) * Math.sqrt(WIDTH) * 2 ** -24;

export interface JacobianSpectrum {
  readonly iterations: number;
  /** Singular values of the measured ∂w_q/∂w_0, descending. */
  readonly measured: readonly number[];
  /** M − N ones and (1 − ασ²)^q, descending. */
  readonly formula: readonly number[];
  /** The directions with a singular value of at most 1/e, and as many leading columns of V. */
  readonly used: number;
  /** The share of ‖w_q‖², from w_0 = 0, in those columns of V. */
  readonly share: number;
}

/** L6: ∂w_q/∂w_0 column by column, a descent from each unit vector. */
async function checkJacobian({
  engine,
  signal,
  report,
}: StudyContext): Promise<Conclusion<readonly JacobianSpectrum[]>> {
  const { x, b, name } = offsetGrid(SAMPLES, WIDTH);
  const given = engine.activationMatrix({ activation: "tanh", scale: SAMPLES, x, b });
  return lendSvd(engine, given, { signal }, async (svd, matrix) => {
    const V = await svd.V.read();
    const [first] = svd.singularValues as unknown as [number];
    const learningRate = first ** -2;
    const identity = Float64Array.from({ length: WIDTH * WIDTH }, (_, at) => (at % (WIDTH + 1) === 0 ? 1 : 0));
    const y = Array.from(x, (position) => Math.sin(2 * Math.PI * position) + (position > 0.4 ? 0.5 : 0));
    const spectra: JacobianSpectrum[] = [];
    for (const [done, iterations] of ITERATIONS.entries()) {
      report(done / ITERATIONS.length);
      // With y = 0 the weights after q steps are J·w_0; J is symmetric, so that rows may stand for columns.
      const { weights } = await engine.descend(matrix, new Float64Array(SAMPLES * WIDTH), {
        learningRate,
        iterations,
        initialWeights: identity,
        signal,
      });
      const jacobian = engine.matrix({ data: weights, rows: WIDTH, cols: WIDTH });
      const { singularValues } = await lend(jacobian, (J) => engine.singularValues(J, { signal }));
      const mask = masks.gradientDescent({ learningRate, iterations });
      const kept = [...Array<number>(WIDTH - SAMPLES).fill(1), ...Array.from(svd.singularValues, (s) => 1 - mask(s))];
      const used = svd.singularValues.filter((s) => mask(s) >= USED).length;
      const trained = await engine.descend(matrix, y, { learningRate, iterations, signal });
      const along = Array.from({ length: used }, (_, k) => dot(columnOf(V, svd.V, k), trained.weights) ** 2);
      spectra.push({
        iterations,
        measured: Array.from(singularValues),
        formula: kept.sort((a, b) => b - a),
        used,
        share: along.reduce((sum, square) => sum + square, 0) / dot(trained.weights, trained.weights),
      });
    }
    const apart = spectra.map(({ measured, formula }) => maxDifference(measured, formula));
    const ones = spectra.map(
      ({ measured, iterations }) => measured.filter((value) => Math.abs(value - 1) <= bound(iterations)).length,
    );
    return {
      data: spectra,
      finding: {
        shows:
          `singular values of the weights that descents from the ${WIDTH} unit vectors reach, against M − N ones and ` +
          "(1 − ασ²)^q, within (q + 3)·√M·2⁻²⁴; the columns of V that descent uses, those with (1 − ασ²)^q ≤ 1/e, " +
          "hold more than half of ‖w_q‖² from w_0 = 0",
        measured:
          `within ${list(apart.map(brief))} at q = ${list(ITERATIONS.map(brief))}; ${Math.min(...ones)} equal to 1 ` +
          `within rounding; descent uses ${list(spectra.map(({ used }) => String(used)))} of ${WIDTH} directions, ` +
          `which hold ${list(spectra.map(({ share }) => fixed(100 * share, 1)))} % of ‖w_q‖²${convergenceNote(svd)}`,
        verdict: verdictOf([
          apart.every((value, i) => value <= bound(ITERATIONS[i] as number)),
          ones.every((count) => count >= WIDTH - SAMPLES),
          spectra.every(({ share, used }) => share > 0.5 && used < SAMPLES),
        ]),
        parameters: `tanh, N = ${SAMPLES}, M = ${WIDTH}, ω = N, α = 1/σ_1², y a sine with a step, ${name}`,
      },
    };
  });
}

/** The figure leaves out what is rounding. */
const LOWEST = 1e-5;

/** Singular values of the training Jacobian in order. */
const figure: Draw<readonly JacobianSpectrum[]> = (spectra, document) => ({
  title: "The training Jacobian",
  caption:
    "Singular values of ∂w_q/∂w_0 for tanh after q steps. Lines: M − N ones and (1 − ασ²)^q. Dots: measured from " +
    "descents. Only the " +
    "directions at the right, the leading columns of V, forget where they began: they are the part that descent uses.",
  svg: drawLines(document, "Singular values of the training Jacobian after 10, 100 and 300 steps", {
    x: { domain: [1, WIDTH], label: "index of the singular value" },
    y: { ...decades([LOWEST, 2], 2), label: "singular value of ∂w_q/∂w_0" },
    lines: spectra.flatMap(({ iterations, measured, formula }) =>
      [formula, measured].map((values, dots) => {
        const shown = values.filter((value) => value > LOWEST);
        return { label: `q = ${iterations}`, x: shown.map((_, k) => k + 1), y: shown, dots: dots === 1 };
      }),
    ),
  }),
});

export const trainingJacobian = defineStudy({
  id: "L6",
  name: "trainingJacobian",
  figure: "arXiv 2412.07003",
  claim:
    "The weights after q steps depend on the first ones by (I − αAᵀA)^q: M − N directions keep their start, and " +
    "descent uses a small subspace, the leading columns of V",
  stage: { title: "the training Jacobian", share: 0.8 },
  measure: checkJacobian,
  figures: { "figure-L6": figure },
});
