import { figure2 } from "./figure-2.ts";
import { figure3a, figure3b } from "./figure-3.ts";
import { figure4, figure5 } from "./figure-4-5.ts";
import { figure6a, figure6b } from "./figure-6.ts";
import { figure8 } from "./figure-8.ts";
import { figureMethods } from "./figure-methods.ts";
import type { Figure } from "./plot-style.ts";
import type { Reproduction } from "./reproduce.ts";

/** The names of the figures, in their order: what a command writes is known before it has computed it. */
export const figureNames = [
  "figure-2",
  "figure-3a",
  "figure-3b",
  "figure-4",
  "figure-5",
  "figure-6a",
  "figure-6b",
  "figure-8",
  "figure-methods",
] as const;

/**
 * The paper's figures 2 to 6 and 8, and the comparison of the methods, from the numbers of `reproduce`, 640 pixels wide. Each drawing is an SVG element of
 * `document` that takes its ink from the text around it, and that stands on its own once it is written to a file.
 *
 * @param document the page's unless given; in Node, one of linkedom's
 */
export function plotFigures({ data }: Reproduction, document: Document = globalThis.document): readonly Figure[] {
  return [
    figure2(data.window, document),
    figure3a(data.decay, document),
    figure3b(data.bandwidth, document),
    figure4(data.components, document),
    figure5(data.finiteWidth, document),
    figure6a(data.iterationsTrack, document),
    figure6b(data.scaleTracks, document),
    figure8(data.iterations, document),
    figureMethods(data.methods, document),
  ];
}
