import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { conclusionsOf, nameInputs, readResults, sealResults, withEarlier } from "../../src/cli/earlier-results.ts";
import { formatClaims } from "../../src/cli/figures.ts";
import { toJson } from "../../src/cli/session.ts";
import type { Engine } from "../../src/index.ts";
import { draw } from "../../src/paper/plot-style.ts";
import { figureNames, plotFigures } from "../../src/paper/plots.ts";
import { selectStudies, studies } from "../../src/paper/registry.ts";
import { reproduceStudies } from "../../src/paper/reproduce.ts";
import { defineMeasurement, defineStudy } from "../../src/paper/study.ts";

const engine = { info: { adapterName: "none" } } as Engine;
const row = new Float64Array(64).fill(0.5);

const measured: string[] = [];

const sum = defineMeasurement({
  id: "sum",
  stage: { title: "of the row", share: 3 },
  async measure({ row, report }) {
    measured.push("sum");
    report(0.5);
    return Array.from(row).reduce((a, b) => a + b, 0);
  },
});

const mean = defineStudy({
  id: "L98",
  name: "mean",
  figure: "toy",
  claim: "The mean of the row is a half",
  stage: { title: "the mean", share: 1 },
  needs: { sum },
  async measure({ row }, { sum }) {
    measured.push("mean");
    const value = sum / row.length;
    const finding = { shows: "0.5", measured: String(value), verdict: "holds", parameters: "N = 64" } as const;
    return { data: { value }, finding };
  },
  figures: {
    "figure-toy": ({ value }, document) => ({
      title: `The mean is ${value}`,
      caption: "One number.",
      svg: draw(document, "The mean of a row", { marks: [] }),
    }),
  },
});

const total = defineStudy({
  id: "total",
  name: "total",
  figure: "–",
  claim: "Nothing",
  needs: { sum },
  measure: async (_, { sum }) => ({ data: sum }),
  figures: {},
});

test("a study that is listed is in the table, the JSON and the figures", async () => {
  const stages: string[] = [];
  const concluded: unknown[] = [];
  const reproduction = await reproduceStudies(engine, [mean, total], {
    row,
    onProgress: ({ fraction, stage }) => stages.push(`${fraction} ${stage}`),
    onConclusion: ({ id }, { data }) => concluded.push([id, data]),
  });
  expect(reproduction.claims).toEqual([
    {
      id: "L98",
      figure: "toy",
      claim: "The mean of the row is a half",
      shows: "0.5",
      measured: "0.5",
      verdict: "holds",
      parameters: "N = 64",
    },
  ]);
  expect(concluded).toEqual([
    ["L98", { value: 0.5 }],
    ["total", 32],
  ]);
  const [claim] = reproduction.claims;
  expect(formatClaims([{ ...claim, verdict: "differs", region: "for no K" } as typeof claim & object])).toContain(
    "differs: for no K",
  );
  expect(formatClaims(reproduction.claims)).toMatch(/L98 +toy +The mean of the row is a half .*holds/);
  expect(JSON.parse(toJson(reproduction))).toMatchObject({
    adapter: "none",
    data: { mean: { value: 0.5 }, total: 32 },
  });

  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  expect(figureNames([mean, total])).toEqual(["figure-toy"]);
  const [figure] = plotFigures(reproduction, document, [mean, total]);
  expect(figure).toMatchObject({ name: "figure-toy", title: "The mean is 0.5" });

  // What both need is measured once, before them.
  expect(measured).toEqual(["sum", "mean"]);
  expect(stages).toEqual([
    "0 sum of the row",
    "0.375 sum of the row",
    "0.75 sum of the row",
    "0.75 L98 the mean",
    "1 L98 the mean",
  ]);
});

test("every study of the registry has an id, a name and figures of its own, in the order of their numbers", () => {
  for (const values of [studies.map(({ id }) => id), studies.map(({ name }) => name), figureNames()]) {
    expect(new Set(values).size).toBe(values.length);
  }
  const ids = studies.map(({ id }) => id);
  expect(ids).toEqual([...ids].sort(new Intl.Collator("en", { numeric: true }).compare));
});

