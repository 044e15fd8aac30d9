import {
  ArgumentError,
  chooseMethod,
  iterationsToKeep,
  type Method,
  type MethodDefinition,
  type SpectralProblem,
} from "../index.ts";
import type { MethodOptions } from "./method.ts";
import type { NetworkOptions } from "./options.ts";
import { requireWritable } from "./outputs.ts";

/** What `fit` is asked for, of a signal or of a picture. */
export interface FitOptions extends NetworkOptions, MethodOptions {
  readonly components?: number;
  readonly iterations?: number;
  readonly out?: string;
  /** Of a picture alone. */
  readonly directions?: "normal" | "uniform" | "raster";
  readonly keep?: number;
  readonly seed?: number;
  readonly eigenvectors?: number;
}

/**
 * Refuses before the computation components that A cannot have, and an output that cannot be written.
 * @throws ArgumentError
 */
export function requireFitOptions(
  { components = 0, width, out }: FitOptions,
  { path, count, what }: { readonly path: string; readonly count: number; readonly what: "samples" | "pixels" },
): void {
  const most = Math.min(count, width);
  if (components > most) {
    throw new ArgumentError(`--components: ${components} given, at most min(${what}, width) = ${most} expected`);
  }
  if (out !== undefined) requireWritable([out], [path]);
}

/** σ, all or the leading ones, and what rounding may do to them. */
interface LeadingSpectrum {
  readonly singularValues: ArrayLike<number>;
  readonly noiseFloor: ArrayLike<number>;
}

/**
 * A method with parameters that suit a spectrum, the count of its steps, and what `fit` prints of both.
 * @throws ArgumentError where A is zero, σ_K is rounding noise, or the steps are out of reach.
 */
export function planDescent(
  { activation, components, iterations: asked }: FitOptions,
  scale: number,
  { definition, parameters: given }: { definition: MethodDefinition; parameters: Record<string, number> },
  { spectrum, problem, samples }: { spectrum: LeadingSpectrum; problem: SpectralProblem; samples: number },
) {
  const { singularValues } = spectrum;
  if (singularValues[0] === 0) throw new ArgumentError(`--activation ${activation} --scale ${scale} gives only zeros`);
  if (components !== undefined) requireAboveNoise(components, spectrum);
  const request = { singularValues, samples, parameters: given, ...(components && { components }) };
  const { method, parameters: chosen } = chooseMethod(definition, request);
  const { learningRate, ...parameters } = chosen;
  const iterations = asked ?? iterationsInReach(components ?? 0, method, problem);
  return { method, iterations, printed: { method: method.name, parameters, iterations, learningRate } };
}

const ADVICE = "fewer components or a larger --scale expected";

/** @throws ArgumentError where σ_K is rounding noise: a choice by it would mean nothing. */
function requireAboveNoise(components: number, { singularValues, noiseFloor }: LeadingSpectrum): void {
  const floor = noiseFloor[0] ?? 0;
  const last = singularValues[components - 1] ?? 0;
  if (last > floor) return;
  throw new ArgumentError(
    `--components: ${components} given, but σ = ${last} there is below float32's noise floor ${floor}; ${ADVICE}`,
  );
}

/** The engine counts steps in 32 bits. */
const MOST_ITERATIONS = 2 ** 32 - 2;

/**
 * The iterations that keep K components; those of gradient descent by Proposition 4.2, as in the paper.
 * @throws ArgumentError where they are out of reach, or the method is unstable on this spectrum.
 */
function iterationsInReach(components: number, method: Method, problem: SpectralProblem): number {
  const { singularValues } = problem;
  const iterations = iterationsToKeep({ method, singularValues, components, problem, law: "gradientFlow" });
  if (iterations > MOST_ITERATIONS) {
    throw new ArgumentError(`--components: ${components} given, which takes ${iterations} iterations; ${ADVICE}`);
  }
  return iterations;
}

/** The peak of PSNR: 1, or the largest |y| where that is more. */
export function peakOf(y: Float64Array): number {
  return y.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
}
