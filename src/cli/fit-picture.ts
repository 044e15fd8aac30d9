import {
  type ActivationName,
  ArgumentError,
  type Engine,
  fourierFeatures,
  gridCentres,
  type MethodDefinition,
  offsetBiases,
  offsetSamples,
  psnr,
  type RunOptions,
  randomNeurons,
  randomSplit,
} from "../index.ts";
import { type FitOptions, peakOf, planDescent, requireFitOptions } from "./fit-plan.ts";
import { readMethod } from "./method.ts";
import { writeOutputs } from "./outputs.ts";
import type { Picture } from "./picture.ts";
import { encodePicture, readPicture, requirePictureName } from "./picture-files.ts";
import { report, withEngine } from "./session.ts";

/** Fits all channels of a picture at once, with products that need not store A, and judges on the pixels that it left out. */
export async function fitPicture(path: string, options: FitOptions): Promise<void> {
  const { seed = 1, ...methodOptions } = options;
  const { activation, width, components, keep, directions = "normal", out } = options;
  const scale = options.scale ?? (directions === "raster" ? width : Math.sqrt(width));
  requireSeed(seed);
  const chosen = readMethod(methodOptions);
  requireSuitable(chosen.definition, components);
  if (out !== undefined) requirePictureName(out);
  const picture = readPicture(path);
  const all = Uint32Array.from({ length: picture.rows * picture.cols }, (_, i) => i);
  const split = keep === undefined ? undefined : randomSplit({ samples: all.length, keep, seed });
  const kept = split?.kept ?? all;
  requireFitOptions(options, { path, count: kept.length, what: "pixels" });
  const network = networkOf(picture, { activation, width, scale, directions, seed });

  const result = await withEngine(async (engine, run) => {
    using operator = await operatorAt(engine, network, kept, run);
    // One σ more than are kept: EigenPro flattens to the next.
    const wanted = 1 + Math.max(components ?? 0, options.eigenvectors ?? 0);
    const leading = Math.min(wanted, kept.length, width);
    using basis = await engine.truncatedSvd(operator, { components: leading, ...run });
    const { singularValues, noiseFloor, products, converged } = basis;
    const { method, iterations, printed } = planDescent(options, scale, chosen, {
      spectrum: basis,
      problem: { singularValues, coefficients: [] },
      samples: kept.length,
    });
    const fit = await engine.descend(operator, at(picture, kept), { ...run, basis, method, iterations });
    const values = split ? await predictAll(all, engine, network, picture, fit.weights, run) : fit.prediction;
    const fitted: Picture = { ...picture, values: Float64Array.from(values) };
    if (out !== undefined) writeOutputs([{ path: out, data: encodePicture(out, fitted) }], run.signal);
    const peak = peakOf(picture.values);
    const quality = (places: Uint32Array) => psnr(at(picture, places), at(fitted, places), peak);
    return {
      adapter: engine.info.adapterName,
      picture: { rows: picture.rows, columns: picture.cols, channels: picture.channels },
      form: operator.form,
      singularValues,
      products,
      converged,
      noiseFloor: noiseFloor[0],
      ...printed,
      psnr: quality(kept),
      ...(split && { keptPixels: kept.length, heldOutPsnr: quality(split.heldOut) }),
    };
  });
  await report(result);
}

function requireSeed(seed: number): void {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return;
  throw new ArgumentError(`--seed: ${seed} given, an integer from 0 to 2³² − 1 expected`);
}

/** @throws ArgumentError where a method needs more than products and the leading singular triplets. */
function requireSuitable({ name, needsBasis, parameters, dependsOnTargets }: MethodDefinition, components?: number) {
  const needed = name === "sgd" ? "A in memory" : needsBasis && !("eigenvectors" in parameters) ? "the whole SVD" : "";
  if (needed)
    throw new ArgumentError(`--method: ${name}, which needs ${needed}, given for a picture, another expected`);
  if (dependsOnTargets && components !== undefined) {
    throw new ArgumentError(`--components: given for ${name} and a picture, --iterations expected`);
  }
}

type Directions = NonNullable<FitOptions["directions"]>;

/** A network on the pixels of a picture. */
type Network = ReturnType<typeof networkOf>;

function networkOf(
  { rows, cols }: Picture,
  {
    activation,
    width,
    scale,
    directions,
    seed,
  }: { activation: ActivationName; width: number; scale: number; directions: Directions; seed: number },
) {
  const pixels = rows * cols;
  if (directions === "raster") {
    return { activation, scale, dimensions: 1, x: offsetSamples(pixels), b: offsetBiases(width) };
  }
  const drawn = { width, dimensions: 2, directions, seed };
  const neurons = activation === "sine" ? fourierFeatures({ ...drawn, scale }) : randomNeurons(drawn);
  return { activation, scale, dimensions: 2, x: gridCentres([rows, cols]), ...neurons };
}

/** A larger A is not stored: it would take 256 MiB and more. */
const MOST_STORED = 2 ** 26;

/** The form of A: the fastest, or the fastest of those that store nothing. */
export function formOf({ activation, dimensions }: Pick<Network, "activation" | "dimensions">, entries: number) {
  if (entries <= MOST_STORED) return "auto";
  return dimensions === 1 && /^(heaviside|relu[23]?)$/.test(activation) ? "scan" : "generated";
}

function operatorAt(engine: Engine, { dimensions, ...network }: Network, places: Uint32Array, run: RunOptions) {
  const x = Float64Array.from({ length: places.length * dimensions }, (_, i) => {
    return network.x[(places[Math.floor(i / dimensions)] as number) * dimensions + (i % dimensions)] as number;
  });
  const form = formOf({ dimensions, ...network }, places.length * network.b.length);
  return engine.activationOperator({ ...network, x, form, ...run });
}

/** A·w at all pixels: a descent of no steps from w. */
async function predictAll(
  all: Uint32Array,
  engine: Engine,
  network: Network,
  { values }: Picture,
  initialWeights: Float32Array,
  run: RunOptions,
): Promise<Float32Array> {
  using operator = await operatorAt(engine, network, all, run);
  const options = { ...run, initialWeights, learningRate: 1, iterations: 0 };
  const { prediction } = await engine.descend(operator, values, options);
  return prediction;
}

/** The pixels at `places` of each channel. */
function at({ rows, cols, channels, values }: Picture, places: Uint32Array): Float64Array {
  const count = places.length;
  return Float64Array.from({ length: channels * count }, (_, i) => {
    return values[Math.floor(i / count) * rows * cols + (places[i % count] as number)] as number;
  });
}
