import { InvalidArgumentError, Option } from "commander";
import {
  type ActivationName,
  ArgumentError,
  chooseMethod,
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
import { iterationsInReach, requireAboveNoise } from "./components.ts";
import { type MethodOptions, readMethod } from "./method.ts";
import { finiteNumber, type NetworkOptions } from "./options.ts";
import { requireWritable, writeOutputs } from "./outputs.ts";
import { encodePicture, type Picture, readPicture, requirePictureName } from "./picture.ts";
import { report, withEngine } from "./session.ts";

/** What `fit` is asked for. */
export interface FitOptions extends NetworkOptions, MethodOptions {
  readonly components?: number;
  readonly iterations?: number;
  readonly out?: string;
  /** Of a picture alone. */
  readonly directions?: Directions;
  readonly keep?: number;
  readonly seed?: number;
  readonly eigenvectors?: number;
}

type Directions = "normal" | "uniform" | "raster";

export function directionsOption(): Option {
  return new Option(
    "--directions <law>",
    "a picture's neurons: v ~ N(0, I) or uniform on the circle, drawn by --seed; or v = the raster index, one dimension " +
      "(default: normal)",
  ).choices(["normal", "uniform", "raster"]);
}

export function fraction(text: string): number {
  const value = finiteNumber(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("A number between 0 and 1 is expected.");
  return value;
}

/** Fits all channels of a picture at once, with products that need not store A, and judges on the pixels that it left out. */
export async function fitPicture(path: string, options: FitOptions): Promise<void> {
  const { seed = 1, ...methodOptions } = options;
  const { activation, width, components, keep, directions = "normal", out } = options;
  const scale = options.scale ?? (directions === "raster" ? width : Math.sqrt(width));
  requireSeed(seed);
  const { definition, parameters: given } = readMethod(methodOptions);
  requireSuitable(definition, components);
  if (out !== undefined) {
    requirePictureName(out);
    requireWritable([out], [path]);
  }
  const picture = readPicture(path);
  const all = Uint32Array.from({ length: picture.rows * picture.cols }, (_, i) => i);
  const split = keep === undefined ? undefined : randomSplit({ samples: all.length, keep, seed });
  const kept = split?.kept ?? all;
  const most = Math.min(kept.length, width);
  if ((components ?? 0) > most) {
    throw new ArgumentError(`--components: ${components} given, at most min(pixels, width) = ${most} expected`);
  }
  const network = networkOf(picture, { activation, width, scale, directions, seed });

  const result = await withEngine(async (engine, run) => {
    using operator = await operatorAt(engine, network, kept, run);
    // One σ more than are kept: EigenPro flattens to the next.
    const leading = Math.min(most, 1 + Math.max(components ?? 0, options.eigenvectors ?? 0));
    using basis = await engine.truncatedSvd(operator, { components: leading, ...run });
    const { singularValues, noiseFloor, products, converged } = basis;
    if (singularValues[0] === 0)
      throw new ArgumentError(`--activation ${activation} --scale ${scale} gives only zeros`);
    if (components !== undefined) requireAboveNoise(components, basis);
    const request = { singularValues, samples: kept.length, parameters: given, ...(components && { components }) };
    const { method, parameters: chosen } = chooseMethod(definition, request);
    const { learningRate, ...parameters } = chosen;
    const iterations =
      options.iterations ?? iterationsInReach(components ?? 0, method, { singularValues, coefficients: [] });
    const targets = at(picture, kept);
    const fit = await engine.descend(operator, targets, { ...run, basis, method, iterations });
    const values = split ? await predictAll(all, engine, network, picture, fit.weights, run) : fit.prediction;
    const fitted: Picture = { ...picture, values: Float64Array.from(values) };
    if (out !== undefined) writeOutputs([{ path: out, data: encodePicture(out, fitted) }], run.signal);
    const peak = picture.values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    const quality = (places: Uint32Array) => psnr(at(picture, places), at(fitted, places), peak);
    return {
      adapter: engine.info.adapterName,
      picture: { rows: picture.rows, columns: picture.cols, channels: picture.channels },
      form: operator.form,
      singularValues,
      products,
      converged,
      noiseFloor: noiseFloor[0],
      method: method.name,
      parameters,
      iterations,
      learningRate,
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

/** A larger A is generated anew in each product: stored it would take 256 MiB and more. */
const MOST_STORED = 2 ** 26;

function operatorAt(engine: Engine, { dimensions, ...network }: Network, places: Uint32Array, run: RunOptions) {
  const x = Float64Array.from({ length: places.length * dimensions }, (_, i) => {
    return network.x[(places[Math.floor(i / dimensions)] as number) * dimensions + (i % dimensions)] as number;
  });
  const isLarge = places.length * network.b.length > MOST_STORED;
  const form = isLarge && dimensions > 1 ? "generated" : "auto";
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
