/** One library, task and size: what was measured, or why it could not be. */
export type Measurement<Task extends string, Measured> = {
  readonly library: string;
  readonly task: Task;
  readonly n: number;
} & (Measured | { readonly failure: string });

/** What every report says of where and when it was made. */
export interface Origin {
  readonly adapter: string;
  readonly software: boolean;
  readonly date: string;
}

/** Plain data, as JSON carries it. */
export interface Report<Task extends string, Measured> extends Origin {
  readonly benchmark: string;
  readonly matrix: string;
  /** By library, the largest n at which each task is measured. */
  readonly bounds: Readonly<Record<string, Partial<Record<Task, number>>>>;
  readonly measurements: readonly Measurement<Task, Measured>[];
}

/** A report as text: a table whose rows are grouped by their first cell, and notes below it. */
export interface TextReport {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

export const RELU_MATRIX = "relu(x − b), x and b on linspace(−1, 1, n), entries in float32";
