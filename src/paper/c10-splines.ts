import * as Plot from "@observablehq/plot";
import { brief, list, powerOfTen, title } from "../format.ts";
import { integrationOperator, masks, splineSmooth } from "../index.ts";
import { columnOf, maxDifference } from "./measures.ts";
import { type Draw, draw, look } from "./plot-style.ts";
import { offsetGrid } from "./spectra.ts";
import { type Conclusion, defineStudy, type Finding, lend, lendSvd, type StudyContext, verdictOf } from "./study.ts";

const ACTIVATIONS = ["heaviside", "relu", "relu2"] as const;
/** What makes each activation a column of D⁻¹: C(k+2, 2) is (k+1)²/2 and a smaller term. */
const FACTORS = [1, 1, 0.5] as const;
const SAMPLES = 64;
/** λ as a share of σ_1²: from an interpolation to a fit by a few components. */
const PENALTIES = [1e-6, 1e-4, 1e-2] as const;
/** Every third sample is missing, and eight in a row. */
const isObserved = (n: number) => n % 3 !== 1 && (n < 40 || n >= 48);

/** An entry in float32, relative to the largest of its column. */
const ENTRY_TOLERANCE = 2 ** -24;
/**
 * A and its SVD have 2⁻⁴⁴·σ_1 of error in extended precision. It changes w by that times (‖r‖/λ + ‖w‖/√λ), and f = D⁻¹w by
 * σ_1 times as much: by at most 2⁻⁴⁴·σ_1²/λ·5/4 of ‖y‖. The bound allows three times that, because the offset grid's 2⁻⁴⁰
 * changes the entries of ReLU by up to 2⁻³⁴, which is less than 2⁻⁴⁴·σ_1.
 */
const ridgeTolerance = (penalty: number) => 2 ** -42 / penalty;

/** One order η of D. */
export interface SplineOrder {
  readonly order: number;
  readonly activation: (typeof ACTIVATIONS)[number];
  readonly factor: number;
  /** The columns N/8, 3N/8 and 5N/8 of D⁻¹, and those of factor·A. */
  readonly columns: readonly { readonly inverse: readonly number[]; readonly shifted: readonly number[] }[];
  /** max|factor·A − D⁻¹| over all columns, as a share of the largest entry. */
  readonly apart: number;
  /** For each penalty, f both ways, and max|f − f'|/‖y‖. */
  readonly smoothed: readonly {
    readonly penalty: number;
    readonly bySpline: readonly number[];
    readonly byRidge: readonly number[];
    readonly apart: number;
  }[];
}

export interface SplineData {
  readonly samples: number;
  readonly y: readonly number[];
  /** The samples that S selects. */
  readonly observed: readonly number[];
  readonly orders: readonly SplineOrder[];
  /** ReLU² with twice the samples: its `apart`. */
  readonly apartOnFiner: number;
}

/** C10: columns of D⁻¹ beside the columns of A, and Proposition 3.1 solved on f and on w. */
async function checkSplines(context: StudyContext): Promise<Conclusion<SplineData>> {
  const { x } = offsetGrid(SAMPLES);
  const y = Array.from(x, (position) => position + 0.3 * Math.sin(9 * position) + (position > 0.4 ? 0.5 : 0));
  const observed = y.map((_, n) => Number(isObserved(n)));
  const entries = await entriesOf(context, SAMPLES);
  const orders: SplineOrder[] = [];
  for (const [i, activation] of ACTIVATIONS.entries()) {
    const order = i + 1;
    const inverse = integrationOperator(SAMPLES, order);
    const own = entries[i] as Float32Array;
    orders.push({
      order,
      activation,
      factor: FACTORS[i] as number,
      columns: [1 / 8, 3 / 8, 5 / 8].map((part) => ({
        inverse: columnOf(inverse, { rows: SAMPLES, cols: SAMPLES }, part * SAMPLES),
        shifted: columnOf(own, { rows: SAMPLES, cols: SAMPLES }, part * SAMPLES),
      })),
      apart: distance(own, inverse),
      smoothed: await smoothBothWays(context, y, { order, activation, inverse }),
    });
    context.report(order / 3);
  }
  const finer = await entriesOf(context, 2 * SAMPLES);
  const apartOnFiner = distance(finer[2] as Float32Array, integrationOperator(2 * SAMPLES, 3));
  const data = { samples: SAMPLES, y, observed, orders, apartOnFiner };
  return { data, finding: findingOf(data) };
}

