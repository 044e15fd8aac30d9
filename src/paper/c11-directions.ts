import * as Plot from "@observablehq/plot";
import { encode } from "fast-png";
import { fixed, list, title } from "../format.ts";
import { gridCentres, offsetBiases, offsetSamples, randomNeurons } from "../index.ts";
import { columnOf } from "./measures.ts";
import { axisVariation, frequencies, orderCorrelation, sinePictures, standardise } from "./picture-measures.ts";
import { type Draw, draw, look } from "./plot-style.ts";
import { type Conclusion, defineStudy, lend, type StudyContext, verdictOf } from "./study.ts";

const ACTIVATIONS = ["relu", "tanh", "heaviside"] as const;
const COMPONENTS = 32;
const SHOWN = [1, 2, 4, 8, 16, 32] as const;
const SEED = 1;
const WIDEST = 4096;

/**
 * The first K pictures of the 2-D DST have up to about 1.1·√K half-waves along an axis, 6 at K = 32, and those of the raster
 * index K. Twice the variation is far from both.
 */
const ROUGHER = 2;
/** Variation along both axes as that of the DST: within a factor of 1.5, far from ROUGHER at one axis and 0 at the other. */
const ALIKE = 1.5;
/** Nearly in the order of frequency: a rank correlation. */
const ORDERED = 0.9;

/** The components of one network on the pixels of a picture. */
export interface DirectionCase {
  readonly activation: (typeof ACTIVATIONS)[number];
  /** The rank of V. */
  readonly rank: "one" | "full";
  readonly singularValues: readonly number[];
  /** u_k for k = 1, 2, 4, 8, 16, 32, with a mean square of 1. */
  readonly pictures: readonly (readonly number[])[];
  /** Of every u_k: total variation along each axis, and mean frequency in half-waves. */
  readonly down: readonly number[];
  readonly across: readonly number[];
  readonly frequency: readonly number[];
  /** The rank correlation of k with the frequency. */
  readonly order: number;
  /** The share of the energy of all u_k in as many lowest frequencies. */
  readonly lowest: number;
}

export interface DirectionsData {
  /** R = C. */
  readonly pixels: number;
  readonly width: number;
  readonly shown: readonly number[];
  /** The 2-D DST-I in the order of p² + q². */
  readonly dst: Omit<DirectionCase, "activation" | "rank" | "singularValues">;
  readonly cases: readonly DirectionCase[];
}

