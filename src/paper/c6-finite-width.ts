import { list, title } from "../format.ts";
import type { ActivationName } from "../index.ts";
import { columnOf, differences, totalVariation } from "./measures.ts";
import { panelGrid, panelsOf } from "./panels.ts";
import type { Draw } from "./plot-style.ts";
import { batchOf, offsetGrid } from "./spectra.ts";
import { type Conclusion, convergenceNote, defineStudy, lendSvd, type StudyContext, verdictOf } from "./study.ts";

const WIDTH = 32;
const SAMPLES = 512;
const COMPONENTS = 8;

/**
 * The total variation of the first difference of u_k, on a grid that is twice as fine: it stays where u_k jumps, and
 * halves where u_k is smooth, because ∫|u″| is divided among twice as many steps. 0.05 is a tenth of the difference of
 * the two ratios.
 */
const TOLERANCE = 0.05;
/**
 * A step of u_k counts as flat below this share of its range: a few roundings of a unit vector with entries of about 1/√N.
 */
const FLAT = 1e-4;

interface FiniteCurves {
  readonly activation: ActivationName;
  /** u_k on the finer grid, with a mean square of 1. */
  readonly components: readonly (readonly number[])[];
  /** For each k, the total variation of the first difference on the finer grid over that on the coarser grid. */
  readonly refinement: readonly number[];
  /** The most steps at which a component changes. */
  readonly changes: number;
}

export interface FiniteWidthData {
  readonly width: number;
  readonly x: readonly number[];
  readonly curves: readonly FiniteCurves[];
}

const SHOWN = ["heaviside", "tanh", "relu"] as const;

/** C6: the components of a narrow network, drawn on a grid much finer than its biases, and on one twice as fine. */
async function checkFiniteWidth({ engine, signal, report }: StudyContext): Promise<Conclusion<FiniteWidthData>> {
  const members = SHOWN.map((activation) => ({ activation, scale: WIDTH }));
  let note = "";
  const componentsOn = async (samples: number): Promise<number[][][]> => {
    const { x, b } = offsetGrid(samples, WIDTH);
    return lendSvd(engine, engine.activationMatrix({ ...batchOf(members), x, b }), { signal }, async (svd) => {
      note ||= convergenceNote(svd);
      const vectors = await svd.U.read();
      return members.map((_, member) =>
        Array.from({ length: COMPONENTS }, (_, k) => {
          const u = columnOf(vectors, svd.U, k, member);
          const turn = Math.sqrt(samples) * (u.reduce((sum, value) => sum + value, 0) < 0 ? -1 : 1);
          return u.map((value) => value * turn);
        }),
      );
    });
  };
  const coarse = await componentsOn(SAMPLES);
  report(0.5);
  const fine = await componentsOn(2 * SAMPLES);

  const roughness = (u: readonly number[]) => totalVariation(differences(u));
  const curves = SHOWN.map((activation, member): FiniteCurves => {
    const components = fine[member] as number[][];
    return {
      activation,
      components,
      refinement: components.map((u, k) => roughness(u) / roughness(coarse[member]?.[k] as number[])),
      changes: Math.max(...components.map(countChanges)),
    };
  });
  const [heaviside, ...smooth] = curves as [FiniteCurves, ...FiniteCurves[]];
  const allNear = ({ refinement }: FiniteCurves, value: number) =>
    refinement.every((ratio) => Math.abs(ratio - value) <= TOLERANCE);
  return {
    data: { width: WIDTH, x: Array.from(offsetGrid(2 * SAMPLES).x), curves },
    finding: {
      shows:
        `total variation of the first difference of u_k on a grid twice as fine, k ≤ ${COMPONENTS}: stays (1) for jumps, ` +
        `halves (0.5) for smooth curves, within ${TOLERANCE}; Heaviside changes at fewer than M = ${WIDTH} steps`,
      measured:
        `${list(curves.map((curve) => `${title(curve.activation)} ${Math.min(...curve.refinement).toFixed(3)} … ${Math.max(...curve.refinement).toFixed(3)}`))}; ` +
        `the components of Heaviside change at ${heaviside.changes} of ${2 * SAMPLES - 1} steps, ` +
        `${list(smooth.map(({ activation, changes }) => `those of ${title(activation)} at ${changes}`))}${note}`,
      verdict: verdictOf([
        allNear(heaviside, 1) && heaviside.changes < WIDTH,
        ...smooth.map((curve) => allNear(curve, 0.5)),
      ]),
      parameters: `M = ${WIDTH}, N = ${SAMPLES} and ${2 * SAMPLES}, ω = M, ${offsetGrid(1).name}`,
    },
  };
}

function countChanges(u: readonly number[]): number {
  const range = Math.max(...u) - Math.min(...u);
  return differences(u).filter((step) => Math.abs(step) > FLAT * range).length;
}

/** First principal components at a finite width. */
const figure5: Draw<FiniteWidthData> = ({ width, x, curves }, document) => {
  return {
    title: "At finite width the components of Heaviside are steps",
    caption:
      `The first columns uₖ of U for M = ${width} neurons on ${x.length} samples. Those of Heaviside are constant between ` +
      "biases; those of tanh and ReLU are smooth.",
    svg: panelGrid(document, `Principal components of three activations with ${width} neurons`, x, panelsOf(curves)),
  };
};

export const finiteWidth = defineStudy({
  id: "C6",
  name: "finiteWidth",
  figure: "5",
  claim: "At finite width the components of Heaviside are piecewise constant, those of tanh and ReLU smooth",
  stage: { title: "components at finite width", share: 0.2 },
  measure: checkFiniteWidth,
  figures: { "figure-5": figure5 },
});
