import { ArgumentError, iterationsToKeep, type Method, type SpectralProblem } from "../index.ts";

/** The engine counts steps in 32 bits. Nobody waits for that many. */
const MOST_ITERATIONS = 2 ** 32 - 2;

/** σ, all or the leading ones, and what rounding may do to them. */
interface LeadingSpectrum {
  readonly singularValues: ArrayLike<number>;
  readonly noiseFloor: ArrayLike<number>;
}

const ADVICE = "fewer components or a larger --scale expected";

/** @throws ArgumentError where σ_K is rounding noise: a choice by it would mean nothing. */
export function requireAboveNoise(components: number, { singularValues, noiseFloor }: LeadingSpectrum): void {
  const floor = noiseFloor[0] ?? 0;
  const last = singularValues[components - 1] ?? 0;
  if (last > floor) return;
  throw new ArgumentError(
    `--components: ${components} given, but σ = ${last} there is below float32's noise floor ${floor}; ${ADVICE}`,
  );
}

/**
 * The iterations that keep K components; those of gradient descent by Proposition 4.2, as in the paper.
 * @throws ArgumentError where they are out of reach, or the method is unstable on this spectrum.
 */
export function iterationsInReach(components: number, method: Method, problem: SpectralProblem): number {
  const { singularValues } = problem;
  const iterations = iterationsToKeep({ method, singularValues, components, problem, law: "gradientFlow" });
  if (iterations > MOST_ITERATIONS) {
    throw new ArgumentError(`--components: ${components} given, which takes ${iterations} iterations; ${ADVICE}`);
  }
  return iterations;
}