test("studies are chosen by their ids and by the numbers of figures", () => {
  const ids = (selection: string) => selectStudies(selection).map(({ id }) => id);
  expect(ids("C11,8")).toEqual(["C9", "C11"]);
  expect(ids(" c12 , 6")).toEqual(["C7", "C8", "C12"]);
  expect(ids("3")).toEqual(["C2", "C3", "C4"]);
  expect(ids("3b,methods")).toEqual(["C3", "methods"]);
  expect(() => selectStudies("C99")).toThrow('--only: "C99" given, one of C0, C1');
});

test("results of the same inputs are not computed again, and those of others are kept", async () => {
  measured.length = 0;
  const known = new Map([["mean", { data: { value: 7 } }]]);
  const { data, claims } = await reproduceStudies(engine, [mean, total], { row, known });
  expect(data).toEqual({ mean: { value: 7 }, total: 32 });
  expect(claims).toEqual([]);
  expect(measured).toEqual(["sum"]);

  const [window, scale] = [studies[1], studies[4]];
  const claim = ({ id, figure, claim }: typeof window | typeof scale) =>
    ({ id, figure, claim, shows: "", measured: id, verdict: "holds", parameters: "" }) as const;
  const earlier = { adapter: "none", inputs: "a", claims: [claim(scale)], data: { scale: [1], methods: 2 } };
  expect([...conclusionsOf(earlier, studies).keys()]).toEqual(["scale", "methods"]);
  expect(conclusionsOf(earlier, studies).get("scale")).toMatchObject({ data: [1], finding: { measured: "C4" } });
  const merged = withEarlier(
    { ...earlier, claims: [claim(window)], data: { window: 3, methods: 4 } },
    earlier,
    studies,
  );
  expect(merged.claims.map(({ id }) => id)).toEqual(["C1", "C4"]);
  expect(Object.entries(merged.data)).toEqual([
    ["window", 3],
    ["scale", [1]],
    ["methods", 4],
  ]);
});

test("the inputs are named by the rows, the pixels and the adapter", () => {
  const other = row.map((value, n) => (n === 40 ? value + 2 ** -53 : value));
  const names = [
    nameInputs([row, other], 32, "a"),
    nameInputs([other, row], 32, "a"),
    nameInputs([row], 32, "a"),
    nameInputs([row, other], 16, "a"),
    nameInputs([row, other], 32, "b"),
  ];
  expect(new Set(names).size).toBe(names.length);
  expect(nameInputs([row, other], 32, "a")).toBe(names[0]);
});

test("a figures.json that was cut short, edited, or written by a version without checksums is not used", () => {
  const folder = mkdtempSync(join(tmpdir(), "results-"));
  const path = join(folder, "figures.json");
  const results = {
    adapter: "none",
    inputs: "a",
    claims: [],
    data: { scale: Float64Array.of(0.1, 1e-20), methods: 2 },
  };
  const text = sealResults(results);
  const read = (content: string) => {
    writeFileSync(path, content);
    return readResults(path, "a");
  };
  expect(read(text)).toEqual({ ...results, data: { scale: [0.1, 1e-20], methods: 2 } });
  expect(readResults(path, "b")).toBeUndefined();
  expect(readResults(join(folder, "none.json"), "a")).toBeUndefined();
  const edits = [
    text.slice(0, -20),
    "",
    "[]",
    "null",
    text.replace("0.1", "0.2"),
    text.replace("0.1", "NaN"),
    text.replace("0.1", "null"),
    text.replace(',"methods":2', ""),
    text.replace(/,"checksum":"\w+"/, ""),
  ];
  expect(new Set([...edits, text]).size).toBe(edits.length + 1);
  for (const edit of edits) expect(read(edit), edit).toBeUndefined();
  rmSync(folder, { recursive: true });
});
