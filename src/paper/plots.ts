import type { Figure } from "./plot-style.ts";
import { studies } from "./registry.ts";
import type { Study } from "./study.ts";

/** The names of the figures of `chosen`: what a command writes is known before it computes. */
export function figureNames(chosen: readonly Study[] = studies): readonly string[] {
  return chosen.flatMap(({ figures }) => Object.keys(figures));
}

/**
 * The figures of `chosen`, from the numbers of `reproduceStudies`, 640 pixels wide. Each drawing is an SVG element of
 * `document`. It takes the colour of the text around it, and is complete as a file of its own.
 *
 * @param document that of the page unless given; in Node, one of linkedom
 */
export function plotFigures(
  { data }: { readonly data: Readonly<Record<string, unknown>> },
  document: Document = globalThis.document,
  chosen: readonly Study[] = studies,
): readonly Figure[] {
  return chosen.flatMap(({ name, figures }) =>
    Object.entries(figures).map(([figure, draw]) => ({ name: figure, ...draw(data[name], document) })),
  );
}
