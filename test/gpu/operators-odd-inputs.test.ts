import { expect } from "vitest";
import { offsetBiases, offsetSamples, randomNeurons } from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { checkProducts, type Input, stepTwin } from "../support/operator-twin.ts";
import { createRandom } from "../support/random.ts";

type Network = Required<Pick<Input, "x" | "b" | "v">> & Pick<Input, "scale">;

/** Samples in the unit cube, and neurons whose planes pass through it. */
function draw(dimensions: number, samples: number, width: number): Network {
  const { uniform } = createRandom(samples);
  const x = Float64Array.from({ length: samples * dimensions }, uniform);
  return { x, ...randomNeurons({ width, dimensions, directions: "normal", seed: width }) };
}

/** The same network for samples that lie at `offset` along every axis. */
function shift({ x, b, v }: Network, dimensions: number, offset: number): Network {
  const along = b.map((bias, m) =>
    v.subarray(m * dimensions, (m + 1) * dimensions).reduce((sum, v_d) => sum + v_d * offset, bias),
  );
  return { x: x.map((value) => value + offset), b: along, v };
}

const networks: Record<string, (dimensions: number) => Network> = {
  "all samples equal": (dimensions) => ({
    ...draw(dimensions, 33, 40),
    x: new Float64Array(33 * dimensions).fill(0.37),
  }),
  "samples and directions of zero": (dimensions) => ({
    x: new Float64Array(33 * dimensions),
    v: new Float64Array(40 * dimensions),
    b: offsetBiases(40).map((bias) => bias - 0.9),
  }),
  "directions of length zero beside others": (dimensions) => {
    const network = draw(dimensions, 33, 40);
    network.v.fill(0, 0, 10 * dimensions);
    return network;
  },
  "each neuron two times": (dimensions) => {
    const { x, b, v } = draw(dimensions, 33, 20);
    return { x, b: Float64Array.from([...b, ...b]), v: Float64Array.from([...v, ...v]) };
  },
  "one sample and one neuron": (dimensions) => draw(dimensions, 1, 1),
  "one neuron": (dimensions) => draw(dimensions, 33, 1),
  "a large scale": (dimensions) => ({ ...draw(dimensions, 33, 40), scale: 1e4 }),
  "a small scale": (dimensions) => ({ ...draw(dimensions, 33, 40), scale: 1e-6 }),
  "samples of up to 1e6": (dimensions) => {
    const { x, b, v } = draw(dimensions, 33, 40);
    return { x: x.map((value) => 1e6 * value), b: b.map((bias) => 1e6 * bias), v, scale: 1e-6 };
  },
  "samples at 1e6": (dimensions) => shift(draw(dimensions, 33, 40), dimensions, 1e6),
  "samples at 1e6, and planes through 0": (dimensions) => {
    const { x, v } = shift(draw(dimensions, 33, 40), dimensions, 1e6);
    return { x, v, b: new Float64Array(40), scale: 1e-6 };
  },
  "directions from 2⁻⁴⁰ to 1": (dimensions) => {
    const { x, b, v } = draw(dimensions, 33, 40);
    const size = (m: number) => 2 ** -m;
    return { x, b: b.map((bias, m) => bias * size(m)), v: v.map((v_d, i) => v_d * size(Math.floor(i / dimensions))) };
  },
  "one bias far from all others": (dimensions) => {
    const network = draw(dimensions, 33, 40);
    network.b[3] = 1e5;
    return network;
  },
};

for (const form of ["stored", "generated"] as const) {
  test.for(Object.entries(networks))(`${form} in two and three dimensions: %s`, async ([, make], { engine }) => {
    for (const dimensions of [2, 3]) {
      for (const activation of ["heaviside", "relu", "relu3", "tanh"] as const) {
        await checkProducts(engine, { activation, ...make(dimensions) }, form);
      }
    }
  });
}

// In slices of 10 or 11 bits an offset of 2³⁰ would leave an error of 2⁻¹⁰ in entries of about 1.
test("generated entries of samples at 1e9 are as exact as at 0", async ({ engine }) => {
  for (const activation of ["relu", "relu3"] as const) {
    await checkProducts(engine, { activation, ...shift(draw(2, 33, 40), 2, 1e9) }, "generated");
  }
});

// Its entries depend on the sign of z alone, not on the scale, which may be near the least of float32.
test("Heaviside of tiny positions and of a tiny scale jumps at the right sample, in every form", async ({ engine }) => {
  const tiny = (values: Float64Array) => values.map((value) => value * 1e-36);
  const plane = draw(2, 33, 40);
  const line = { x: tiny(offsetSamples(33)), b: tiny(offsetBiases(40)) };
  const inputs = [
    ...(["stored", "generated", "scan"] as const).map((form) => ({ form, ...line })),
    ...(["stored", "generated"] as const).map((form) => ({ form, x: tiny(plane.x), b: tiny(plane.b), v: plane.v })),
  ];
  for (const { form, ...positions } of inputs) {
    const input: Input = { activation: "heaviside", scale: 1e-37, ...positions };
    using operator = await engine.activationOperator({ ...input, form });
    const w = Float32Array.from({ length: 40 }, (_, m) => 2 ** (m % 16));
    const options = { learningRate: 1e-9, iterations: 0, initialWeights: w };
    const { prediction } = await engine.descend(operator, new Float32Array(33), options);
    // Sums of small integers are exact: one entry that is wrong shows.
    expect([...prediction], form).toEqual([...stepTwin(input, new Float32Array(33), w).product]);
  }
});
