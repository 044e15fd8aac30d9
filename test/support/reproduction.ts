import { expect } from "vitest";
import type { Engine, Progress } from "../../src/index.ts";
import { figureNames, plotFigures } from "../../src/paper/plots.ts";
import { studies } from "../../src/paper/registry.ts";
import { type Reproduction, reproduceStudies } from "../../src/paper/reproduce.ts";
import type { Measurement, Study } from "../../src/paper/study.ts";

/** Runs a part of the studies on a row once: the first call computes, and all share its result and its progress. */
export function reproduceOnce(isChosen: (study: Study) => boolean, row: Float64Array) {
  const chosen: readonly Study[] = studies.filter(isChosen);
  const events: Progress[] = [];
  let memo: Promise<Reproduction> | undefined;
  /** Its data are those of the chosen studies alone. */
  const reproduction = (engine: Engine): Promise<Reproduction> => {
    const onProgress = (event: Progress) => void events.push(event);
    memo ??= reproduceStudies(engine, chosen, { row, onProgress }) as Promise<Reproduction>;
    return memo;
  };
  return { chosen, reproduction, events };
}

/** Every claim has its row of the table, the progress passes through every stage, and no GPU memory is held. */
export function expectWhole(
  engine: Engine,
  chosen: readonly Study[],
  { claims, adapter }: Reproduction,
  events: readonly Progress[],
): void {
  expect(claims.map(({ id }) => id)).toEqual(chosen.map(({ id }) => id).filter((id) => id !== "methods"));
  expect(adapter).toBe(engine.info.adapterName);
  expect(engine.memory).toMatchObject({ bytes: 0, buffers: 0 });
  for (const { measured, shows, parameters } of claims) expect(measured + shows + parameters).not.toMatch(/NaN|undef/);

  const fractions = events.map(({ fraction }) => fraction);
  expect(fractions[0]).toBe(0);
  expect(fractions.at(-1)).toBeCloseTo(1, 12);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  const measurements = new Set<Measurement<unknown>>(
    chosen.flatMap((study) => [...Object.values(study.needs ?? {}), study]),
  );
  const stages = [...measurements].flatMap(({ id, stage }) => (stage ? [`${id} ${stage.title}`] : []));
  expect(new Set(events.map(({ stage }) => stage))).toEqual(new Set(stages));
}

/** Every figure stands alone as a file: namespaced, with ink, ground and finite numbers. */
export function expectFigures(chosen: readonly Study[], { data }: Reproduction): void {
  const figures = plotFigures({ data }, document, chosen);
  expect(figures.map(({ name }) => name)).toEqual(figureNames(chosen));
  for (const key of ["title", "caption"] as const)
    expect(new Set(figures.map((f) => f[key])).size).toBe(figures.length);
  for (const { name, svg } of figures) {
    const text = svg.outerHTML.replace(/data:image[^"]*/g, "");
    expect(text, name).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(text, name).toMatch(/^<svg [^>]*aria-label="[^"]{20,}"/);
    expect(text, name).toContain("svg:root{color:");
    expect(text, name).toContain("prefers-color-scheme:dark");
    expect(text, name).not.toMatch(/NaN|undefined|Infinity/);
    expect(text.match(/<(path|image|rect|line) /g)?.length, name).toBeGreaterThan(2);
  }
}
