import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { formatClaims } from "../../src/cli/figures.ts";
import { toJson } from "../../src/cli/session.ts";
import type { Engine } from "../../src/index.ts";
import { draw } from "../../src/paper/plot-style.ts";
import { figureNames, plotFigures } from "../../src/paper/plots.ts";
import { studies } from "../../src/paper/registry.ts";
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
  const reproduction = await reproduceStudies(engine, [mean, total], {
    row,
    onProgress: ({ fraction, stage }) => stages.push(`${fraction} ${stage}`),
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
