import type { PlotOptions, ScaleOptions } from "@observablehq/plot";
import { logTick, logTicks } from "./format.ts";

/** A meaning keeps its colour on every page; the values stand in styles/tokens.css. */
export const colors = {
  data: "var(--series-data)",
  mask: "var(--series-mask)",
  dst: "var(--series-dst)",
  descent: "var(--series-descent)",
  quiet: "var(--quiet)",
  rule: "var(--line)",
  grid: "var(--field)",
} as const;

export const DASHES = "6 4";
/** For a line that is meant to lie on a broad one: both stay in sight. */
export const SPARSE_DASHES = "7 7";
export const BROAD = 5;
export const DOTS = "1.5 4";

/** What all plots share: size, margins, grid, description. */
export function frame(width: number, height: number, ariaLabel: string): PlotOptions {
  return {
    width,
    height,
    ariaLabel,
    marginLeft: 46,
    marginRight: 12,
    marginTop: 22,
    marginBottom: 36,
    style: { background: "none", color: "var(--quiet)", overflow: "visible", fontSize: "11px" },
  };
}

export function logAxis(domain: readonly [number, number], label: string, grid = false): ScaleOptions {
  return { type: "log", domain: [...domain], label, ticks: logTicks(domain), tickFormat: logTick, grid };
}

export function plotHeight(width: number, ratio = 0.58): number {
  return Math.round(Math.min(340, Math.max(220, width * ratio)));
}

/** Indices 0 … count − 1, as rows for a plot's channels. */
export function indices(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
