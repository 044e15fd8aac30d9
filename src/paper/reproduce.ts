import { ArgumentError, type Engine, type RunOptions } from "../index.ts";
import { studies } from "./registry.ts";
import type { Conclusion, Finding, Measurement, Study } from "./study.ts";

interface ReproduceOptions extends RunOptions {
  /** The signal of C0, C7, C8, C13 and CGLS, N ≥ 64 samples in [0, 1]; N also sizes the spectra of C2, C3, C5 and C9. */
  readonly row: ArrayLike<number>;
  /** Other signals of N samples in [0, 1], on which C7 and C8 are repeated; none unless given. */
  readonly others?: readonly ArrayLike<number>[];
  /** M of C7 and C8, at least N; 2N unless given. */
  readonly width?: number;
  /** R = C of the pictures of C11, from 8 to 512; the smaller of 32 and N/4 unless given. */
  readonly pixels?: number;
  /** Conclusions of the same inputs, by the names of their studies, that need not be computed again. */
  readonly known?: ReadonlyMap<string, Conclusion<unknown>>;
  /** Called with each study as soon as it is measured. */
  readonly onConclusion?: (study: Study, conclusion: Conclusion<unknown>) => void;
}

/** One row of the claims table. */
export interface ClaimResult extends Pick<Study, "id" | "figure" | "claim">, Finding {}

/** The numbers of each study, by its name. */
export type NumbersOf<Studies extends readonly Study[]> = {
  readonly [One in Studies[number] as One["name"]]: One extends Study<string, infer Data> ? Data : never;
};

export type FigureData = NumbersOf<typeof studies>;

export interface Reproduction<Data = FigureData> {
  /** The adapter that computed it. */
  readonly adapter: string;
  readonly claims: readonly ClaimResult[];
  readonly data: Data;
}

/** Recomputes every study of the registry; see `reproduceStudies`. */
export function reproduce(engine: Engine, options: ReproduceOptions): Promise<Reproduction> {
  return reproduceStudies(engine, studies, options);
}

/**
 * Recomputes `chosen` on `engine`, each after what it needs. Progress is the fraction of all their work, and its stage names
 * the current one. All GPU memory is free again at the end, also after a failure or an abort.
 * @throws ArgumentError where `row` has fewer than 64 samples or one outside [0, 1], `width` is below N, or
 * `pixels` not from 8 to 512.
 */
export async function reproduceStudies<const Studies extends readonly Study[]>(
  engine: Engine,
  chosen: Studies,
  {
    row,
    others = [],
    width = 2 * row.length,
    pixels = Math.min(32, Math.floor(row.length / 4)),
    known = new Map(),
    signal,
    onProgress,
    onConclusion,
  }: ReproduceOptions,
): Promise<Reproduction<NumbersOf<Studies>>> {
  requireInputs(row, others, width, pixels);
  const order = inOrder(chosen.filter(({ name }) => !known.has(name)));
  const total = order.reduce((sum, { stage }) => sum + (stage?.share ?? 0), 0);
  const results = new Map<Measurement<unknown>, unknown>();
  let done = 0;
  for (const measurement of order) {
    const { id, stage, needs = {} } = measurement;
    const share = stage?.share ?? 0;
    const report = (fraction: number) => {
      signal?.throwIfAborted();
      if (stage) onProgress?.({ fraction: (done + fraction * share) / total, stage: `${id} ${stage.title}` });
    };
    const needed = Object.entries(needs).map(([name, source]) => [name, results.get(source)]);
    report(0);
    results.set(
      measurement,
      await measurement.measure({ engine, row, others, width, pixels, signal, report }, Object.fromEntries(needed)),
    );
    report(1);
    done += share;
    const study = chosen.find((study) => study === measurement);
    if (study) onConclusion?.(study, results.get(study) as Conclusion<unknown>);
  }

  const conclusions = chosen.map((study) => ({
    study,
    ...(known.get(study.name) ?? (results.get(study) as Conclusion<unknown>)),
  }));
  return {
    adapter: engine.info.adapterName,
    claims: conclusions.flatMap(({ study: { id, figure, claim }, finding }) =>
      finding ? [{ id, figure, claim, ...finding }] : [],
    ),
    data: Object.fromEntries(conclusions.map(({ study, data }) => [study.name, data])) as NumbersOf<Studies>,
  };
}

/** A transform of a picture of more pixels takes minutes, and there are 200 of them. */
const MOST_PIXELS = 512;

function requireInputs(
  row: ArrayLike<number>,
  others: readonly ArrayLike<number>[],
  width: number,
  pixels: number,
): void {
  const samples = row.length;
  if (samples < 64) throw new ArgumentError(`row: ${samples} samples given, at least 64 expected`);
  requireSignal("row", row);
  for (const [i, other] of others.entries()) {
    if (other.length !== samples) {
      throw new ArgumentError(`others[${i}]: ${other.length} samples given, ${samples}, those of the row, expected`);
    }
    requireSignal(`others[${i}]`, other);
  }
  if (!Number.isSafeInteger(width) || width < samples) {
    throw new ArgumentError(`width: ${width} given, an integer of at least ${samples}, the samples, expected`);
  }
  if (!Number.isSafeInteger(pixels) || pixels < 8 || pixels > MOST_PIXELS) {
    throw new ArgumentError(`pixels: ${pixels} given, an integer from 8 to ${MOST_PIXELS} expected`);
  }
}

function requireSignal(name: string, signal: ArrayLike<number>): void {
  const outside = Array.from(signal).findIndex((value) => !(value >= 0 && value <= 1));
  if (outside >= 0) {
    throw new ArgumentError(`${name}[${outside}]: ${signal[outside]} given, a number from 0 to 1 expected`);
  }
}

/** Each measurement once, after those that it needs. */
function inOrder(chosen: readonly Measurement<unknown>[]): readonly Measurement<unknown>[] {
  const order = new Set<Measurement<unknown>>();
  const visit = (measurement: Measurement<unknown>) => {
    Object.values(measurement.needs ?? {}).forEach(visit);
    order.add(measurement);
  };
  chosen.forEach(visit);
  return [...order];
}
