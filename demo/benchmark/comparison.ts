import type { Report } from "./report.ts";

/** The library that is this engine; ratios are to its times. */
export const OWN = "spectral-shrinkage";

export interface Library<Task extends string> {
  readonly name: string;
  readonly processor: "GPU" | "CPU";
  /** The largest n that each task is measured at, where the library has it: beyond, it takes too long. */
  readonly bounds: (software: boolean) => Partial<Record<Task, number>>;
}

/** This engine and what one would take in its place, at the same tasks. */
export interface Comparison<Task extends string, L extends Library<Task> = Library<Task>> {
  readonly libraries: readonly L[];
  /** What the tables and plots call each task. */
  readonly tasks: Readonly<Record<Task, string>>;
  readonly sizes: readonly number[];
}

/** `Object.keys`, of the type that the record's own says. */
export function keysOf<Key extends string>(record: Readonly<Partial<Record<Key, unknown>>>): Key[] {
  return Object.keys(record) as Key[];
}

/** The measurement of one library and task at size n, if there is one. */
export function find<Task extends string, M>(
  { measurements }: Pick<Report<Task, M>, "measurements">,
  n: number,
  library: string,
  task: Task,
) {
  return measurements.find((one) => one.n === n && one.library === library && one.task === task);
}
