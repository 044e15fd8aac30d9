import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import type { Bindings, Given, Params } from "../../src/gpu/kernel.ts";
import { type ActivationForm, activationCode } from "./activations.ts";
import { opaqueZero, unroll } from "./compilers.ts";
import { type TwoFloatForm, twoFloatArithmetic } from "./two-float.ts";

// Where the kernels of products take the entries of A from. Each source has parameters and buffers of its own, and the
// same WGSL functions: `begin_entries()`, which the entry point calls first; `open_row(run, row)` and `open_col(col)`,
// which look up what the entries of a row or a column share; and `entry(row, col)`, which takes what these two have
// returned.

/** Entries that lie in memory, as numbers or as vec4s. */
const inMemory = <T extends "f32" | "vec4f">(type: T) =>
  ({
    params: {
      matrix_step: ["u32", "entries from the matrix of one run to that of the next; 0 where all runs share one"],
    },
    reads: { a: [`array<${type}>`, "rows × cols, row-major, one matrix for all runs or one for each"] },
    code: wgsl`
alias row_place = u32;
alias col_place = u32;

fn open_row(run: u32, row: u32) -> row_place { return run * params.matrix_step + row * params.cols; }
fn open_col(col: u32) -> col_place { return col; }
fn entry(row: row_place, col: col_place) -> ${type} { return a[row + col]; }
fn begin_entries() {}
`,
  }) as const;

export const stored = inMemory("f32");

/**
 * (scale·(x − b))₊ᵖ. Positions are two floats each: an offset of all positions loses no digits, and the difference of
 * equal ones is 0.
 */
const truncatedPower = (power: number) =>
  ({
    params: { scale_hi: ["f32", "of z"] },
    reads: { x: ["array<vec2f>", "rows: hi, lo"], b: ["array<vec2f>", "cols: hi, lo"] },
    code: wgsl`
alias row_place = vec2f;
alias col_place = vec2f;

fn open_row(run: u32, row: u32) -> row_place { return x[row]; }
fn open_col(col: u32) -> col_place { return b[col]; }
fn begin_entries() {}

fn entry(row: row_place, col: col_place) -> f32 {
  let difference = row - col;
  let z = params.scale_hi * (difference.x + difference.y);
#if ${power === 0}
  return select(0.0, 1.0, z >= 0);
#else
  let base = max(z, 0);
  return ${Array.from({ length: Math.max(1, power) }, () => "base").join(" * ")};
#endif
}
`,
  }) as const;

/** D for which entries z₊ᵖ are computed in slices. */
export const slicedDimensions = [1, 2, 3] as const;
export type SlicedDimensions = (typeof slicedDimensions)[number];

/** About how many multiply–adds a dimension costs in an entry of `sliced`. */
export const SLICED_WORK = 8;

/**
 * (scale·(v·x − b))₊ᵖ with p ≤ 3 in D dimensions. Positions come in three slices, `sliceNeurons` of src/theory/slices.ts, so
 * short that products of the first two, and the sums of these products, are exact in any order. So v·x − b has an error of
 * 2⁻⁴⁰ of its terms, and one rounding. A column's slices stay in registers for all rows of a panel.
 */
const sliced = (dimensions: number) =>
  ({
    params: { power: ["u32", "p of z₊ᵖ"], scale_hi: ["f32", "of z"] },
    reads: {
      x: ["array<f32>", "rows × D × 3: slices"],
      neurons: ["array<f32>", "cols × (1 + D) × 3: slices of b, and of v"],
    },
    code: wgsl`
alias row_place = array<vec3f, ${dimensions}>;
alias col_place = array<vec3f, ${dimensions + 1}>;

fn open_row(run: u32, row: u32) -> row_place {
  let first = row * ${3 * dimensions};
  return row_place(${places(dimensions, (at) => `vec3f(x[first + ${at}], x[first + ${at + 1}], x[first + ${at + 2}])`)});
}
fn open_col(col: u32) -> col_place {
  let first = col * ${3 * (dimensions + 1)};
  return col_place(${places(
    dimensions + 1,
    (at) => `vec3f(neurons[first + ${at}], neurons[first + ${at + 1}], neurons[first + ${at + 2}])`,
  )});
}
fn begin_entries() {}

fn entry(row: row_place, col: col_place) -> f32 {
  var sum = -col[0];
  ${unroll(
    dimensions,
    (d) => `sum += vec3f(
    col[${d + 1}].x * row[${d}].x,
    col[${d + 1}].x * row[${d}].y + col[${d + 1}].y * row[${d}].x,
    col[${d + 1}].x * row[${d}].z + col[${d + 1}].y * (row[${d}].y + row[${d}].z) + col[${d + 1}].z * (row[${d}].x + row[${d}].y)
  );`,
  )}
  let z = params.scale_hi * ((sum.x + sum.y) + sum.z);
  let base = max(z, 0);
  let value = base * select(1, base, params.power >= 2) * select(1, base, params.power >= 3);
  return select(value, select(0.0, 1.0, z >= 0), params.power == 0);
}
`,
  }) as const;

