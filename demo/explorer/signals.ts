import { photographRow } from "../../src/paper/photograph.ts";
import { loadPhotograph, type Picture } from "../shared/picture.ts";
import type { State } from "./state.ts";
import { syntheticSignal } from "./synthetic.ts";
import { resample, type Upload } from "./upload.ts";

/** y of N samples in about [0, 1]. @throws Error where a file is still to be chosen. */
export async function loadSignal(state: State, upload: Upload | undefined): Promise<Float64Array> {
  const { signal, samples } = state;
  if (signal === "photograph") return rowOf(await loadPhotograph(), state);
  if (signal !== "upload") return syntheticSignal(signal, state);
  if (!upload) throw new Error("Choose a file: a picture, or a CSV with one column of numbers.");
  return "picture" in upload ? rowOf(upload.picture, state) : resample(upload.series, samples);
}

function rowOf({ rgba, width, height }: Picture, { row, samples }: State): Float64Array {
  return photographRow(rgba, width, height, { row: Math.min(row, height - 1), samples });
}
