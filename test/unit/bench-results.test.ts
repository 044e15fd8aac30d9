import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findLast, provenance, type Result, storeResult } from "../../scripts/bench/results.ts";
import { benchmarks } from "../../src/benchmark/benchmarks.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bench-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const accurate = { leading: 16, error: 1, runs: 5 };

/** This engine takes `median` ms, and ml-matrix half of that. */
const resultOf = (median: number, other: Partial<Result<"batches">> = {}): Result<"batches"> => ({
  benchmark: "batches",
  adapter: "an adapter",
  software: true,
  date: "2026-11-28T12:00:00.000Z",
  matrix: "random",
  bounds: { "spectral-shrinkage": { values: 64, full: 64 }, "ml-matrix": { values: 64 } },
  measurements: [
    { library: "spectral-shrinkage", task: "values", n: 16, minimum: median, median, ...accurate },
    { library: "spectral-shrinkage", task: "full", n: 16, failure: "out of memory" },
    { library: "ml-matrix", task: "values", n: 16, minimum: median / 2, median: median / 2, ...accurate },
  ],
  stack: "dawn-lavapipe",
  machine: "2 × a processor",
  commit: "0123456789",
  repetitions: 3,
  ...other,
});

const path = () => join(folder, "batches-dawn-lavapipe.json");

test("a stored result is read as it was, and the next result replaces it", () => {
  const [first, second] = [resultOf(10), resultOf(20)];
  expect(findLast(first, folder)).toEqual({
    note: "No ratio to the last result: no result of this benchmark on this stack is stored.",
  });
  storeResult(first, folder);
  const note = "To last: the time over that of 2026-11-28, at commit 0123456789.";
  expect(findLast(second, folder)).toEqual({ last: first, note });
  storeResult(second, folder);
  expect(findLast(first, folder).last).toEqual(second);
  // A diff shows which times changed: each measurement has a line of its own.
  expect(readFileSync(path(), "utf8").split("\n")).toContain(`    ${JSON.stringify(second.measurements[0])},`);
});

test("the table shows the ratio to the last result beside each time", () => {
  storeResult(resultOf(10), folder);
  const result = resultOf(25);
  const { columns, rows } = benchmarks.batches.text(result, findLast(result, folder).last);
  expect(columns.slice(2, 8)).toEqual(["Values only", "Ratio", "To last", "With U and V", "Ratio", "To last"]);
  expect(rows.map((row) => row.slice(0, 8))).toEqual([
    ["16", "spectral-shrinkage", "25 ms (25 ms)", "1", "2.5", "failed", "", ""],
    ["16", "ml-matrix", "13 ms (13 ms)", "0.5", "2.5", "–", "", ""],
  ]);
  expect(benchmarks.batches.text(result).columns).not.toContain("To last");
});

test.each([
  ["adapter", "a GPU"],
  ["machine", "64 × a processor"],
  ["matrix", "twice as many"],
] as const)("a result with another %s is not compared", (key, value) => {
  storeResult(resultOf(10, { [key]: value }), folder);
  expect(findLast(resultOf(10), folder)).toEqual({
    note: `No ratio to the last result: it has another ${key}, ${value}.`,
  });
});

const changed = (part: object) => JSON.stringify({ ...resultOf(10), ...part });

test.each([
  ["that ends early", '{"benchmark": "batch', "JSON expected"],
  ["of an array", "[]", "result: an array of 0 given, an object expected"],
  ["of another stack", changed({ stack: "dawn-system" }), 'stack: "dawn-system" given'],
  ["with a number for a commit", changed({ commit: 7 }), "commit: 7 given"],
  ["without a list of measurements", changed({ measurements: {} }), "measurements: "],
  [
    "with a measurement without a time",
    changed({ measurements: [{ library: "ml-matrix", task: "values", n: 16 }] }),
    "measurements[0].median: undefined given",
  ],
])("a file %s is named, not compared, and replaced", (_, text, reason) => {
  writeFileSync(path(), text);
  const { last, note } = findLast(resultOf(10), folder);
  expect(last).toBeUndefined();
  expect(note).toContain(`No ratio to the last result: ${path()} is damaged: `);
  expect(note).toContain(reason);
  storeResult(resultOf(10), folder);
  expect(findLast(resultOf(10), folder).last).toEqual(resultOf(10));
});

test("the provenance names the stack, the processors and the commit", () => {
  expect(provenance("dawn-lavapipe", 3)).toEqual({
    stack: "dawn-lavapipe",
    machine: expect.stringMatching(/^\d+ × ./),
    commit: expect.stringMatching(/^([\da-f]{10,}\+?|unknown)$/),
    repetitions: 3,
  });
});
