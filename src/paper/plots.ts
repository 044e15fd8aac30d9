import { figure2 } from "./figure-2.ts";
import { figure3a, figure3b } from "./figure-3.ts";
import { figure4, figure5 } from "./figure-4-5.ts";
import { figure6a, figure6b } from "./figure-6.ts";
import { figure8 } from "./figure-8.ts";
import { figureMethods } from "./figure-methods.ts";
import type { Draw, Figure } from "./plot-style.ts";
import type { FigureData, Reproduction } from "./reproduce.ts";

/** The figures by their names, in their order. */
const figures: Readonly<Record<string, Draw<FigureData>>> = {
  "figure-2": ({ window }, document) => figure2(window, document),
  "figure-3a": ({ decay }, document) => figure3a(decay, document),
  "figure-3b": ({ bandwidth }, document) => figure3b(bandwidth, document),
  "figure-4": ({ components }, document) => figure4(components, document),
  "figure-5": ({ finiteWidth }, document) => figure5(finiteWidth, document),
  "figure-6a": ({ iterationsTrack }, document) => figure6a(iterationsTrack, document),
  "figure-6b": ({ scaleTracks }, document) => figure6b(scaleTracks, document),
  "figure-8": ({ iterations }, document) => figure8(iterations, document),
  "figure-methods": ({ methods }, document) => figureMethods(methods, document),
};

/** The names of the figures. A command checks its files by them before it computes. */
export const figureNames: readonly string[] = Object.keys(figures);

/**
 * The figures 2 to 6 and 8 of the paper, and the comparison of the methods, from the numbers of `reproduce`, 640 pixels
 * wide. Each drawing is an SVG element of `document`. It takes the colour of the text around it, and is complete as a file
 * of its own.
 *
 * @param document that of the page unless given; in Node, one of linkedom
 */
export function plotFigures({ data }: Reproduction, document: Document = globalThis.document): readonly Figure[] {
  return Object.entries(figures).map(([name, draw]) => ({ name, ...draw(data, document) }));
}
