import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import type { ActivationName } from "../../src/index.ts";
import { spread } from "../../src/paper/plot-style.ts";
import { figureNames, plotFigures } from "../../src/paper/plots.ts";
import { studies } from "../../src/paper/registry.ts";
import type { FigureData } from "../../src/paper/reproduce.ts";

const names = [
  "figure-2",
  "figure-3a",
  "figure-3b",
  "figure-4",
  "figure-5",
  "figure-6a",
  "figure-6b",
  "figure-8",
  "figure-methods",
];
const ramp = (count: number, value: (i: number) => number) => Array.from({ length: count }, (_, i) => value(i));

/** Numbers of about the right shape, without a GPU. */
function invented() {
  const spectrum = (activation: ActivationName, scale: number) => ({
    activation,
    scale,
    ratios: ramp(64, (k) => (k + 1) ** -2),
    floor: 1e-3,
  });
  const component = (activation: ActivationName) => ({
    activation,
    components: ramp(32, (k) => k).map((k) => ramp(64, (i) => Math.sin(((k + 0.5) * Math.PI * i) / 64))),
    overlaps: ramp(32, () => 0.5),
    withinBand: 1,
    refinement: [1],
    changes: 1,
  });
  const fitted = {
    components: [2, 4, 8],
    dst1: [5, 10, 15],
    dst7: [6, 11, 16],
    curves: (["tanh", "relu", "sinc", "gaussian"] as const).map((activation) => ({ activation, psnr: [7, 8, 9] })),
    reaches: [],
  };
  const masks = [10, 100].map((iterations) => ({ iterations, mask: [1, 0.5, 0], window: Math.sqrt(iterations) }));
  const data: Partial<FigureData> = {
    window: { s: [1, 0.1, 0.01], masks, descents: masks },
    decay: [spectrum("heaviside", 64), spectrum("tanh", 64)],
    bandwidth: [spectrum("sinc", 8), spectrum("gaussian", 8)],
    scale: { scales: [1], moved: [] },
    components: { dst: component("heaviside").components, curves: [component("heaviside"), component("relu2")] },
    finiteWidth: { width: 32, x: ramp(64, (i) => i / 64), curves: [component("heaviside"), component("tanh")] },
    iterationsTrack: fitted,
    scaleTracks: fitted,
    iterations: [{ activation: "relu", iterations: ramp(40, (k) => (k + 1) ** 4) }],
    mask: { iterations: [1], curves: [] },
    methods: {
      samples: 64,
      components: [2, 4, 8],
      methods: [
        { method: "gradientDescent", label: "gradient descent", family: "gradient descent", parameters: "α" },
        { method: "chebyshev", label: "Chebyshev", family: "semi-iteration", parameters: "K" },
      ],
      curves: [
        { activation: "heaviside", method: "gradientDescent", iterations: [4, 40, 400] },
        { activation: "relu", method: "gradientDescent", iterations: [4, 400] },
        { activation: "relu", method: "chebyshev", iterations: [4, 20, 40] },
      ],
      table: [],
    },
  };
  return { data, drawn: studies.filter(({ name }) => name in data) };
}

function drawn() {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const { data, drawn } = invented();
  return plotFigures({ data }, document, drawn);
}

test("draws each figure once, each with words of its own", () => {
  const figures = drawn();
  expect(figures.map(({ name }) => name)).toEqual(names);
  expect(figureNames(invented().drawn)).toEqual(names);
  for (const key of ["title", "caption"] as const) expect(new Set(figures.map((f) => f[key])).size).toBe(names.length);
});

test.each(names)("%s stands alone as a file: namespaced, with ink, ground and finite numbers", (name) => {
  const figure = drawn().find((drawing) => drawing.name === name);
  const text = figure?.svg.outerHTML ?? "";
  expect(text).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(text).toMatch(/^<svg [^>]*aria-label="[^"]{20,}"/);
  expect(text).toContain("svg:root{color:");
  expect(text).toContain("prefers-color-scheme:dark");
  expect(text).not.toMatch(/NaN|undefined|Infinity/);
  expect(text.match(/<path /g)?.length).toBeGreaterThan(2);
});

test("every curve of the PSNR figures carries its name", () => {
  for (const name of ["figure-6a", "figure-6b"]) {
    const svg = drawn().find((drawing) => drawing.name === name)?.svg;
    const words = Array.from(svg?.querySelectorAll("text") ?? [], ({ textContent }) => textContent);
    expect(words).toEqual(expect.arrayContaining(["DST-I", "DST-VII", "tanh", "ReLU", "sinc", "Gaussian"]));
  }
});

test("every curve of the methods carries its name, in the panel of its activation", () => {
  const svg = drawn().find((drawing) => drawing.name === "figure-methods")?.svg;
  const words = Array.from(svg?.querySelectorAll("text") ?? [], ({ textContent }) => textContent);
  expect(words.filter((word) => word === "gradient descent")).toHaveLength(2);
  expect(words.filter((word) => word === "Chebyshev")).toHaveLength(1);
  expect(words).toEqual(expect.arrayContaining(["Heaviside", "ReLU"]));
});

test("labels that would overlap are moved apart about their middle, others stay", () => {
  expect(spread([0, 50, 52, 100], 10)).toEqual([0, 46, 56, 100]);
  expect(spread([0, 0, 0], 10)).toEqual([-10, 0, 10]);
  expect(spread([0, 8, 16], 10)).toEqual([-2, 8, 18]);
  expect(spread([], 10)).toEqual([]);
});
