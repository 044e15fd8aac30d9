import { brief, title } from "../format.ts";
import type { MethodComparison } from "./by-method.ts";

/** The comparison at one K, in words. */
export interface MethodTable {
  readonly components: number;
  /** Columns. */
  readonly activations: readonly string[];
  /** A cell: the iterations, and how many times fewer than gradient descent's; empty where there are none. */
  readonly rows: readonly {
    readonly label: string;
    readonly cells: readonly { readonly iterations: string; readonly timesFewer: string }[];
  }[];
}

/** Stands over the tables. */
export const METHODS_CAPTION =
  "Iterations that keep K components, by method, on the spectra of figure 8, and how many times fewer than gradient descent's. " +
  "CGLS's are for the photograph's row. –: σ_K lies within float32's rounding, or 2⁵² iterations do not reach it.";

/** A table for each K, methods down, activations across. */
export function methodTables({ table, methods }: MethodComparison): MethodTable[] {
  const components = [...new Set(table.map((cell) => cell.components))];
  const activations = [...new Set(table.map(({ activation }) => activation))];
  return components.map((k) => ({
    components: k,
    activations: activations.map(title),
    rows: methods.map(({ method, label }) => ({
      label,
      cells: activations.map((activation) => {
        const found = table.find(
          (cell) => cell.components === k && cell.activation === activation && cell.method === method,
        );
        if (!found) return { iterations: "–", timesFewer: "" };
        return { iterations: count(found.iterations), timesFewer: times(found.timesFewer) };
      }),
    })),
  }));
}

/** All digits up to 99 999, two beyond. */
function count(iterations: number): string {
  return iterations < 1e5 ? String(iterations) : brief(iterations);
}

/** "7.26×", and "1/256×" where there are more, not fewer. */
function times(ratio: number): string {
  return ratio > 0.99 ? `${digits(ratio)}×` : `1/${digits(Math.round(1 / ratio))}×`;
}

/** Three below 1000, two beyond. */
function digits(value: number): string {
  return value < 1000 ? String(Number(value.toPrecision(3))) : brief(value);
}
