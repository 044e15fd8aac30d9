import type { PlotOptions, ScaleOptions } from "@observablehq/plot";
import { superscript } from "../../src/format.ts";

/** Each meaning has one colour on all pages. Their values are in styles/tokens.css. */
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
/** For a line that should coincide with a broad one, so that both stay visible. */
export const SPARSE_DASHES = "7 7";
export const BROAD = 5;
export const DOTS = "1.5 4";

/** What all plots share: size, margins, description. */
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

/** Values to mark on a logarithmic axis: powers of ten where at least three are in the domain, else 1, 2 and 5 times them. */
export function logTicks([low, high]: readonly [number, number], most = 7): number[] {
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const decades = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const inside = (value: number) => value >= low * 0.999 && value <= high * 1.001;
  const powers = decades.map((exponent) => Number(`1e${exponent}`)).filter(inside);
  if (powers.length < 3) return decades.flatMap((e) => [1, 2, 5].map((d) => Number(`${d}e${e}`))).filter(inside);
  const stride = Math.ceil(powers.length / most);
  return powers.filter((_, i) => (powers.length - 1 - i) % stride === 0);
}

/** A tick of a logarithmic axis: powers of ten as 10⁻³, other values in full. */
function logTick(value: number): string {
  if (value >= 0.001 && value <= 1000) return String(value);
  const [digit, exponent] = value.toExponential(0).split("e");
  return `${digit === "1" ? "" : `${digit} × `}10${superscript(Number(exponent))}`;
}

export function plotHeight(width: number, ratio = 0.58): number {
  return Math.round(Math.min(340, Math.max(220, width * ratio)));
}

/** Indices 0 … count − 1, as rows for a plot's channels. */
export function indices(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
