import { describe, expect, test, vi } from "vitest";
import { openNpy, toNpy } from "../../src/cli/npy.ts";
import { report } from "../../src/cli/session.ts";
import { formatTable } from "../../src/cli/table.ts";
import spectra from "../data/extended-spectra.json" with { type: "json" };
import { cli, startNode } from "../support/cli.ts";
import { at, fitFile, fitWith, relu, signal, sine, tanh, write } from "../support/cli-inputs.ts";
import { heavisideSvd } from "../support/closed-forms.ts";

async function succeed(...args: string[]) {
  const { code, stdout, stderr } = await cli(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe("spectrum", () => {
  test.for(["offset", "linspace"])(
    "Heaviside has its closed form on the %s grid; all fields are there",
    async (grid) => {
      const n = 64;
      const options = ["--samples", `${n}`, "--width", `${n}`, "--grid", grid, "--json"];
      const result = await succeed("spectrum", "--activation", "heaviside", ...options);
      const fields = ["adapter", "singularValues", "sweeps", "converged", "precision", "noiseFloor"];
      expect(Object.keys(result)).toEqual(fields);
      expect(result).toMatchObject({ adapter: expect.stringMatching(/\w/), converged: true, precision: "single" });
      const exact = heavisideSvd(n).singularValues;
      const [largest = 0] = exact;
      expect(result.noiseFloor).toBeGreaterThan(2 ** -25 * largest);
      expect(result.noiseFloor).toBeLessThan(exact[n - 1] ?? 0);
      expect(result.singularValues).toHaveLength(n);
      exact.forEach((value, k) => {
        expect(Math.abs(result.singularValues[k] - value)).toBeLessThan(10 * 2 ** -23 * largest);
      });
    },
  );

  test("extended precision follows tanh's spectrum to 1e-11 of its start, 4 decades below single's noise", async () => {
    const options = ["--activation", "tanh", "--scale", "10", "--samples", "64", "--width", "64"];
    const result = await succeed("spectrum", ...options, "--precision", "extended");
    expect(result).toMatchObject({ converged: true, precision: "extended" });
    const exact = spectra["tanh 64"];
    const [largest = 0] = exact;
    expect(result.noiseFloor).toBeLessThan(1e-12 * largest);
    for (const [k, value] of exact.entries()) {
      if (value > 1e-11 * largest) expect(result.singularValues[k] / value).toBeCloseTo(1, 2);
    }
  });

  test("the offset grid is the default, and the scale reaches the activation", async () => {
    const of = (...more: string[]) => succeed(...relu, "--samples", "4", ...more);
    const [plain, mirrored] = await Promise.all([of(), of("--scale", "-0.2e1")]);
    // relu(x − b) on the offset grid is L²/4, L the lower triangle of ones, with determinant 4⁻⁴.
    const determinant = plain.singularValues.reduce((product: number, value: number) => product * value, 1);
    expect(determinant * 4 ** 4).toBeCloseTo(1, 5);
    // relu(−2 (x − b)) = max(m − n − 1, 0)/2 holds the block ½, 1; 0, ½ and zeros.
    const [first, second, ...rest] = mirrored.singularValues;
    expect(first * second).toBeCloseTo(0.25, 6);
    for (const value of rest) expect(value).toBeLessThan(1e-6);
  });
});

describe("fit", () => {
  test("components give Proposition 4.2's iterations; psnr, prediction and the written file agree", async () => {
    const samples = sine(64);
    const path = write("signal.npy", toNpy(Float32Array.from(samples), [64]));
    const result = await succeed("fit", path, ...tanh(80), "--components", "8", "--out", at("prediction.npy"));
    const { singularValues, iterations, learningRate, prediction, weights } = result;
    const added = ["iterations", "learningRate", "psnr", "prediction", "weights"];
    expect(Object.keys(result).slice(-5)).toEqual(added);
    expect(learningRate * singularValues[0] ** 2).toBeCloseTo(1, 12);
    expect(iterations).toBe(Math.ceil((singularValues[0] / singularValues[7]) ** 2));
    expect([prediction.length, weights.length]).toEqual([64, 80]);
    const squares = samples.reduce((sum, value, n) => sum + (Math.fround(value) - prediction[n]) ** 2, 0);
    expect(result.psnr).toBeCloseTo(10 * Math.log10(64 / squares), 6);
    prediction.forEach((value: number, n: number) => {
      const sum = weights.reduce((sum: number, weight: number, m: number) => {
        return sum + weight * Math.tanh(80 * ((n + 1) / 64 - m / 80));
      }, 0);
      expect(Math.abs(sum - value)).toBeLessThan(1e-5);
    });
    expect([...openNpy(at("prediction.npy")).read()]).toEqual(prediction);
  });

  test("a method takes its parameters from the spectrum and K, and its own number of iterations", async () => {
    const [plain, chebyshev, eigenPro] = await Promise.all(
      ["gd", "chebyshev", "eigenPro"].map((method) => succeed(...fitWith("--components", "12", "--method", method))),
    );
    expect(plain).toMatchObject({ method: "gradientDescent", parameters: {} });
    const { singularValues } = plain;
    const lambda = (k: number) => singularValues[k - 1] ** 2;
    expect(chebyshev).toMatchObject({ method: "chebyshev", singularValues });
    expect(chebyshev.parameters.lower / lambda(12)).toBeCloseTo(1, 12);
    expect(chebyshev.parameters.upper / lambda(1)).toBeCloseTo(1.001, 12);
    expect(chebyshev).not.toHaveProperty("learningRate");
    expect(eigenPro).toMatchObject({ method: "eigenPro", parameters: { eigenvectors: 6 } });
    expect(eigenPro.learningRate * lambda(7)).toBeCloseTo(1, 5);
    // |r_T| = 1/T_T(z₀) at λ = 0's side, and (1 − λ_12/λ_7)^T.
    const angle = 2 * Math.asinh(Math.sqrt(lambda(12) / (1.001 * lambda(1) - lambda(12))));
    expect(chebyshev.iterations).toBe(Math.ceil(Math.acosh(Math.E) / angle));
    expect(eigenPro.iterations).toBe(Math.ceil(-1 / Math.log1p(-lambda(12) / lambda(7))));
    expect(plain.iterations).toBeGreaterThan(10 * chebyshev.iterations);
    for (const { psnr } of [plain, chebyshev, eigenPro]) expect(psnr).toBeGreaterThan(10);
  });

  test("given parameters replace the chosen ones, and K is not needed", async () => {
    const result = await succeed(
      ...fitWith("--iterations", "20", "--method", "heavyBall", "--momentum", "0.5", "--learning-rate", "1e-4"),
    );
    expect(result).toMatchObject({
      method: "heavyBall",
      parameters: { momentum: 0.5 },
      learningRate: 1e-4,
      iterations: 20,
    });
  });

  test("the scale is the width unless given", async () => {
    const withoutScale = fitFile("default.csv", signal.join("\n"), "--components", "4");
    withoutScale.splice(withoutScale.indexOf("--scale"), 2);
    const [given, standard] = await Promise.all([succeed(...fitWith("--components", "4")), succeed(...withoutScale)]);
    expect(standard).toEqual(given);
  });

  test("the peak of psnr is the signal's largest magnitude where that is beyond 1", async () => {
    const [double, zeros] = await Promise.all([
      succeed(...fitFile("double.csv", signal.map((value) => value * 2).join("\n"), "--iterations", "2")),
      succeed(...fitFile("zeros.csv", "0\n0\n0", "--iterations", "2")),
    ]);
    const squares = signal.reduce((sum, value, n) => sum + (2 * value - double.prediction[n]) ** 2, 0);
    expect(double.psnr).toBeCloseTo(10 * Math.log10((1.8 ** 2 * 16) / squares), 6);
    expect(zeros).toMatchObject({ psnr: null, prediction: [0, 0, 0] });
  });

  test("a pipe gets all of a long result", async () => {
    const result = await succeed(
      "fit",
      write("one.csv", "1"),
      "--activation",
      "relu",
      "--width",
      "30000",
      "--iterations",
      "1",
    );
    expect(result.weights).toHaveLength(30000);
  });
});

describe("svd in extended precision", () => {
  test("of float64 entries, with float64 vectors", async () => {
    const entries = Float64Array.of(1, 1 / 3, 1e-9, 1, 1 / 3, 0);
    const path = write("extended.npy", toNpy(entries, [2, 3]));
    const result = await succeed("svd", path, "--out", at("extended"), "--precision", "extended");
    expect(result.precision).toBe("extended");
    const [u, v] = [openNpy(at("extended/U.npy")).read(), openNpy(at("extended/V.npy")).read()];
    entries.forEach((entry, i) => {
      const [row, col] = [Math.floor(i / 3), i % 3];
      const terms = [0, 1].map((k) => (u[2 * row + k] ?? 0) * result.singularValues[k] * (v[2 * col + k] ?? 0));
      expect(Math.abs((terms[0] ?? 0) + (terms[1] ?? 0) - entry)).toBeLessThan(1e-13);
    });
  });
});

describe("unfinished", () => {
  test("a diverging run exits 1 and names the step", async () => {
    const { code, stdout, stderr } = await cli(fitWith("--iterations", "500", "--learning-rate", "1"));
    expect(stderr).toMatch(
      /^error: .* diverged at step \d+; .* gradientDescent expected: .* stable for σ₁² below 2\n$/,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test("Ctrl-C ends a long run with nothing printed", async () => {
    const size = ["--samples", "1024", "--width", "1024", "--scale", "1024"];
    const outcome = await cli(["spectrum", "--activation", "gelu", ...size], 4000);
    expect(outcome).toEqual({ code: 130, stdout: "", stderr: "error: interrupted\n" });
  });

  test("values that have not converged are printed, and the run fails", async () => {
    const printed: unknown[] = [];
    const stdout = vi.spyOn(process.stdout, "write").mockImplementation(((text: string, done: () => void) => {
      printed.push(JSON.parse(text));
      done();
      return true;
    }) as typeof process.stdout.write);
    const result = { singularValues: Float64Array.of(2, 1), sweeps: 30, converged: false };
    await expect(report(result)).rejects.toThrow("not converged after 30 sweeps");
    stdout.mockRestore();
    expect(printed).toEqual([{ singularValues: [2, 1], sweeps: 30, converged: false }]);
  });

  test("help is no fault", async () => {
    const { code, stdout, stderr } = await cli(["fit", "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("--learning-rate <number>");
    // `npm run cli` starts the command line from its sources.
    const fromSources = await startNode(["--import", "tsx", "src/cli/main.ts", "fit", "--help"]).end;
    expect(fromSources).toEqual({ code, stdout, stderr });
  });
});

test("a table wraps its cells", () => {
  expect(
    formatTable(
      [
        ["a", "b"],
        ["one two three", "supercalifragilistic"],
      ],
      [7, 10],
    ),
  ).toBe(["a        b", "───────  ──────────", "one two  supercalif", "three    ragilistic"].join("\n"));
});
