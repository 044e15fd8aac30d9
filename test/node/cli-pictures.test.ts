import { readFileSync } from "node:fs";
import { decode, encode } from "fast-png";
import { describe, expect, test } from "vitest";
import { openNpy, toNpy } from "../../src/cli/npy.ts";
import { fourierFeatures, gridCentres, psnr, randomNeurons, randomSplit } from "../../src/index.ts";
import { activationMatrixTwin } from "../../src/theory/activations.ts";
import { cli } from "../support/cli.ts";
import { at, fitFile, signal, write } from "../support/cli-inputs.ts";

const [rows, cols] = [7, 9];
const pixels = rows * cols;
/** Smooth, from 0.1 to 0.9, and another in each channel. */
const values = (channel: number) =>
  Array.from({ length: pixels }, (_, i) => {
    const [row, col] = [Math.floor(i / cols), i % cols];
    return 0.5 + 0.4 * Math.sin(row / 2 + channel) * Math.cos(col / 3 - channel);
  });
const grey = values(0);
const picture = write("grey.npy", toNpy(Float64Array.from(grey), [rows, cols]));
const bytes = Uint8Array.from({ length: 3 * pixels }, (_, i) => 255 * (values(i % 3)[Math.floor(i / 3)] as number));
const colour = write("colour.png", encode({ width: cols, height: rows, channels: 3, depth: 8, data: bytes }));

const relu = ["--activation", "relu", "--width", "40"];