/** A of each activation, times its factor. */
async function entriesOf({ engine, signal }: StudyContext, samples: number): Promise<Float32Array[]> {
  const { x, b } = offsetGrid(samples);
  const matrix = engine.activationMatrix({ activation: ACTIVATIONS, scale: samples, x, b, signal });
  const entries = await lend(matrix, (matrix) => matrix.read());
  return ACTIVATIONS.map((_, i) => {
    const own = entries.subarray(i * samples ** 2, (i + 1) * samples ** 2);
    return own.map((value) => value * (FACTORS[i] as number));
  });
}

/** max|entries − D⁻¹| as a share of the largest entry, which is the first of the last row. */
function distance(entries: Float32Array, inverse: Float64Array): number {
  return maxDifference(entries, inverse) / (inverse[inverse.length - Math.sqrt(inverse.length)] as number);
}

/** f of the observed samples of y by the spline and by ridge on w, for each penalty. */
async function smoothBothWays(
  { engine, signal }: StudyContext,
  y: readonly number[],
  { order, activation, inverse }: Pick<SplineOrder, "order" | "activation"> & { readonly inverse: Float64Array },
): Promise<SplineOrder["smoothed"]> {
  const { x, b } = offsetGrid(SAMPLES);
  const rows = y.flatMap((_, n) => (isObserved(n) ? [n] : []));
  const observed = y.map((_, n) => Number(isObserved(n)));
  // ReLU² is no exact column of D⁻¹, so that the proposition is tested on D⁻¹ itself there.
  const selected = {
    data: rows.flatMap((n) => Array.from(inverse.subarray(n * SAMPLES, (n + 1) * SAMPLES))),
    rows: rows.length,
    cols: SAMPLES,
    precision: "extended",
  } as const;
  const network = {
    activation,
    scale: SAMPLES,
    x: rows.map((n) => x[n] as number),
    b,
    precision: "extended",
  } as const;
  const given = order < 3 ? engine.activationMatrix(network) : engine.matrix(selected);
  return lendSvd(engine, given, { signal, precision: "extended" }, async (svd) => {
    const targets = rows.map((n) => y[n] as number);
    const first = svd.singularValues[0] as number;
    const runs = [];
    for (const penalty of PENALTIES) {
      const lambda = penalty * first ** 2;
      const { weights } = await engine.shrink(svd, targets, masks.ridge({ lambda }), { signal });
      const bySpline = Array.from(splineSmooth(y, order, lambda, observed));
      const byRidge = y.map((_, n) => weights.reduce((sum, w, m) => sum + w * (inverse[n * SAMPLES + m] as number), 0));
      const apart = maxDifference(bySpline, byRidge) / Math.hypot(...y);
      runs.push({ penalty, bySpline, byRidge, apart });
    }
    return runs;
  });
}

function findingOf({ observed, orders, apartOnFiner }: SplineData): Finding {
  const [heaviside, relu, relu2] = orders as [SplineOrder, SplineOrder, SplineOrder];
  const exact = orders.map(({ apart }) => apart <= ENTRY_TOLERANCE);
  const missing = observed.filter((seen) => seen === 0).length;
  return {
    shows:
      `max|A − D⁻¹| as a share of the largest entry, orders 1, 2, 3 (ReLU² halved): at most 2⁻²⁴. The f of least ` +
      `‖y − Sf‖² + λ‖Df‖² and that of ridge on w: at most 2⁻⁴²·σ_1²/λ of ‖y‖ apart, λ/σ_1² = ${list(PENALTIES.map((penalty) => powerOfTen(Math.log10(penalty))))}`,
    measured:
      `Heaviside ${brief(heaviside.apart)}, ReLU ${brief(relu.apart)}, ReLU²/2 ${brief(relu2.apart)} at N = ${SAMPLES} and ` +
      `${brief(apartOnFiner)} at ${2 * SAMPLES}, where C(k+2, 2) = ((k+1)² + (k+1))/2 gives 1/(N+1). f differs by ` +
      list(
        orders.map(({ order, smoothed }) => `${smoothed.map(({ apart }) => brief(apart)).join(", ")} (order ${order})`),
      ),
    verdict: verdictOf([
      ...exact,
      ...orders.map(({ smoothed }) => smoothed.every(({ penalty, apart }) => apart <= ridgeTolerance(penalty))),
    ]),
    region: "orders 1 and 2 exactly, order 3 as N grows; the proposition for all three",
    parameters:
      `N = M = ω = ${SAMPLES}, ${offsetGrid(SAMPLES).name}; S leaves out every third sample and n = 40 … 47, ${missing} of ` +
      `${SAMPLES}; y = x + 0.3 sin 9x with a step of 0.5 at 0.4; extended precision`,
  };
}

