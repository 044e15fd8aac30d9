import { createEngine, type Engine, type Precision, type RunOptions, SpectralError, type Spectrum } from "../index.ts";
import { openDawn } from "../node.ts";
import { createProgressLine, holdBackLibraries } from "./stderr.ts";

/**
 * Runs `work` with an engine on Dawn, which is destroyed at its end. The first Ctrl-C aborts the engine's calls, a second one
 * ends the process. Progress goes to stderr where that is a terminal.
 */
export async function withEngine<T>(work: (engine: Engine, options: RunOptions) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  process.once("SIGINT", interrupt);
  const progress = createProgressLine();
  try {
    holdBackLibraries();
    const { device, close } = await openDawn();
    const engine = await createEngine({ device });
    try {
      return await work(engine, { signal: controller.signal, onProgress: progress.show });
    } finally {
      engine.destroy();
      close();
    }
  } finally {
    progress.clear();
    process.off("SIGINT", interrupt);
  }
}

/** Writes to stdout, and waits until it is written: a pipe must get all of it before the process ends. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error || (error as NodeJS.ErrnoException).code === "EPIPE") resolve();
      else reject(new SpectralError(`cannot write to stdout: ${error.message}`));
    });
  });
}

/** One line of JSON. Typed arrays become arrays of numbers with all digits. */
export function toJson(value: object): string {
  return `${JSON.stringify(value, (_, item) => (ArrayBuffer.isView(item) ? Array.from(item as Float64Array) : item))}\n`;
}

/** The fields that are printed for every spectrum. `noiseFloor` is that of the first matrix. */
export function spectrumFields(
  engine: Engine,
  { singularValues, noiseFloor, sweeps, converged }: Spectrum,
  precision: Precision = "single",
) {
  return {
    adapter: engine.info.adapterName,
    singularValues,
    sweeps,
    converged,
    precision,
    noiseFloor: noiseFloor[0],
  };
}

/** Prints a result as JSON. @throws SpectralError, for the exit code, where the result has not converged */
export async function report(result: {
  readonly converged: boolean;
  readonly sweeps?: number;
  readonly products?: number;
}): Promise<void> {
  await print(toJson(result));
  if (result.converged) return;
  const effort = result.sweeps === undefined ? `${result.products} products` : `${result.sweeps} sweeps`;
  throw new SpectralError(`the singular values have not converged after ${effort}`);
}
