import { join } from "node:path";
import { Command } from "commander";
import { METHODS_CAPTION, type MethodComparison, type MethodTable, methodTables } from "../paper/method-comparison.ts";
import type { ClaimResult, FigureData } from "../paper/reproduce.ts";
import { conclusionsOf, nameInputs, readResults, sealResults, withEarlier } from "./earlier-results.ts";
import { makeFolder } from "./files.ts";
import { positiveInteger } from "./options.ts";
import { requireWritable, writeOutputs } from "./outputs.ts";
import { photographPath, readSignals } from "./photograph.ts";
import { print, toJson, withEngine } from "./session.ts";
import { formatTable } from "./table.ts";

/** `figures`: recomputes claims and laws, writes figures and their numbers, prints verdicts. */
export function figuresCommand(): Command {
  return new Command("figures")
    .description("recompute the paper's claims and the laws behind them; figures as SVG, their numbers as JSON")
    .option("--out <folder>", "where figure-*.svg and figures.json are written", "figures")
    .option("--only <list>", "claims, laws and figures to compute, C11,L3,9 for example (default: all)")
    .option("--picture <file>", ".png, .jpg or .npy with the rows, 7 × 256 pixels or more (default: the photograph)")
    .option("--pixels <count>", "side of the pictures of C11; 128 takes minutes without a GPU", positiveInteger, 32)
    .option("--json", "print the verdicts as JSON instead of a table")
    .action(runFigures);
}

interface FiguresOptions {
  readonly out: string;
  readonly json?: true;
  readonly only?: string;
  readonly picture?: string;
  readonly pixels: number;
}

async function runFigures({ out, json, only, picture = photographPath(), pixels }: FiguresOptions): Promise<void> {
  // Loaded here: the plots' library would double the time that every other command takes to start.
  const [{ reproduceStudies }, { selectStudies, studies }, { figureNames, plotFigures }, { parseHTML }] =
    await Promise.all([
      import("../paper/reproduce.ts"),
      import("../paper/registry.ts"),
      import("../paper/plots.ts"),
      import("linkedom"),
    ]);
  const chosen = only === undefined ? studies : selectStudies(only);
  const files = [...figureNames(chosen).map((name) => `${name}.svg`), "figures.json"];
  const { row, others } = readSignals(picture);
  makeFolder(out);
  requireWritable(
    files.map((file) => join(out, file)),
    [picture],
  );

  const reproduction = await withEngine(async (engine, run) => {
    const inputs = nameInputs([row, ...others], pixels, engine.info.adapterName);
    const numbers = join(out, "figures.json");
    const earlier = readResults(numbers, inputs);
    const known = earlier && conclusionsOf(earlier, studies);
    const reproduction = await reproduceStudies(engine, chosen, {
      row,
      others,
      pixels,
      ...(known && { known }),
      ...run,
    });
    const { document } = parseHTML("<!doctype html><html><body></body></html>");
    const figures = plotFigures(reproduction, document, chosen);
    const outputs = figures.map(({ name, svg }) => ({ path: join(out, `${name}.svg`), data: `${svg.outerHTML}\n` }));
    writeOutputs(
      [...outputs, { path: numbers, data: sealResults(withEarlier({ inputs, ...reproduction }, earlier, studies)) }],
      run.signal,
    );
    return reproduction;
  });
  const { adapter, claims } = reproduction;
  const { methods }: Partial<FigureData> = reproduction.data;
  if (json) {
    const comparison = methods && { methods: methods.table, parameters: methods.methods };
    await print(toJson({ adapter, claims, ...comparison, files }));
    return;
  }
  const tables = [...(claims.length > 0 ? [formatClaims(claims)] : []), ...(methods ? [formatMethods(methods)] : [])];
  await print(`${[...tables, `${adapter}\n${out}: ${files.join(", ")}`].join("\n\n")}\n`);
}

/** The table of verdicts, and below it the parameters of each statement. */
export function formatClaims(claims: readonly ClaimResult[]): string {
  const head = ["", "figure", "claim", "should show", "measured", "verdict"];
  const rows = claims.map((c) => [c.id, c.figure, c.claim, c.shows, c.measured, verdictIn(c)]);
  const parameters = claims.map((c) => [c.id, c.parameters]);
  const table = formatTable([head, ...rows], [4, 6, 32, 32, 36, 22]);
  return `${table}\n\n${formatTable([["", "parameters"], ...parameters], [4, 130])}`;
}

/** "holds in part: for K ≤ 64". */
function verdictIn({ verdict, region }: ClaimResult): string {
  return region ? `${verdict}: ${region}` : verdict;
}

function formatMethods(comparison: MethodComparison): string {
  const parameters = comparison.methods.map(({ label, parameters }) => [label, parameters]);
  const list = formatTable([["method", "parameters"], ...parameters], [21, 90], "\n");
  return [METHODS_CAPTION, ...methodTables(comparison).map(formatMethodTable), list].join("\n\n");
}

function formatMethodTable({ components, activations, rows }: MethodTable): string {
  const body = rows.map(({ label, cells }) => [
    label,
    ...cells.map(({ iterations, timesFewer }) => `${iterations.padEnd(8)} ${timesFewer}`),
  ]);
  return formatTable([[`K = ${components}`, ...activations], ...body], [21, ...activations.map(() => 18)], "\n");
}
