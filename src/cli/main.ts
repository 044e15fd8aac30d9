import { CommanderError } from "commander";
import { ArgumentError, LimitError, NotFiniteError, SpectralError } from "../index.ts";
import { figuresCommand } from "./figures.ts";
import { fitCommand } from "./fit.ts";
import { lstsqCommand } from "./lstsq.ts";
import { createProgram, refusal } from "./program.ts";
import { spectrumCommand } from "./spectrum.ts";
import { endStderr, stderr } from "./stderr.ts";
import { svdCommand } from "./svd.ts";

const commands = [spectrumCommand(), svdCommand(), fitCommand(), lstsqCommand(), figuresCommand()];

const program = createProgram("spectral-shrinkage", "command", commands).description(
  "Spectra of activation matrices, SVD, least squares and gradient descent on the GPU. Prints one JSON object, figures a table.",
);

/** 0: done. 1: unfinished computation. 2: refused input. 130: interrupted. */
function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const refused = [ArgumentError, NotFiniteError, LimitError].some((kind) => error instanceof kind);
  return refused ? 2 : isAbort(error) ? 130 : 1;
}

function describe(error: unknown): string {
  if (isAbort(error)) return "error: interrupted";
  if (error instanceof CommanderError) return refusal(error, "command", commands);
  if (error instanceof SpectralError) {
    return `error: ${exitCode(error) === 2 ? error.message.replace(/\s+/g, " ") : error.message}`;
  }
  return `error: ${error instanceof Error ? error.stack : error}`;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

// A reader may close the pipe early, as head does.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

let code = 0;
try {
  await program.parseAsync();
} catch (error) {
  code = exitCode(error);
  if (code !== 0) stderr.write(`${describe(error)}\n`);
}
await endStderr();
// Dawn would keep the process alive. Everything that was printed has been flushed.
process.exit(code);
