import { offsetSamples } from "../../src/index.ts";
import { lumaOfRgba, photographRow } from "../../src/paper/photograph.ts";
import { loadPhotograph, type Picture } from "../shared/picture.ts";
import type { State } from "./state.ts";
import { resample, type Upload } from "./upload.ts";

/** y, N samples in about [0, 1]. @throws Error where no file is chosen yet. */
export async function loadSignal(state: State, upload: Upload | undefined): Promise<Float64Array> {
  const { signal, samples } = state;
  if (signal === "photograph") return rowOf(await loadPhotograph(), state);
  if (signal !== "upload") return syntheticSignal(signal, state);
  if (!upload) throw new Error("Choose a file: a picture, or a CSV with one column of numbers.");
  return "picture" in upload ? rowOf(upload.picture, state) : resample(upload.series, samples);
}

function rowOf({ rgba, width, height }: Picture, { row, samples }: State): Float64Array {
  return photographRow(lumaOfRgba(rgba, height, width), { row: Math.min(row, height - 1), samples });
}

const levels = [0.25, 0.7, 0.4, 0.9, 0.55, 0.15, 0.35];
const edges = [0.12, 0.25, 0.44, 0.5, 0.71, 0.86, 1];

const smooth = (x: number) =>
  0.5 + 0.22 * Math.sin(2 * Math.PI * x) + 0.14 * Math.cos(6 * Math.PI * x - 0.7) + 0.05 * Math.sin(14 * Math.PI * x);

/** Signals on (0, 1], with values in about [0, 1]. */
const functions = {
  step: (x: number) => (x <= 0.5 ? 0.2 : 0.8),
  blocks: (x: number) => levels[edges.findIndex((edge) => x <= edge)] ?? 0,
  smooth,
  noisy: smooth,
  chirp: (x: number) => 0.5 + 0.38 * Math.sin(2 * Math.PI * (1.5 * x + 9 * x * x)),
};

function syntheticSignal(
  name: keyof typeof functions,
  { samples, noise, seed }: Pick<State, "samples" | "noise" | "seed">,
): Float64Array {
  const random = normalNumbers(seed);
  const deviation = name === "noisy" ? noise : 0;
  return offsetSamples(samples).map((x) => functions[name](x) + deviation * random());
}

/** Normal random numbers, Box–Muller on mulberry32: the same for the same seed. */
function normalNumbers(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
