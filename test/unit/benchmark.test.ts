import { describe, expect, test } from "vitest";
import { compare } from "../../src/benchmark/compare.ts";
import { type Comparison, type Library, OWN } from "../../src/benchmark/library.ts";
import { gapNotes, type Measurement, middleOf, type Report } from "../../src/benchmark/report.ts";
import { batches, tall } from "../../src/benchmark/svd-families.ts";
import { fitExponent, type Timing } from "../../src/benchmark/timing.ts";

type Task = "one" | "many";

const library = (name: string, one: number, many?: number): Library<Task> => ({
  name,
  processor: "CPU",
  bounds: () => ({ one, ...(many !== undefined && { many }) }),
});
const comparison: Comparison<Task> = {
  libraries: [library(OWN, 64, 64), library("peer", 32)],
  tasks: { one: "one task", many: "many tasks" },
  sizes: [32, 64],
  shape: (n) => `${n} × ${n}`,
};
const timing: Timing = { minimum: 1, median: 2, runs: 3 };

/** Measures both sizes; `measure` stands for the timing of a library. */
function run(measure: (library: string, n: number) => Timing, abort = new AbortController()) {
  const announced: string[] = [];
  const reported: number[] = [];
  const measurements = compare(
    comparison,
    true,
    {
      sizes: [32, 64],
      signal: abort.signal,
      onStart: (what) => announced.push(what),
      onReport: (report: readonly Measurement<Task, Timing>[]) => reported.push(report.length),
    },
    {
      prepare: async (n) => n,
      measure: async ({ name }, _, n) => measure(name, n),
      report: (measurements) => measurements,
    },
  );
  return { measurements, announced, reported };
}

describe("a comparison", () => {
  test("measures every library at its tasks up to their bounds, and reports after each", async () => {
    const { measurements, announced, reported } = run(() => timing);
    expect((await measurements).map(({ library, task, n }) => `${library} ${task} ${n}`)).toEqual([
      `${OWN} one 32`,
      `${OWN} many 32`,
      "peer one 32",
      `${OWN} one 64`,
      `${OWN} many 64`,
    ]);
    expect(reported).toEqual([1, 2, 3, 4, 5]);
    expect(announced[0]).toBe("32 × 32: reference in float64");
    expect(announced).toContain("32 × 32: peer, one task");
  });

  test("reports the failure of a peer, and throws that of this engine", async () => {
    const failing = (failed: string) => (name: string) => {
      if (name === failed) throw new Error("no device");
      return timing;
    };
    expect(await run(failing("peer")).measurements).toContainEqual({
      library: "peer",
      task: "one",
      n: 32,
      failure: "no device",
    });
    await expect(run(failing(OWN)).measurements).rejects.toThrow("no device");
  });

  test("ends with the signal's reason, also where a peer fails by it", async () => {
    const abort = new AbortController();
    const { measurements } = run((name) => {
      if (name !== "peer") return timing;
      abort.abort();
      throw abort.signal.reason;
    }, abort);
    await expect(measurements).rejects.toMatchObject({ name: "AbortError" });
  });
});

test("the notes say what a library does not offer, what takes too long, and what failed", () => {
  const measurements = [{ library: "peer", task: "one", n: 32, failure: "no device" }] as const;
  const bounds = { [OWN]: { one: 64, many: 0 }, peer: { one: 32 } };
  const report = { benchmark: "b", matrix: "A", adapter: "a", software: true, date: "", bounds, measurements };
  expect(gapNotes(report, comparison)).toEqual([
    "Not offered by the library: peer many tasks.",
    `Not measured, because it takes too long: ${OWN} many tasks, peer one task above n = 32.`,
    "peer failed at n = 32 (one task): no device",
  ]);
});

test("of several repetitions each measurement is the one in the middle, and a failure is the slowest", () => {
  const repetition = (...medians: (number | null)[]): Report<Task, Timing> => ({
    benchmark: "b",
    matrix: "A",
    adapter: "a",
    software: true,
    date: "",
    bounds: {},
    measurements: medians.map((median, i) => ({
      library: OWN,
      task: "one",
      n: 32 * 2 ** i,
      ...(median === null ? { failure: "lost" } : { minimum: 1, median, runs: 1 }),
    })),
  });
  const { measurements } = middleOf([repetition(4, 22, 5), repetition(22, null, null), repetition(5, 4, null)]);
  expect(measurements.map((one) => ("median" in one ? one.median : one.failure))).toEqual([5, 22, "lost"]);
});

test("batches have 2²⁰ entries, and a quarter of them on a software adapter", () => {
  const shapes = (software: boolean) => batches.defaults.map((n) => batches.comparison.shape(n, software));
  expect(shapes(false)).toEqual(["4096 of 16 × 16", "1024 of 32 × 32", "256 of 64 × 64"]);
  expect(shapes(true)).toEqual(["1024 of 16 × 16", "256 of 32 × 32", "64 of 64 × 64"]);
  const { entries } = batches.createMatrices(16, true);
  expect(entries).toHaveLength(2 ** 18);
  const matrix = (k: number) => entries.slice(256 * k, 256 * (k + 1));
  expect(matrix(0)).toEqual(batches.createMatrices(16, true).entries.slice(0, 256));
  expect(matrix(0)).not.toEqual(matrix(1));
});

test("tall matrices are 16384 × 64 and 65536 × 256", () => {
  expect(tall.defaults.map((n) => tall.comparison.shape(n, true))).toEqual(["16384 × 64", "65536 × 256"]);
  const { batch, rows, cols, entries } = tall.createMatrices(64, true);
  expect({ batch, rows, cols }).toEqual({ batch: 1, rows: 16384, cols: 64 });
  // The last sample, 1, is above the first bias, −1.
  expect([entries[0], entries[16383 * 64], entries.at(-1)]).toEqual([0, 2, 0]);
});

test("the reference of tall matrices has their singular values", async () => {
  // Columns of length 5 and 13, at right angles.
  const matrices = { batch: 1, rows: 4, cols: 2, entries: Float32Array.of(3, 0, 4, 0, 0, 5, 0, 12) };
  const values = await tall.referenceOf(matrices, new AbortController().signal);
  expect(values[0]).toBeCloseTo(13, 12);
  expect(values[1]).toBeCloseTo(5, 12);
});

test("an exponent is that of the power law, from two points on", () => {
  expect(fitExponent([2, 3, 5].map((n) => [n, 7 * n ** 2.5] as const))).toBeCloseTo(2.5, 12);
  expect(fitExponent([[2, 3]])).toBeNull();
});
