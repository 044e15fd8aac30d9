/** What a benchmark compares: libraries, each at the same tasks. */

/** The library that is this engine. Ratios are to its times. */
export const OWN = "spectral-shrinkage";

export interface Library<Task extends string> {
  readonly name: string;
  readonly processor: "GPU" | "CPU";
  /** The largest n at which each task is measured; no entry for a task that the library does not have. */
  readonly bounds: (software: boolean) => Partial<Record<Task, number>>;
}

/** This engine and its peers, at the same tasks. */
export interface Comparison<Task extends string, L extends Library<Task> = Library<Task>> {
  readonly libraries: readonly L[];
  /** The name of each task in tables and plots. */
  readonly tasks: Readonly<Record<Task, string>>;
  readonly sizes: readonly number[];
  /** What is measured at size n, in words. */
  readonly shape: (n: number, software: boolean) => string;
}

/** The bounds of each library on this adapter, by name. */
export function boundsOf<Task extends string>(libraries: readonly Library<Task>[], software: boolean) {
  return Object.fromEntries(libraries.map(({ name, bounds }) => [name, bounds(software)]));
}

/** `Object.keys` with the type of the record's keys. */
export function keysOf<Key extends string>(record: Readonly<Partial<Record<Key, unknown>>>): Key[] {
  return Object.keys(record) as Key[];
}

/** jax-js on WebGPU, on a device of its own. */
export async function loadJax() {
  const jax = await import("@jax-js/jax");
  const devices = await jax.init("webgpu");
  if (!devices.includes("webgpu")) throw new Error("jax-js gets no WebGPU device");
  jax.defaultDevice("webgpu");
  return jax;
}