async function succeed(...args: string[]) {
  const { code, stdout, stderr } = await cli(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

/** `steps` of gradient descent in float64 at these rows of A, and then A·w at all. */
function descend(
  A: Float64Array,
  width: number,
  y: ArrayLike<number>,
  kept: ArrayLike<number>,
  rate: number,
  steps: number,
) {
  const w = new Float64Array(width);
  const row = (n: number) => A.subarray(n * width, (n + 1) * width);
  const product = (n: number) => row(n).reduce((sum, a, m) => sum + a * (w[m] as number), 0);
  for (let step = 0; step < steps; step++) {
    const residuals = Array.from(kept, (n) => product(n) - (y[n] as number));
    Array.from(kept).forEach((n, i) => {
      row(n).forEach((a, m) => {
        w[m] = (w[m] as number) - rate * a * (residuals[i] as number);
      });
    });
  }
  return Array.from({ length: A.length / width }, (_, n) => product(n));
}

describe("fit of a picture", () => {
  test.for(["relu", "sine"] as const)(
    "%s in random directions descends as in float64, and is judged on the rest",
    async (activation) => {
      const options = [
        "--activation",
        activation,
        "--width",
        "41",
        "--scale",
        "5",
        "--seed",
        "3",
        "--directions",
        "uniform",
      ];
      const out = ["--keep", "0.4", "--iterations", "30", "--out", at("fit.npy")];
      const result = await succeed("fit", picture, ...options, ...out);
      const { learningRate, singularValues } = result;
      const drawn = { width: 41, dimensions: 2, directions: "uniform", seed: 3 } as const;
      const neurons = activation === "sine" ? fourierFeatures({ ...drawn, scale: 5 }) : randomNeurons(drawn);
      const A = activationMatrixTwin({ activation, scale: 5, x: gridCentres([rows, cols]), ...neurons });
      const { kept, heldOut } = randomSplit({ samples: pixels, keep: 0.4, seed: 3 });
      const expected = descend(A, 41, grey, kept, learningRate, 30);
      const written = openNpy(at("fit.npy"));
      expect(written.shape).toEqual([rows, cols]);
      const prediction = written.read();
      expected.forEach((value, n) => {
        expect(Math.abs((prediction[n] as number) - value)).toBeLessThan(2e-5);
      });
      const quality = (places: Uint32Array) =>
        psnr(
          Array.from(places, (n) => grey[n] as number),
          Array.from(places, (n) => prediction[n] as number),
        );
      expect(result).toMatchObject({ keptPixels: 25, iterations: 30, method: "gradientDescent", converged: true });
      expect(result.picture).toEqual({ rows, columns: cols, channels: 1 });
      expect(result.psnr).toBeCloseTo(quality(kept), 6);
      expect(result.heldOutPsnr).toBeCloseTo(quality(heldOut), 6);
      expect(learningRate * singularValues[0] ** 2).toBeCloseTo(1, 12);
    },
  );

  test("in raster directions it is the fit of the pixels one after the other", async () => {
    const flat = write("flat.npy", toNpy(Float64Array.from(grey), [pixels]));
    const options = [...relu, "--scale", "40", "--components", "6"];
    const [asSignal, asPicture] = await Promise.all([
      succeed("fit", flat, ...options),
      succeed("fit", picture, ...options, "--directions", "raster", "--out", at("raster.npy")),
    ]);
    expect(asPicture.singularValues).toHaveLength(7);
    expect(asPicture.iterations / asSignal.iterations).toBeCloseTo(1, 3);
    expect(asPicture.psnr).toBeCloseTo(asSignal.psnr, 2);
    const prediction = openNpy(at("raster.npy")).read();
    asSignal.prediction.forEach((value: number, n: number) => {
      expect(Math.abs((prediction[n] as number) - value)).toBeLessThan(1e-3);
    });
  });

  test("all colours are fitted, and written as PNG", async () => {
    const result = await succeed(
      "fit",
      colour,
      ...relu,
      "--components",
      "20",
      "--method",
      "eigenPro",
      "--out",
      at("fit.png"),
    );
    expect(result).toMatchObject({ picture: { channels: 3 }, parameters: { eigenvectors: 10 }, converged: true });
    const { width, height, channels, data } = decode(readFileSync(at("fit.png")));
    expect({ width, height, channels }).toEqual({ width: cols, height: rows, channels: 3 });
    const scaled = (all: ArrayLike<number>) => Array.from(all, (value) => value / 255);
    // Rounding to 8 bits moves a value by 1/510 at most.
    expect(result.psnr).toBeGreaterThan(20);
    expect(psnr(scaled(bytes), scaled(data))).toBeCloseTo(result.psnr, 0);
  });
});

const fitOf = (file: string, ...more: string[]) => ["fit", file, ...relu, "--iterations", "2", ...more];
const refusals: Record<string, [args: string[], message: RegExp]> = {
  "directions of a signal": [
    fitFile("directions.csv", signal.join("\n"), "--iterations", "2", "--directions", "normal"),
    /--directions: given for a signal, a picture expected/,
  ],
  "a share of a signal": [
    fitFile("keep.csv", signal.join("\n"), "--iterations", "2", "--keep", "0.5"),
    /--keep: given for a signal, a picture expected/,
  ],
  "unknown directions": [fitOf(picture, "--directions", "polar"), /choices are normal, uniform, raster/],
  "the whole as a share": [fitOf(picture, "--keep", "1"), /'--keep <share>' .* between 0 and 1/],
  "a share of no pixel": [fitOf(picture, "--keep", "0.001"), /keep: 0.001 given, which keeps 0 of 63 samples/],
  "a seed that is no integer": [fitOf(picture, "--seed", "1.5"), /--seed: 1.5 given, an integer from 0/],
  "a method that needs the whole SVD": [
    fitOf(picture, "--method", "preconditioned"),
    /preconditioned, which needs the whole SVD, given for a picture/,
  ],
  "a method that needs A in memory": [
    fitOf(picture, "--method", "sgd"),
    /sgd, which needs A in memory, given for a picture/,
  ],
  "components of a method that depends on the picture": [
    ["fit", picture, ...relu, "--components", "3", "--method", "cgls"],
    /--components: given for cgls and a picture, --iterations expected/,
  ],
  "more components than there are": [
    ["fit", picture, ...relu, "--components", "41"],
    /at most min\(pixels, width\) = 40/,
  ],
  "an output of another kind": [
    fitOf(picture, "--out", at("fit.jpg")),
    /fit.jpg: a file name that ends in .png or .npy/,
  ],
  "an output on the input": [fitOf(colour, "--out", colour), /colour.png would be overwritten/],
  "a PNG that is none": [fitOf(write("text.png", "no picture")), /text.png cannot be read as PNG: /],
  "a JPEG that is none": [fitOf(write("text.jpg", "no picture")), /text.jpg cannot be read as JPEG: /],
  "a missing picture": [fitOf(at("missing.png")), /cannot read .*missing.png: no such file/],
  "two channels": [
    fitOf(write("two.npy", toNpy(new Float64Array(8), [2, 2, 2]))),
    /shape \(2, 2, 2\); expected rows × columns/,
  ],
  "no pixels": [fitOf(write("none.npy", toNpy(new Float64Array(0), [0, 3]))), /none.npy holds no pixels/],
};

test.for(Object.entries(refusals))("%s is refused in one line", async ([, [args, message]]) => {
  const { code, stdout, stderr } = await cli(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^error: .*\n$/);
  expect(stderr).toMatch(message);
});
