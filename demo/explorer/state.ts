import { type ActivationName, activationNames } from "../../src/index.ts";

export const signalNames = ["photograph", "upload", "step", "blocks", "smooth", "noisy", "chirp"] as const;
export type SignalName = (typeof signalNames)[number];

/** All that the explorer's controls say. An uploaded file itself stays outside: it cannot travel in an address. */
export interface State {
  readonly signal: SignalName;
  readonly row: number;
  readonly noise: number;
  readonly seed: number;
  /** A name of the engine's, or "wgsl" for the expression beside it. */
  readonly activation: ActivationName | "wgsl";
  readonly wgsl: string;
  readonly scale: number;
  readonly samples: number;
  readonly width: number;
  readonly components: number;
  /** True: q follows from the components by Proposition 4.2; false: `iterations` is q. */
  readonly follow: boolean;
  readonly iterations: number;
  /** α·σ₁². */
  readonly rate: number;
}

const defaults: State = {
  signal: "photograph",
  row: 512,
  noise: 0.1,
  seed: 1,
  activation: "tanh",
  wgsl: "max(z, 0.1 * z)",
  scale: 128,
  samples: 64,
  width: 128,
  components: 16,
  follow: true,
  iterations: 1000,
  rate: 1,
};

/** The range of each number; logarithmic ones are spread so on their sliders. */
export const ranges = {
  row: { min: 0, max: 65_535, integer: true, log: false },
  noise: { min: 0, max: 0.5, integer: false, log: false },
  seed: { min: 1, max: 99, integer: true, log: false },
  scale: { min: 0.1, max: 1000, integer: false, log: true },
  samples: { min: 8, max: 512, integer: true, log: true },
  width: { min: 8, max: 1024, integer: true, log: true },
  components: { min: 1, max: 512, integer: true, log: true },
  iterations: { min: 1, max: 1e9, integer: true, log: true },
  rate: { min: 0.05, max: 8, integer: false, log: true },
} as const;

export type NumberName = keyof typeof ranges;

/** The nearest number that the control allows, or undefined where `value` is none. */
export function clamp(name: NumberName, value: number): number | undefined {
  const { min, max, integer } = ranges[name];
  if (!Number.isFinite(value)) return undefined;
  return Math.min(max, Math.max(min, integer ? Math.round(value) : value));
}

/** Reads a query string; what is missing or makes no sense takes its default. */
export function readState(query: string): State {
  const given = new URLSearchParams(query);
  const state: Record<string, string | number | boolean> = { ...defaults };
  for (const name of Object.keys(ranges) as NumberName[]) {
    const text = given.get(name);
    const value = text ? clamp(name, Number(text)) : undefined;
    if (value !== undefined) state[name] = value;
  }
  const choices = { signal: signalNames, activation: [...activationNames, "wgsl"] } as const;
  for (const [name, allowed] of Object.entries(choices)) {
    const value = given.get(name);
    if (value && (allowed as readonly string[]).includes(value)) state[name] = value;
  }
  const expression = given.get("wgsl");
  if (expression) state.wgsl = expression;
  if (given.has("follow")) state.follow = given.get("follow") !== "false";
  return state as unknown as State;
}

/** The query string of a state: what differs from the defaults. */
export function writeState(state: State): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (value !== defaults[name as keyof State]) query.set(name, String(value));
  }
  return query.toString();
}
