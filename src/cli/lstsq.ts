import { Command, InvalidArgumentError } from "commander";
import { ArgumentError, type LeastSquares, type Precision, type RidgeRule, SpectralError } from "../index.ts";
import { requireFits } from "./limits.ts";
import { columnsOf, type NumberTable, readTable } from "./matrix-files.ts";
import { toNpy } from "./npy.ts";
import { finiteNumber, jsonOption, precisionOption } from "./options.ts";
import { requireWritable, writeOutputs } from "./outputs.ts";
import { print, toJson, withEngine } from "./session.ts";

interface LstsqOptions {
  readonly target?: string;
  readonly intercept?: boolean;
  readonly ridge?: number | RidgeRule;
  readonly rcond?: number;
  readonly precision: Precision;
  readonly out?: string;
}

/** `lstsq`: least squares or a ridge of a table. */
export function lstsqCommand(): Command {
  return new Command("lstsq")
    .description("least squares min ‖y − A·w‖ by the SVD, w of minimum norm, or a ridge min ‖y − A·w‖² + λ‖w‖²")
    .argument("<A>", "A.npy (float32 or float64, rows × columns) or A.csv")
    .argument("[y]", "y.npy or y.csv: a column for each right-hand side; left out, y is a column of A.csv")
    .option("--target <name>", "the column of A.csv that is y (default: the last one)")
    .option("--intercept", "fit a constant too, the first coefficient, which no ridge shrinks: columns are centred")
    .option(
      "--ridge <λ|rule>",
      "λ, or gcv or loo: chosen by cross-validation, generalised or one sample at a time",
      ridge,
    )
    .option(
      "--rcond <share>",
      "singular values below this share of the largest count as 0 (default: below the noise floor)",
      share,
    )
    .addOption(precisionOption().default("extended"))
    .option("--out <w.npy>", "write the coefficients to this file: float64, columns × right-hand sides")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\ncoefficients, lambda, residualNorm and degreesOfFreedom are lists where y has several columns.",
    )
    .addHelpText("after", "\nlambda is null where no fit is better than the mean or 0.")
    .action(runLstsq);
}

/** @throws InvalidArgumentError for any text except a number of at least 0 and the names of the rules */
function ridge(text: string): number | RidgeRule {
  return text === "gcv" || text === "loo" ? text : share(text);
}

function share(text: string): number {
  const value = finiteNumber(text);
  if (value < 0) throw new InvalidArgumentError("A number of at least 0 is expected.");
  return value;
}

async function runLstsq(path: string, targets: string | undefined, options: LstsqOptions): Promise<void> {
  const { A, y } = readProblem(path, targets, options.target);
  const { out, intercept = false, rcond, precision } = options;
  if (out !== undefined) requireWritable([out], [path, ...(targets === undefined ? [] : [targets])]);
  const means = intercept ? { A: meansOf(A), y: meansOf(y) } : undefined;
  const fit = await withEngine(async (engine, run) => {
    requireFits(engine, path, [A.rows, A.cols]);
    const { rows, cols } = A;
    const matrix = await engine.matrix({ data: centred(A, means?.A), rows, cols, precision });
    const sides = transposed(y, centred(y, means?.y));
    const choice = {
      ...(options.ridge !== undefined && { ridge: options.ridge }),
      ...(rcond !== undefined && { rcond }),
    };
    const found = await engine.leastSquares(matrix, sides, { ...choice, ...run });
    const coefficients = coefficientsOf(found, y.cols, means);
    if (out !== undefined) writeOutputs([{ path: out, data: toFile(coefficients) }], run.signal);
    return { adapter: engine.info.adapterName, ...fieldsOf(found, coefficients, A.names, intercept) };
  });
  await print(toJson(fit));
  if (!fit.converged) throw new SpectralError("the singular values have not converged");
}

/** A and y, which is a file of its own or a column of A's. @throws ArgumentError where they do not fit */
function readProblem(path: string, targets: string | undefined, target: string | undefined) {
  const table = readTable(path);
  if (targets !== undefined) {
    if (target !== undefined) throw new ArgumentError("--target and y given, one of them expected");
    const y = readTable(targets);
    if (y.rows === table.rows) return { A: table, y };
    throw new ArgumentError(`${targets} has ${y.rows} rows, ${path} ${table.rows}; as many expected`);
  }
  const { names, cols } = table;
  const own = target === undefined ? cols - 1 : (names?.indexOf(target) ?? -1);
  if (own < 0) {
    const known = names ? `one of ${names.join(", ")}` : "a first line that names the columns";
    throw new ArgumentError(`--target: "${target}" given, ${known} expected`);
  }
  if (cols === 1) throw new ArgumentError(`${path} has one column; y, or a second column, expected`);
  const others = Array.from({ length: cols }, (_, col) => col).filter((col) => col !== own);
  return { A: columnsOf(table, others), y: columnsOf(table, [own]) };
}

function meansOf({ rows, cols, values }: NumberTable): Float64Array {
  const means = new Float64Array(cols);
  values.forEach((value, i) => {
    means[i % cols] = (means[i % cols] as number) + value / rows;
  });
  return means;
}

function centred({ cols, values }: NumberTable, means: Float64Array | undefined): Float64Array {
  return means ? values.map((value, i) => value - (means[i % cols] as number)) : values;
}

/** The columns of a table one after the other. */
function transposed({ rows, cols }: NumberTable, values: Float64Array): Float64Array {
  return values.map((_, i) => values[(i % rows) * cols + Math.floor(i / rows)] as number);
}

/** The coefficients of each right-hand side, after the intercept where there are means. */
function coefficientsOf(
  { coefficients }: LeastSquares,
  sides: number,
  means: { readonly A: Float64Array; readonly y: Float64Array } | undefined,
): Float64Array[] {
  const cols = coefficients.length / sides;
  return Array.from({ length: sides }, (_, side) => {
    const own = coefficients.slice(side * cols, (side + 1) * cols);
    if (!means) return own;
    return Float64Array.of(
      own.reduce((rest, w, j) => rest - w * (means.A[j] as number), means.y[side] as number),
      ...own,
    );
  });
}

function toFile(coefficients: readonly Float64Array[]): Uint8Array {
  const [sides, cols] = [coefficients.length, (coefficients[0] as Float64Array).length];
  const values = Float64Array.from(
    { length: sides * cols },
    (_, i) => coefficients[i % sides]?.[Math.floor(i / sides)] as number,
  );
  return toNpy(values, sides === 1 ? [cols] : [cols, sides]);
}

/** What is printed: one value where there is one right-hand side, else a list. */
function fieldsOf(
  fit: LeastSquares,
  coefficients: readonly Float64Array[],
  names: readonly string[] | null,
  intercept: boolean,
) {
  const each = <T>(values: ArrayLike<T>) => (values.length === 1 ? (values[0] as T) : Array.from(values));
  const own = intercept ? 1 : 0;
  return {
    precision: fit.precision,
    rank: fit.rank + own,
    lambda: each(fit.lambda),
    coefficients: each(coefficients),
    ...(names && { names: [...(intercept ? ["intercept"] : []), ...names] }),
    residualNorm: each(fit.residualNorms),
    degreesOfFreedom: each(fit.degreesOfFreedom.map((freedom) => freedom + own)),
    singularValues: fit.singularValues,
    scaling: fit.scaling,
    explanation: intercept ? `${fit.explanation} The intercept adds 1 to the rank.` : fit.explanation,
    converged: fit.converged,
  };
}
