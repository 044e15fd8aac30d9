import { brief, title } from "../format.ts";
import { type ActivationName, chooseMethod, type MethodDefinition, methodDefinitions } from "../index.ts";
import { COUNTABLE } from "../theory/bisection.ts";
import { countIterations } from "../theory/methods/iterations.ts";
import { aboveFloor, type NormalisedSpectrum } from "./spectra.ts";
import type { StudyContext } from "./study.ts";
import { halfOctaves } from "./tracking.ts";

/** K of the table. */
const TABLE_COMPONENTS = [8, 32, 128] as const;

/** What the figure and the table say about a method. */
export interface ComparedMethod {
  readonly method: string;
  /** Its name in a sentence. */
  readonly label: string;
  /** The methods that it belongs to. */
  readonly family: string;
  /** How its parameters are chosen, and what its count of iterations does not show. */
  readonly parameters: string;
}

/** The iterations at which one method keeps K components of one activation. */
interface MethodCurve {
  readonly activation: ActivationName;
  readonly method: string;
  /** One for each K of the comparison, up to the first whose σ_K is rounding noise or which 2⁵² iterations do not reach. */
  readonly iterations: readonly number[];
}

/** The iterations of one method at one K and activation. */
interface MethodCell {
  readonly activation: ActivationName;
  readonly method: string;
  readonly components: number;
  readonly iterations: number;
  /** How many times fewer than with the first of the methods, gradient descent. */
  readonly timesFewer: number;
}

/** The methods as filters, by the iterations that keep K components. */
export interface MethodComparison {
  readonly samples: number;
  /** K of the curves: from 2, because at K = 1 every method is done at once. */
  readonly components: readonly number[];
  readonly methods: readonly ComparedMethod[];
  readonly curves: readonly MethodCurve[];
  readonly table: readonly MethodCell[];
}

/** A spectrum, and Uᵀy in the order of its values, on which the filter of CGLS depends. */
export interface SpectrumWithSignal extends NormalisedSpectrum {
  readonly coefficients: readonly number[];
}

/** Compares the methods on the host, in float64, on the spectra of C9; the first method is the reference. */
export async function compareMethods(
  { report }: Pick<StudyContext, "report">,
  spectra: readonly SpectrumWithSignal[],
  definitions: readonly MethodDefinition[] = methodDefinitions,
): Promise<MethodComparison> {
  const samples = spectra[0]?.ratios.length ?? 0;
  const components = halfOctaves(samples);
  const curves: MethodCurve[] = [];
  for (const [done, spectrum] of spectra.entries()) {
    report(done / spectra.length);
    await new Promise((resume) => setTimeout(resume)); // a page may draw: an activation takes up to a second
    for (const definition of definitions) {
      const iterations = iterationsOf(definition, spectrum, components);
      curves.push({ activation: spectrum.activation, method: definition.name, iterations });
    }
  }
  const methods = definitions.map((definition) => {
    const { name, label, family } = definition;
    return { method: name, label, family, parameters: describeChoice(definition) };
  });
  return {
    samples,
    components,
    methods,
    curves,
    table: TABLE_COMPONENTS.flatMap((k) => cellsAt(k, components, curves)),
  };
}

/** "α = 1/σ₁², β = (1 − σ_K/σ₁)²": how the parameters of a method are chosen, and the remark on it. */
export function describeChoice({ parameters, remark }: MethodDefinition): string {
  const formulas = Object.values(parameters).map((parameter) => `${parameter.symbol} = ${parameter.default}`);
  return [formulas.join(", "), remark].filter(Boolean).join("; ");
}

/** The iterations at each K, up to the first K that is out of reach. Gradient descent is counted as in the paper. */
function iterationsOf(
  definition: MethodDefinition,
  spectrum: SpectrumWithSignal,
  components: readonly number[],
): number[] {
  const { ratios: singularValues, coefficients } = spectrum;
  const reliable = aboveFloor(spectrum).length;
  const counts: number[] = [];
  for (const k of components.filter((k) => k <= reliable)) {
    const { method } = chooseMethod(definition, { singularValues, samples: singularValues.length, components: k });
    const problem = { singularValues, coefficients };
    const iterations = countIterations({ method, singularValues, components: k, problem, law: "gradientFlow" });
    if (iterations > COUNTABLE) break;
    counts.push(iterations);
  }
  return counts;
}

function cellsAt(k: number, components: readonly number[], curves: readonly MethodCurve[]): MethodCell[] {
  const at = components.indexOf(k);
  return curves.flatMap(({ activation, method, iterations: all }) => {
    const [iterations, reference] = [all[at], curves.find((curve) => curve.activation === activation)?.iterations[at]];
    if (iterations === undefined || reference === undefined) return [];
    return [{ activation, method, components: k, iterations, timesFewer: reference / iterations }];
  });
}

/** The comparison at one K, in words. */
export interface MethodTable {
  readonly components: number;
  /** Columns. */
  readonly activations: readonly string[];
  /** A cell: the iterations, and how many times fewer than with gradient descent; empty where there are none. */
  readonly rows: readonly {
    readonly label: string;
    readonly cells: readonly { readonly iterations: string; readonly timesFewer: string }[];
  }[];
}

/** Stands over the tables. */
export const METHODS_CAPTION =
  "Iterations that keep K components, by method, on the spectra of figure 8, and how many times fewer they are than with " +
  "gradient descent. The count of CGLS is for the row of the photograph. –: σ_K lies within the rounding of float32, or 2⁵² " +
  "iterations do not reach it.";

/** A table for each K, with a row for each method and a column for each activation. */
export function methodTables({ table, methods }: MethodComparison): MethodTable[] {
  const components = [...new Set(table.map((cell) => cell.components))];
  const activations = [...new Set(table.map(({ activation }) => activation))];
  return components.map((k) => ({
    components: k,
    activations: activations.map(title),
    rows: methods.map(({ method, label }) => ({
      label,
      cells: activations.map((activation) => {
        const found = table.find(
          (cell) => cell.components === k && cell.activation === activation && cell.method === method,
        );
        if (!found) return { iterations: "–", timesFewer: "" };
        return { iterations: count(found.iterations), timesFewer: times(found.timesFewer) };
      }),
    })),
  }));
}

/** All digits up to 99 999, two digits beyond. */
function count(iterations: number): string {
  return iterations < 1e5 ? String(iterations) : brief(iterations);
}

/** "7.26×", and "1/256×" where there are more, not fewer. */
function times(ratio: number): string {
  return ratio > 0.99 ? `${digits(ratio)}×` : `1/${digits(Math.round(1 / ratio))}×`;
}

/** Three below 1000, two beyond. */
function digits(value: number): string {
  return value < 1000 ? String(Number(value.toPrecision(3))) : brief(value);
}
