import { describe, expect, test } from "vitest";
import { openNpy, toNpy } from "../../src/cli/npy.ts";
import { cli } from "../support/cli.ts";
import { at, write } from "../support/cli-inputs.ts";
import { longley } from "../support/nist.ts";

const names = ["deflator", "gnp", "unemployed", "forces", "population", "year"];
const years = longley.y.map((employed, i) => [...longley.design.slice(7 * i + 1, 7 * i + 7), employed]);
const csv = (rows: readonly (readonly number[])[], header: readonly string[]) =>
  `${[header, ...rows].map((cells) => cells.join(",")).join("\n")}\n`;
const longleyFile = () => write("longley.csv", csv(years, [...names, "employed"]));

async function lstsq(...args: string[]) {
  const { code, stdout, stderr } = await cli(["lstsq", ...args]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

const relativeErrors = (given: readonly number[], expected: readonly number[]) =>
  Math.max(...expected.map((value, i) => Math.abs((given[i] as number) / value - 1)));

test("NIST's Longley from CSV, with an intercept: every coefficient to 1e-11", async () => {
  const fit = await lstsq(longleyFile(), "--intercept");
  expect(relativeErrors(fit.coefficients, longley.coefficients)).toBeLessThan(1e-11);
  expect(fit.names).toEqual(["intercept", ...names]);
  expect(fit.residualNorm ** 2 / longley.residual).toBeCloseTo(1, 10);
  expect(fit).toMatchObject({ rank: 7, degreesOfFreedom: 7, lambda: 0, precision: "extended", converged: true });
});

test("the target may be another column, by its name", async () => {
  const moved = years.map((row) => [row[6] as number, ...row.slice(0, 6)]);
  const path = write("moved.csv", csv(moved, ["employed", ...names]));
  const fit = await lstsq(path, "--target", "employed", "--intercept");
  expect(relativeErrors(fit.coefficients, longley.coefficients)).toBeLessThan(1e-11);
});

test("a ridge shrinks no intercept: with a large λ it is the mean of y", async () => {
  const fit = await lstsq(longleyFile(), "--intercept", "--ridge", "1e20");
  const mean = longley.y.reduce((sum, value) => sum + value / 16, 0);
  const [intercept, ...others] = fit.coefficients as number[];
  expect(intercept).toBeCloseTo(mean, 3);
  expect(Math.max(...others.map(Math.abs))).toBeLessThan(1e-7);
  expect(fit.degreesOfFreedom).toBeCloseTo(1, 6);
});

test("two right-hand sides from .npy: lists, and a file of coefficients", async () => {
  const A = write("A.npy", toNpy(Float64Array.of(1, 0, 0, 2, 1, 1), [3, 2]));
  // y₁ = A·(1, 2), y₂ = A·(3, −1)
  const y = write("y.npy", toNpy(Float64Array.of(1, 3, 4, -2, 3, 2), [3, 2]));
  const out = at("w.npy");
  const fit = await lstsq(A, y, "--out", out, "--ridge", "0");
  expect(relativeErrors(fit.coefficients.flat(), [1, 2, 3, -1])).toBeLessThan(1e-12);
  expect(fit.residualNorm.map((norm: number) => norm < 1e-10)).toEqual([true, true]);
  expect(fit).toMatchObject({ rank: 2, lambda: [0, 0], degreesOfFreedom: [2, 2] });
  const { shape, read } = openNpy(out);
  expect(shape).toEqual([2, 2]);
  expect(relativeErrors(Array.from(read()), [1, 3, 2, -1])).toBeLessThan(1e-12);
});

test("rcond and single precision reach the SVD", async () => {
  const A = write("diagonal.csv", "p,q\n4,0\n0,1\n0,0\n");
  const y = write("ones.csv", "4\n4\n0\n");
  const fit = await lstsq(A, y, "--rcond", "0.5", "--precision", "single", "--ridge", "0");
  expect(fit).toMatchObject({ precision: "single", lambda: 0 });
  // The columns are scaled to one size: neither σ is below half of the other.
  expect(relativeErrors(fit.coefficients, [1, 4])).toBeLessThan(1e-6);
});

describe("refused, with exit code 2 and one line", () => {
  const table = () => write("table.csv", "a,b\n1,2\n3,4\n");
  const refusals: [args: () => string[], message: RegExp][] = [
    [() => [table(), "--target", "c"], /--target: "c" given, one of a, b expected/],
    [() => [write("bare.csv", "1.5,2.5\n3.5,4.5\n"), "--target", "c"], /a first line that names the columns expected/],
    [() => [table(), table(), "--target", "b"], /--target and y given, one of them expected/],
    [() => [table(), write("three.csv", "1\n2\n3\n")], /three.csv has 3 rows, .*table.csv 2; as many expected/],
    [() => [write("one.csv", "a\n1\n2\n")], /one.csv has one column; y, or a second column, expected/],
    [() => [table(), "--ridge", "aic"], /'--ridge <λ\|rule>' .* number/],
    [() => [table(), "--ridge", "-1"], /at least 0 is expected/],
    [() => [write("A.txt", "1")], /A.txt: a file name that ends in .npy or .csv expected/],
    [() => [write("cube.npy", toNpy(new Float64Array(8), [2, 2, 2]))], /cube.npy is 3-D; expected 1-D or 2-D/],
  ];

  test.for(refusals)("%#", async ([args, message]) => {
    const { code, stdout, stderr } = await cli(["lstsq", ...args()]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect([code, stdout]).toEqual([2, ""]);
  });
});