/** WGSL: the three slices of each place, which begin at 0, 3, 6, … */
const places = (count: number, slices: (at: number) => string) =>
  Array.from({ length: count }, (_, i) => slices(3 * i)).join(", ");

/** Any activation, in two-floats. */
const generated = (form: ActivationForm, twoFloat: TwoFloatForm) =>
  ({
    params: {
      dimensions: ["u32", "D"],
      power: ["u32", "p of z₊ᵖ, else 0"],
      ...opaqueZero,
      scale_hi: ["f32", "of z"],
      scale_lo: ["f32", ""],
    },
    reads: {
      x: ["array<two_float>", "rows × dimensions, row-major"],
      neurons: ["array<two_float>", "cols × (1 + dimensions): b, v"],
    },
    code: wgsl`
${twoFloatArithmetic(twoFloat)}
${activationCode(form)}

alias row_place = u32;
alias col_place = u32;

fn open_row(run: u32, row: u32) -> row_place { return row; }
fn open_col(col: u32) -> col_place { return col; }
fn begin_entries() { opaque_zero = params.opaque_zero; }

fn entry(row: row_place, col: col_place) -> f32 {
  // b is subtracted before the scale multiplies, so that z is exactly 0 where a sample meets a bias.
  let neuron = col * (1 + params.dimensions);
  var distance = tf_negate(neurons[neuron]);
  for (var d = 0u; d < params.dimensions; d++) {
    distance = tf_add(tf_mul(neurons[neuron + 1 + d], x[row * params.dimensions + d]), distance);
  }
  return activation(tf_mul(two_float(params.scale_hi, params.scale_lo), distance), params.power).hi;
}
`,
  }) as const;

type GivenFor<E extends { readonly params: Params; readonly reads: Bindings }> = Given<E["params"], E["reads"]>;

/** A source of A's entries, and the arguments of a call for it. */
export type EntrySupply =
  | { readonly source: "stored" | "stored vec4s"; readonly given: GivenFor<typeof stored> }
  | { readonly source: { readonly power: 0 | 1 | 2 | 3 }; readonly given: GivenFor<ReturnType<typeof truncatedPower>> }
  | { readonly source: { readonly dimensions: SlicedDimensions }; readonly given: GivenFor<ReturnType<typeof sliced>> }
  | {
      readonly source: { readonly form: ActivationForm; readonly twoFloat: TwoFloatForm };
      readonly given: GivenFor<ReturnType<typeof generated>>;
    };

/**
 * A matrix in memory, or positions from which each entry is computed anew. With "stored vec4s" an entry is four neighbouring
 * numbers of a row, and `cols` and `matrix_step` count such entries.
 */
export type EntrySource = EntrySupply["source"];

/** The WGSL type of an entry. */
export function entryType(source: EntrySource): "f32" | "vec4f" {
  return source === "stored vec4s" ? "vec4f" : "f32";
}

/** Whether entries are computed in two-floats: each costs as much as hundreds of multiply–adds. */
export function areInTwoFloats(source: EntrySource): source is Extract<EntrySource, { readonly form: ActivationForm }> {
  return typeof source !== "string" && "form" in source;
}

/** Parameters, buffers and code of a source. */
export function entriesOf(source: EntrySource) {
  if (typeof source === "string") return source === "stored" ? stored : inMemory("vec4f");
  if ("dimensions" in source) return sliced(source.dimensions);
  return "power" in source ? truncatedPower(source.power) : generated(source.form, source.twoFloat);
}