/** Columns of D⁻¹ and the shifted activations above, f by both ways below. */
const figure7: Draw<SplineData> = ({ samples, y, observed, orders }, document) => {
  const x = Array.from(y, (_, n) => (n + 1) / samples);
  // Every fourth sample, so that the line behind the dots is seen.
  const dotted = x.flatMap((_, n) => (n % 4 === 0 ? [n] : []));
  const panels = orders.map(({ order, activation }) => `order ${order} · ${title(activation)}`);
  const [low, high] = [Math.min(...y) - 0.1, Math.max(...y) + 0.1];
  const scaled = (value: number) => (value - low) / (high - low);
  const marks = orders.flatMap(({ activation, columns, smoothed }, i) => {
    const facet = (row: number, at: readonly unknown[]) => ({ fx: at.map(() => panels[i]), fy: at.map(() => row) });
    const largest = Math.max(...columns.flatMap(({ inverse }) => inverse));
    const { color } = look(activation);
    const middle = smoothed[1] as (typeof smoothed)[number];
    const seen = x.filter((_, n) => observed[n]);
    return [
      ...columns.flatMap(({ inverse, shifted }) => [
        Plot.line(x, { ...facet(0, x), x, y: shifted.map((v) => v / largest), stroke: color, strokeWidth: 1.8 }),
        Plot.dot(dotted, {
          ...facet(0, dotted),
          x: dotted.map((n) => x[n]),
          y: dotted.map((n) => (inverse[n] as number) / largest),
          fill: "currentColor",
          r: 2,
        }),
      ]),
      Plot.dot(seen, {
        ...facet(1, seen),
        x: seen,
        y: y.filter((_, n) => observed[n]).map(scaled),
        fill: "currentColor",
        fillOpacity: 0.6,
        r: 1.8,
      }),
      Plot.line(x, {
        ...facet(1, x),
        x,
        y: middle.bySpline.map(scaled),
        stroke: color,
        strokeWidth: 4,
        strokeOpacity: 0.4,
      }),
      Plot.line(x, {
        ...facet(1, x),
        x,
        y: middle.byRidge.map(scaled),
        stroke: color,
        strokeDasharray: "3 3",
        strokeWidth: 1.6,
      }),
    ];
  });
  return {
    title: "The columns of D⁻¹ are the shifted activations",
    caption:
      "Above: three columns of D⁻¹ (dots) and of the activation matrix (lines; ReLU² halved). Below: samples, of which every " +
      "third and eight in a row are missing, smoothed with the penalty λ‖Df‖² (broad) and by ridge regression on the weights " +
      "of the network (dashed), λ = 10⁻⁴·σ₁². Both are the same function.",
    svg: draw(document, "Columns of inverse difference operators beside shifted activations, and smoothing both ways", {
      height: 400,
      marginLeft: 20,
      marginRight: 10,
      marginTop: 34,
      fx: { domain: panels, axis: null, padding: 0.08 },
      fy: { domain: [0, 1], axis: null, padding: 0.12 },
      x: { domain: [0, 1], ticks: [0, 1], tickFormat: String, label: "x", labelAnchor: "center", labelArrow: "none" },
      y: { domain: [-0.02, 1.05], axis: null },
      marks: [
        Plot.ruleY([0], { strokeOpacity: 0.25 }),
        ...panels.map((panel) =>
          Plot.text([panel], { fx: [panel], fy: [0], frameAnchor: "top", dy: -20, fontWeight: 600, fontSize: 13 }),
        ),
        ...marks,
      ],
    }),
  };
};

export const splines = defineStudy({
  id: "C10",
  name: "splines",
  figure: "7",
  claim:
    "The columns of D⁻¹ are the shifted activations, and smoothing with ‖Df‖² is ridge regression on their weights (Proposition 3.1)",
  stage: { title: "splines and ridge regression", share: 1 },
  measure: checkSplines,
  figures: { "figure-7": figure7 },
});
