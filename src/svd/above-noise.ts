import { ArgumentError } from "../errors.ts";

/** A spectrum as masks take it: `noiseFloor` is missing where it is not known. */
export interface NoisySpectrum {
  /** batch × n. */
  readonly singularValues: Float64Array;
  /** batch. */
  readonly noiseFloor?: Float64Array;
}

/**
 * The singular values with those below the noise floor of their matrix, or below `cutoff` where one is given, as 0.
 * Their vectors are rounding noise, which m(σ)/σ would magnify.
 * @throws ArgumentError where there is not one noise floor a matrix.
 */
export function aboveNoise(
  { singularValues, noiseFloor }: NoisySpectrum,
  batch: number,
  cutoff?: number,
): Float64Array {
  if (noiseFloor && noiseFloor.length !== batch) {
    throw new ArgumentError(
      `noiseFloor: ${noiseFloor.length} numbers given, one for each of ${batch} matrices expected`,
    );
  }
  const count = singularValues.length / batch;
  return singularValues.map((s, i) => (s < (cutoff ?? noiseFloor?.[Math.floor(i / count)] ?? 0) ? 0 : s));
}
