import { type ActivationName, activationNames } from "../../src/index.ts";

/** The signals, each with its name on the page. */
export const signals = {
  photograph: "a row of a photograph",
  upload: "a file of your own",
  step: "a step",
  blocks: "blocks",
  smooth: "smooth",
  noisy: "smooth, with noise",
  chirp: "a chirp",
} as const;
type SignalName = keyof typeof signals;

/** The values of the explorer's controls. An uploaded file is not part of them: an address cannot carry it. */
export interface State {
  readonly signal: SignalName;
  readonly row: number;
  readonly noise: number;
  readonly seed: number;
  /** One of the engine's names, or "wgsl" for the expression in `wgsl`. */
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

export type NumberName = { [Name in keyof State]: State[Name] extends number ? Name : never }[keyof State];

/** A number of the state on the page: its name there, and the values that can be chosen. */
export interface NumberSetting {
  readonly label: string;
  readonly symbol?: string;
  /** Follows the symbol. */
  readonly unit?: string;
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
  /** Whether its slider is logarithmic. */
  readonly log: boolean;
  /** Values that are marked on a logarithmic slider, with the label on one side of the mark. */
  readonly marks?: readonly { readonly value: number; readonly label: string; readonly side: "before" | "after" }[];
}

export const ranges: Readonly<Record<NumberName, NumberSetting>> = {
  row: { label: "Row", min: 0, max: 65_535, integer: true, log: false },
  noise: { label: "Noise, standard deviation", min: 0, max: 0.5, integer: false, log: false },
  seed: { label: "Seed of the noise", min: 1, max: 99, integer: true, log: false },
  scale: { label: "Scale", symbol: "ω", min: 0.1, max: 1000, integer: false, log: true },
  samples: { label: "Samples", symbol: "N", min: 8, max: 512, integer: true, log: true },
  width: { label: "Width", symbol: "M", min: 8, max: 1024, integer: true, log: true },
  components: { label: "Components", symbol: "K", min: 1, max: 512, integer: true, log: true },
  iterations: { label: "Iterations", symbol: "q", min: 1, max: 1e9, integer: true, log: true },
  rate: {
    label: "Learning rate",
    symbol: "α",
    unit: "·σ₁²",
    min: 0.05,
    max: 8,
    integer: false,
    log: true,
    marks: [
      { value: 1, label: "1/σ₁²", side: "before" },
      { value: 2, label: "2/σ₁²", side: "after" },
    ],
  },
};

export const numberNames = Object.keys(ranges) as NumberName[];

/** The nearest value that can be chosen; undefined where `value` is not finite. */
export function clamp(name: NumberName, value: number): number | undefined {
  const { min, max, integer } = ranges[name];
  if (!Number.isFinite(value)) return undefined;
  return Math.min(max, Math.max(min, integer ? Math.round(value) : value));
}

/** Reads a query string. What is missing or not valid takes its default. */
export function readState(query: string): State {
  const given = new URLSearchParams(query);
  const state: Record<string, string | number | boolean> = { ...defaults };
  for (const name of numberNames) {
    const text = given.get(name);
    const value = text ? clamp(name, Number(text)) : undefined;
    if (value !== undefined) state[name] = value;
  }
  const choices = { signal: Object.keys(signals), activation: [...activationNames, "wgsl"] };
  for (const [name, allowed] of Object.entries(choices)) {
    const value = given.get(name);
    if (value && allowed.includes(value)) state[name] = value;
  }
  const expression = given.get("wgsl");
  if (expression) state.wgsl = expression;
  if (given.has("follow")) state.follow = given.get("follow") !== "false";
  return state as unknown as State;
}

/** The query string of a state: the values that differ from the defaults. */
export function writeState(state: State): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (value !== defaults[name as keyof State]) query.set(name, String(value));
  }
  return query.toString();
}
