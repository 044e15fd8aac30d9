import type { ActivationName, MethodName, SpectralProblem } from "../index.ts";
import { cglsFilter } from "../theory/methods/cgls-filter.ts";
import type { ClaimContext } from "./claim.ts";
import { chooseMethod, iterationsOf, methodChoices, methodNames } from "./method-choices.ts";
import { aboveFloor, type NormalisedSpectrum } from "./spectra.ts";
import { halfOctaves } from "./tracking.ts";

/** K of the table. */
const TABLE_COMPONENTS = [8, 32, 128] as const;

/** Beyond, a float64 does not count single steps. */
const MOST_ITERATIONS = 2 ** 52;

/** The iterations at which one method keeps K components of one activation. */
export interface MethodCurve {
  readonly activation: ActivationName;
  readonly method: MethodName;
  /** At the first of the comparison's K: as far as σ_K stands above float32's rounding, and 2⁵² iterations reach. */
  readonly iterations: readonly number[];
}

/** One K of one activation and method, where there is one. */
export interface MethodCell {
  readonly activation: ActivationName;
  readonly method: MethodName;
  readonly components: number;
  readonly iterations: number;
  /** How many times fewer than plain gradient descent's. */
  readonly timesFewer: number;
}

/** Every method as a filter, by the iterations that keep K components. */
export interface MethodComparison {
  readonly samples: number;
  /** K of the curves: from 2, because at K = 1 all are done at once. */
  readonly components: readonly number[];
  /** Each method's name in a sentence, and how its parameters are chosen. */
  readonly methods: readonly { readonly method: MethodName; readonly label: string; readonly parameters: string }[];
  readonly curves: readonly MethodCurve[];
  readonly table: readonly MethodCell[];
}

/** A spectrum, and Uᵀy in the order of its values: CGLS's filter depends on it. */
export interface SpectrumWithSignal extends NormalisedSpectrum {
  readonly coefficients: readonly number[];
}

/** On the host, in float64, from the spectra of C9. */
export async function compareMethods(
  { report }: Pick<ClaimContext, "report">,
  spectra: readonly SpectrumWithSignal[],
): Promise<MethodComparison> {
  const samples = spectra[0]?.ratios.length ?? 0;
  const components = halfOctaves(samples);
  const curves: MethodCurve[] = [];
  for (const [done, spectrum] of spectra.entries()) {
    report(done / spectra.length);
    await new Promise((resume) => setTimeout(resume)); // a page may draw: an activation takes up to a second
    for (const method of methodNames) {
      curves.push({ activation: spectrum.activation, method, iterations: countsOf(method, spectrum, components) });
    }
  }
  return {
    samples,
    components,
    methods: methodNames.map((method) => {
      const { label, words } = methodChoices[method];
      return { method, label, parameters: words };
    }),
    curves,
    table: TABLE_COMPONENTS.flatMap((k) => cellsAt(k, components, curves)),
  };
}

function cellsAt(k: number, components: readonly number[], curves: readonly MethodCurve[]): MethodCell[] {
  const at = components.indexOf(k);
  const plain = new Map(
    curves.flatMap(({ activation, method, iterations }) =>
      method === "gradientDescent" ? [[activation, iterations[at]]] : [],
    ),
  );
  return curves.flatMap(({ activation, method, iterations: all }) => {
    const [iterations, reference] = [all[at], plain.get(activation)];
    if (iterations === undefined || reference === undefined) return [];
    return [{ activation, method, components: k, iterations, timesFewer: reference / iterations }];
  });
}

function countsOf(name: MethodName, spectrum: SpectrumWithSignal, components: readonly number[]): number[] {
  const { ratios: singularValues, coefficients } = spectrum;
  const problem = { singularValues, coefficients };
  const samples = singularValues.length;
  const kept = components.filter((k) => k <= aboveFloor(spectrum).length);
  if (name === "cgls") return cglsIterations(problem, kept);
  const inReach = kept.filter(
    (k) => name !== "sgd" || samples * (singularValues[k - 1] as number) ** -2 < MOST_ITERATIONS,
  );
  return inReach.map((k) => iterationsOf(chooseMethod(name, { singularValues, samples, components: k }), problem, k));
}

/** `iterationsToKeep` of CGLS at ascending K, with one filter for them all. */
export function cglsIterations(problem: SpectralProblem, components: readonly number[]): number[] {
  const { keptFrom } = cglsFilter(problem);
  let [most, done] = [1, 0];
  return components.map((k) => {
    for (; done < k; done++) most = Math.max(most, keptFrom(problem.singularValues[done] as number, 1 / Math.E));
    return most;
  });
}
