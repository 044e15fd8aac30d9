import { list, title } from "../format.ts";
import type { ActivationName } from "../index.ts";
import { type ClaimContext, convergenceNote, lend, type Study, verdictOf } from "./claim.ts";
import { columnOf, differences, totalVariation } from "./measures.ts";
import { batchOf, offsetGrid } from "./spectra.ts";

const WIDTH = 32;
const SAMPLES = 512;
const COMPONENTS = 8;

/**
 * Total variation of u_k's first difference when the grid is twice as fine: a jump keeps it, and it halves where u_k has
 * a slope, since ∫|u″| is shared out over twice the steps. 0.05 is a tenth of what separates the two.
 */
const TOLERANCE = 0.05;
/** A step of u_k counts as flat below this share of its range: some roundings of a unit vector of √N times smaller entries. */
const FLAT = 1e-4;

export interface FiniteCurves {
  readonly activation: ActivationName;
  /** u_k on the finer grid, with a mean square of 1. */
  readonly components: readonly (readonly number[])[];
  /** For each k, total variation of the first difference: on the finer grid over that on the coarser. */
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
export async function checkFiniteWidth({ engine, signal, report }: ClaimContext): Promise<Study<FiniteWidthData>> {
  const members = SHOWN.map((activation) => ({ activation, scale: WIDTH }));
  let note = "";
  const componentsOn = async (samples: number): Promise<number[][][]> => {
    const { x, b } = offsetGrid(samples, WIDTH);
    return lend(engine.activationMatrix({ ...batchOf(members), x, b }), (matrix) =>
      lend(engine.svd(matrix, { signal }), async (svd) => {
        note ||= convergenceNote(svd);
        const vectors = await svd.U.read();
        return members.map((_, member) =>
          Array.from({ length: COMPONENTS }, (_, k) => {
            const u = columnOf(vectors, svd.U, k, member);
            const turn = Math.sqrt(samples) * (u.reduce((sum, value) => sum + value, 0) < 0 ? -1 : 1);
            return u.map((value) => value * turn);
          }),
        );
      }),
    );
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
    result: {
      id: "C6",
      figure: "5",
      claim: "At finite width Heaviside's components are piecewise constant, tanh's and ReLU's smooth",
      shows:
        `total variation of u_k's first difference on a grid twice as fine, k ≤ ${COMPONENTS}: stays (1) for jumps, ` +
        `halves (0.5) for smooth curves, within ${TOLERANCE}; Heaviside changes at fewer than M = ${WIDTH} steps`,
      measured:
        `${list(curves.map((curve) => `${title(curve.activation)} ${Math.min(...curve.refinement).toFixed(3)} … ${Math.max(...curve.refinement).toFixed(3)}`))}; ` +
        `Heaviside's components change at ${heaviside.changes} of ${2 * SAMPLES - 1} steps, ` +
        `${list(smooth.map(({ activation, changes }) => `${title(activation)}'s at ${changes}`))}${note}`,
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
