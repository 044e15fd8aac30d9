import type { Origin } from "../report.ts";
import type { StepTiming } from "../step-timing.ts";
import type { Form } from "./forms.ts";

/** Steps after which the weights are held against the reference. */
export const CHECKED_STEPS = 4;

/** An exponent is fitted to so many of a form's largest sizes. */
export const FITTED_SIZES = 3;

export type WidthMeasurement = { readonly form: Form; readonly n: number } & (
  | StepTiming
  | { readonly failure: string }
);

/** Plain data, as JSON carries it. */
export interface WidthReport extends Origin {
  readonly benchmark: "width";
  readonly matrix: string;
  readonly measurements: readonly WidthMeasurement[];
  /** p of nᵖ, fitted to a form's median times at its three largest sizes; null for less than two. */
  readonly exponents: Readonly<Record<Form, number | null>>;
}
