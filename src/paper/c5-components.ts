import { list, title } from "../format.ts";
import { type ActivationName, dst7Basis, offsetSamples } from "../index.ts";
import { columnOf, dot } from "./measures.ts";
import { type MonotonicSvd, monotonic } from "./monotonic.ts";
import { panelGrid, panelsOf } from "./panels.ts";
import type { Draw } from "./plot-style.ts";
import { type Conclusion, defineStudy, type StudyContext, verdictOf } from "./study.ts";

const COMPONENTS = 32;

/** Rounding turns u_k by about 2⁻²⁴·σ_1/(σ_k − σ_k+1), 10⁻⁴ at k = 32, and changes the product by the square of that. */
const STRICT = 0.999;
/** "Nearly": within 30°. */
const NEARLY = Math.cos(Math.PI / 6);
/** "Smooth": this share of the energy of the first 32 components is in the 32 lowest frequencies. */
const SMOOTH = 0.95;

interface ComponentCurves {
  readonly activation: ActivationName;
  /** u_k over x, of length 1, with the sign of the sine transform. */
  readonly components: readonly (readonly number[])[];
  /** |⟨u_k, DST-VII_k⟩|. */
  readonly overlaps: readonly number[];
  /** The share of the energy of the components that is in the span of as many DST-VII vectors. */
  readonly withinBand: number;
}

export interface ComponentData {
  readonly dst: readonly (readonly number[])[];
  readonly curves: readonly ComponentCurves[];
}

const SHOWN = ["heaviside", "tanh", "relu", "relu2"] as const;

/** C5: the left singular vectors beside DST-VII. */
async function checkComponents(
  _: StudyContext,
  { monotonic: { spectra, U, samples, parameters } }: { monotonic: MonotonicSvd },
): Promise<Conclusion<ComponentData>> {
  const shape = { rows: samples, cols: samples };
  const basis = dst7Basis(samples);
  const dst = Array.from({ length: COMPONENTS }, (_, k) => columnOf(basis, shape, k));
  const curves = SHOWN.map((activation): ComponentCurves => {
    const member = spectra.findIndex((spectrum) => spectrum.activation === activation);
    const raw = dst.map((_, k) => columnOf(U, shape, k, member));
    const products = raw.map((u) => dst.map((v) => dot(u, v)));
    const own = products.map((row, k) => row[k] as number);
    return {
      activation,
      components: raw.map((u, k) => ((own[k] as number) < 0 ? u.map((value) => -value) : u)),
      overlaps: own.map(Math.abs),
      withinBand: products.flat().reduce((sum, product) => sum + product * product, 0) / COMPONENTS,
    };
  });

  const least = (curve: ComponentCurves) => Math.min(...curve.overlaps);
  const [heaviside, tanh, relu, relu2] = curves as [ComponentCurves, ComponentCurves, ComponentCurves, ComponentCurves];
  const range = (curve: ComponentCurves) =>
    `${title(curve.activation)} ${least(curve).toFixed(3)} … ${Math.max(...curve.overlaps).toFixed(3)}`;
  return {
    data: { dst, curves },
    finding: {
      shows:
        `|⟨u_k, DST-VII_k⟩|, k ≤ ${COMPONENTS}: Heaviside at least ${STRICT}, tanh at least ${NEARLY.toFixed(2)} (30°), ReLU and ` +
        `ReLU² less, with at least ${100 * SMOOTH} % of the energy in the ${COMPONENTS} lowest frequencies`,
      measured: `${list(curves.map(range))}; energy in the lowest ${COMPONENTS}: ${list(
        curves.map(({ activation, withinBand }) => `${title(activation)} ${(100 * withinBand).toFixed(1)} %`),
      )}`,
      verdict: verdictOf([
        least(heaviside) >= STRICT,
        least(tanh) >= NEARLY,
        ...[relu, relu2].map((curve) => least(curve) < NEARLY && curve.withinBand >= SMOOTH),
      ]),
      parameters,
    },
  };
}

/** First principal components of four activations, beside DST-VII. */
const figure4: Draw<ComponentData> = ({ dst, curves }, document) => {
  const samples = dst[0]?.length ?? 1;
  const x = Array.from(offsetSamples(samples));
  const panels = panelsOf(curves, ({ overlaps }, k) => ({
    behind: dst[k] as readonly number[],
    note: (overlaps[k] as number).toFixed(3),
  }));
  return {
    title: "The principal components of Heaviside are a sine transform",
    caption:
      "The first columns uₖ of U over x, and DST-VII behind them (broad grey). The number is |⟨uₖ, DST-VIIₖ⟩|, 1 where both are " +
      "the same. Those of Heaviside are the transform itself, and those of tanh are close to it. Those of ReLU and ReLU² are as " +
      "smooth, and differ from it at the ends.",
    svg: panelGrid(document, "Principal components of four activations beside the sine transform", x, panels),
  };
};

export const components = defineStudy({
  id: "C5",
  name: "components",
  figure: "4",
  claim:
    "The principal components of Heaviside are a sine transform, those of tanh nearly; those of ReLU and ReLU² are smooth, " +
    "but not strictly a sine transform",
  needs: { monotonic },
  measure: checkComponents,
  figures: { "figure-4": figure4 },
});
