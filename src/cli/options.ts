import { type Command, InvalidArgumentError, Option } from "commander";
import { type ActivationName, ArgumentError, activationNames, parseActivation } from "../index.ts";

const decimalNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** Reads a positive integer. @throws InvalidArgumentError for any other text */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("A positive integer is expected.");
  }
  return value;
}

/** Reads a finite decimal number. @throws InvalidArgumentError for any other text */
export function finiteNumber(text: string): number {
  const value = Number(text);
  if (!decimalNumber.test(text) || !Number.isFinite(value)) throw new InvalidArgumentError("A number is expected.");
  return value;
}

/** Reads a number between 0 and 1, both excluded. @throws InvalidArgumentError for any other text */
export function fraction(text: string): number {
  const value = finiteNumber(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("A number between 0 and 1 is expected.");
  return value;
}

function activation(text: string): ActivationName {
  try {
    return parseActivation(text);
  } catch (error) {
    if (error instanceof ArgumentError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

/** The network's options: activation, width and scale. */
export interface NetworkOptions {
  readonly activation: ActivationName;
  readonly width: number;
  readonly scale?: number;
}

/** `defaultScale` is the default of ω, as the help describes it. */
export function addNetworkOptions(command: Command, defaultScale: string): Command {
  return command
    .requiredOption("--activation <name>", `${activationNames.join(", ")}; relu<p> is z₊ᵖ`, activation)
    .requiredOption("--width <count>", "number of neurons M", positiveInteger)
    .option("--scale <omega>", `scale ω of the activation's argument (default: ${defaultScale})`, finiteNumber);
}

/** --precision, single unless given. */
export function precisionOption(): Option {
  return new Option("--precision <kind>", "entries and SVD in float32, or in two-floats of about 48 bits")
    .choices(["single", "extended"])
    .default("single");
}

/** These commands always print JSON: the option changes nothing. */
export function jsonOption(): Option {
  return new Option("--json", "print JSON, as always").hideHelp();
}