function measurePictures(components: readonly (readonly number[])[], pixels: number): DirectionsData["dst"] {
  const pictures = components.map(standardise);
  const variation = pictures.map((u) => axisVariation(u, pixels));
  const spectra = pictures.map((u) => frequencies(u, pixels, COMPONENTS));
  const frequency = spectra.map(({ mean }) => mean);
  return {
    pictures: SHOWN.map((k) => (pictures[k - 1] as number[]).map((value) => Number(value.toFixed(4)))),
    down: variation.map(({ down }) => down),
    across: variation.map(({ across }) => across),
    frequency,
    order: orderCorrelation(frequency),
    lowest: mean(spectra.map(({ lowest }) => lowest)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * C11: the leading left singular vectors as pictures, for the raster index and for normal directions. They come from products
 * alone: at 32×32 pixels the full SVD takes 40 times as long on a software adapter, and has the same components.
 */
async function checkDirections({ engine, pixels, signal, report }: StudyContext): Promise<Conclusion<DirectionsData>> {
  const samples = pixels * pixels;
  const width = Math.min(WIDEST, Math.max(samples, 1024));
  // v = (C, 1)/(R·C) for every neuron: all see the raster index alone, on the offset grid.
  const [start = 0] = offsetSamples(samples);
  const raster = {
    x: Float64Array.from({ length: 2 * samples }, (_, i) =>
      i % 2 === 0 ? Math.floor(i / 2 / pixels) : (i >> 1) % pixels,
    ),
    v: Float64Array.from({ length: 2 * width }, (_, i) => (i % 2 === 0 ? pixels : 1) / samples),
    b: offsetBiases(width).map((bias) => bias - start),
  };
  const normal = {
    x: gridCentres([pixels, pixels]),
    ...randomNeurons({ width, dimensions: 2, directions: "normal", seed: SEED }),
  };
  // tanh rises over one sample, as with ω = M in one dimension.
  const networks = { one: { ...raster, scale: samples }, full: { ...normal, scale: pixels } };

  const cases: DirectionCase[] = [];
  let converged = true;
  for (const activation of ACTIVATIONS) {
    for (const rank of ["one", "full"] as const) {
      let most = 0; // A search for triplets that are missing begins again at 0.
      const onProgress = ({ fraction }: { fraction: number }) => {
        most = Math.max(most, fraction);
        report((cases.length + most) / 6);
      };
      const found = lend(engine.activationOperator({ activation, ...networks[rank], signal }), (operator) =>
        lend(engine.truncatedSvd(operator, { components: COMPONENTS, signal, onProgress }), async (svd) => {
          converged &&= svd.converged;
          const U = await svd.U.read();
          return {
            singularValues: Array.from(svd.singularValues),
            components: Array.from({ length: COMPONENTS }, (_, k) => columnOf(U, svd.U, k)),
          };
        }),
      );
      const { singularValues, components } = await found;
      cases.push({ activation, rank, singularValues, ...measurePictures(components, pixels) });
    }
  }

  const dst = measurePictures(sinePictures(pixels, COMPONENTS), pixels);
  const down = (one: DirectionsData["dst"]) => mean(one.down) / mean(dst.down);
  const across = (one: DirectionsData["dst"]) => mean(one.across) / mean(dst.across);
  const isAlike = (ratio: number) => ratio > 1 / ALIKE && ratio < ALIKE;
  const describe = (one: DirectionCase) =>
    `${title(one.activation)} ${fixed(down(one), 2)} and ${fixed(across(one), 2)} (order ${fixed(one.order, 3)}, ` +
    `${fixed(100 * one.lowest, 0)} %)`;
  const of = (rank: DirectionCase["rank"]) => cases.filter((one) => one.rank === rank);
  return {
    data: { pixels, width, shown: SHOWN, dst, cases },
    finding: {
      shows:
        `total variation of u_k, k ≤ ${COMPONENTS}, down columns and across rows, as a share of that of the 2-D DST: rank one at ` +
        `least ${ROUGHER} down the columns; full rank within a factor of ${ALIKE} along both, in order of frequency with a rank ` +
        `correlation of at least ${ORDERED}`,
      measured:
        `rank one: ${list(of("one").map(describe))}; full rank: ${list(of("full").map(describe))}. In brackets the rank ` +
        `correlation of k with the frequency of u_k, and the energy in the ${COMPONENTS} lowest frequencies. With rank one the ` +
        `components are those of one dimension, k half-waves down the columns and none across${converged ? "" : "; the SVD had not converged"}`,
      verdict: verdictOf([
        ...of("one").map((one) => down(one) >= ROUGHER),
        ...of("full").map((one) => isAlike(down(one)) && isAlike(across(one)) && one.order >= ORDERED),
      ]),
      parameters:
        `R = C = ${pixels}, N = ${samples}, M = ${width}; rank one: v = (C, 1)/(R·C), offset grid, ω = N; full rank: ` +
        `v ~ N(0, I), b = v·c with c uniform in the unit square, ω = R, seed ${SEED}`,
    },
  };
}

/** A row of pictures for each network, beside those of the DST. */
const figure9: Draw<DirectionsData> = ({ pixels, shown, dst, cases }, document) => {
  const rows = [
    { label: "2-D DST", color: "currentColor", pictures: dst.pictures },
    ...cases.map(({ activation, rank, pictures }) => ({
      label: `${title(activation)}, ${rank === "one" ? "rank 1" : "full rank"}`,
      color: look(activation).color,
      pictures,
    })),
  ];
  const columns = shown.map((k) => `k = ${k}`);
  const cells = rows.flatMap(({ label, pictures }) =>
    pictures.map((picture, i) => {
      const largest = Math.max(...picture.map(Math.abs));
      const grey = picture.map((value) => 0.5 + value / (2 * largest));
      return { column: columns[i], row: label, src: pngUrl(grey, pixels, pixels) };
    }),
  );
  return {
    title: "The rank of V decides whether components are smooth in two dimensions",
    caption:
      `Principal components uₖ of networks on the ${pixels}×${pixels} pixels of a picture. With directions of rank one, here the ` +
      "raster index, they have k half-waves down the columns and do not change across. With directions of full rank they are " +
      "smooth along both axes, and ordered by frequency as the two-dimensional sine transform is.",
    svg: draw(document, "Pictures of principal components for directions of rank one and of full rank", {
      height: 34 + 84 * rows.length,
      marginLeft: 142,
      marginRight: 6,
      marginTop: 24,
      marginBottom: 10,
      fx: { domain: columns, axis: null, padding: 0.06 },
      fy: { domain: rows.map(({ label }) => label), axis: null, padding: 0.06 },
      marks: [
        Plot.image(cells, {
          fx: "column",
          fy: "row",
          src: (cell: { src: string }) => cell.src,
          frameAnchor: "middle",
          width: 76,
          height: 76,
          imageRendering: "pixelated",
        }),
        ...columns.map((column) =>
          Plot.text([column], { fx: [column], fy: [rows[0]?.label], frameAnchor: "top", dy: -16, fontWeight: 600 }),
        ),
        ...rows.map(({ label, color }) =>
          Plot.text([label], {
            fx: [columns[0]],
            fy: [label],
            frameAnchor: "left",
            dx: -8,
            textAnchor: "end",
            fill: color,
            fontWeight: 600,
          }),
        ),
      ],
    }),
  };
};

/**
 * A `data:` URL of a picture, rows × cols numbers from 0 (black) to 1 (white), row-major: a PNG in 8-bit grey. An SVG of 42
 * pictures in rectangles would have 43 000 of them.
 */
export function pngUrl(values: ArrayLike<number>, rows: number, cols: number): string {
  const data = Uint8ClampedArray.from(values, (value) => 255 * value);
  const file = encode({ width: cols, height: rows, channels: 1, depth: 8, data });
  return `data:image/png;base64,${btoa(Array.from(file, (byte) => String.fromCharCode(byte)).join(""))}`;
}

export const directions = defineStudy({
  id: "C11",
  name: "directions",
  figure: "9",
  claim: "Directions V of rank one destroy the smoothness of the components in two dimensions; V of full rank keeps it",
  stage: { title: "components of pictures", share: 15 },
  measure: checkDirections,
  figures: { "figure-9": figure9 },
});
