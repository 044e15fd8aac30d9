/** The WebGPU stacks that `npm run test:stacks` knows. To add one, add an entry. */
import { ArgumentError } from "../../src/errors.ts";
import { bundled, type Driver, lavapipe, swiftShader, system } from "./drivers.ts";
import { chromium, dawn, deno, firefox, type Runtime } from "./runtimes.ts";

/** In seconds. */
interface Limits {
  /** One test. */
  readonly test: number;
  /** One file of tests. */
  readonly file: number;
  /** All files. */
  readonly run: number;
  /** The smoke set of `--quick`, which takes at most 60 s where nothing is wrong. */
  readonly quick: number;
}

/** Tests that fail because of a fault that lies in the stack. */
export interface Inability {
  /** Matches `path > suites > test`. */
  readonly test: RegExp;
  readonly why: string;
  /** The address of the fault's report. */
  readonly upstream: string;
}

export interface Stack {
  readonly name: string;
  readonly runtime: Runtime;
  readonly driver: Driver;
  readonly limits: Limits;
  readonly cannot?: readonly Inability[];
}

const usual: Limits = { test: 120, file: 600, run: 3600, quick: 180 };
/** Firefox is slower than Chromium on the same driver, most of all in making a page. */
const patient: Limits = { test: 300, file: 900, run: 7200, quick: 180 };

export const stacks: readonly Stack[] = [
  { name: "chromium-swiftshader", runtime: chromium({ gpu: false }), driver: bundled, limits: usual },
  { name: "chromium-system", runtime: chromium({ gpu: true }), driver: system, limits: usual },
  { name: "firefox-system", runtime: firefox, driver: system, limits: patient },
  { name: "firefox-lavapipe", runtime: firefox, driver: lavapipe, limits: patient },
  { name: "firefox-swiftshader", runtime: firefox, driver: swiftShader, limits: patient },
  { name: "dawn-system", runtime: dawn, driver: system, limits: usual },
  { name: "dawn-lavapipe", runtime: dawn, driver: lavapipe, limits: usual },
  { name: "dawn-swiftshader", runtime: dawn, driver: swiftShader, limits: usual },
  { name: "deno-system", runtime: deno, driver: system, limits: usual },
  { name: "deno-lavapipe", runtime: deno, driver: lavapipe, limits: usual },
  { name: "deno-swiftshader", runtime: deno, driver: swiftShader, limits: usual },
];

/** The stack of this name. @throws ArgumentError with all names where none has this one. */
export function stackNamed(name: string): Stack {
  const stack = stacks.find((entry) => entry.name === name);
  if (stack) return stack;
  throw new ArgumentError(`stack: "${name}" given, one of ${stacks.map((entry) => entry.name).join(", ")} expected`);
}
