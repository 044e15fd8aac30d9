import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type ActivationForm, activationCode, linesBeforeOperations } from "./shared/activations.ts";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";
import { type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

/** What the kernel is made for: the arithmetic of the adapter, and whether A is kept to a two-float's 48 bits. */
export interface ActivationMatrixVariant {
  readonly twoFloat: TwoFloatForm;
  readonly extended: boolean;
}

const before = ({ twoFloat, extended }: ActivationMatrixVariant) => wgsl`
// A[n, m] = activation(scale · (Σ_d v[m, d] · x[n, d] − b[m])), from two-floats, rounded to f32 once or kept as hi and lo.
// One workgroup = ${ELEMENT_WORKGROUP} entries of A, one thread = one entry.

struct activation_params {
  rows: u32,          // N
  cols: u32,          // M
  dimensions: u32,    // D
  output_offset: u32, // entries of A before this matrix, rows · cols · its place in the batch
  power: u32,         // p of z₊ᵖ, else 0
  opaque_zero: u32,   // 0, see two-float arithmetic
  first_entry: u32,   // of A, at which this dispatch begins
  scale_hi: f32,
  scale_lo: f32,
}

@group(0) @binding(0) var<uniform> params: activation_params;
@group(0) @binding(1) var<storage, read> x: array<two_float>;       // rows × dimensions, row-major
@group(0) @binding(2) var<storage, read> v: array<two_float>;       // cols × dimensions, row-major; 1s in one dimension
@group(0) @binding(3) var<storage, read> b: array<two_float>;       // cols
@group(0) @binding(4) var<storage, read_write> A: array<f32>;       // batch × rows × cols, row-major
#if ${extended}
@group(0) @binding(5) var<storage, read_write> A_low: array<f32>;   // as A: what its rounding to f32 lost, times low_scale

override low_scale: f32; // see LOW_SCALE of src/gpu/matrix.ts
#endif

${elementIndex}
${twoFloatArithmetic(twoFloat)}
`;

const after = ({ extended }: ActivationMatrixVariant) => wgsl`
@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  opaque_zero = params.opaque_zero;
  let index = params.first_entry + element_index(group, groups, thread);
  let row = index / params.cols;
  let col = index % params.cols;
  if (row >= params.rows) { return; }

  // b is subtracted before the scale multiplies, so that z is exactly 0 where a sample meets a bias.
  var distance = tf_negate(b[col]);
  for (var d = 0u; d < params.dimensions; d++) {
    distance = tf_add(tf_mul(v[col * params.dimensions + d], x[row * params.dimensions + d]), distance);
  }
  let z = tf_mul(two_float(params.scale_hi, params.scale_lo), distance);
  let value = activation(z, params.power);
  A[params.output_offset + index] = value.hi;
#if ${extended}
  A_low[params.output_offset + index] = value.lo * low_scale;
#endif
}
`;

/**
 * The kernel of an activation matrix, for a form as `activationForm` of src/theory/activations.ts gives it.
 *
 * Bindings of group 0, entry point `main`:
 * 0 uniform: rows, cols, dimensions, output_offset, power from `activationForm` too, opaque_zero always 0, first_entry
 *   (u32), scale_hi, scale_lo (f32);
 * 1 x, N×D; 2 v, M×D, filled with 1 where D = 1 and none is given; 3 b, M: read-only, each by `splitTwoFloat`;
 * 4 A, f32, batch × N × M, written from entry output_offset = N·M·(place in the batch) on; 5, where extended,
 *   its lo, times the override low_scale.
 * Grid: `elementGrid` of the entries from first_entry on that a dispatch is to write. All reluᵖ share one code.
 *
 * An entry errs by about 2⁻⁴⁴, and where not extended by half an ulp, the one rounding to f32; z is as accurate as x, b, v
 * and the scale are in 48 bits, so a sine loses float32's digits once |z| is above 1e7. Values below 1.2e-38 may come out as 0,
 * and an extended entry keeps an error of about 2⁻¹²⁶, which shows below 2⁻⁸⁰.
 * Numbers beyond float32 on the way make entries meaningless: refuse them by `largestMagnitude`.
 */
export function activationMatrixShader(form: ActivationForm, variant: ActivationMatrixVariant): string {
  return before(variant) + activationCode(form) + after(variant);
}

/** The line of an expression's first operation, from 1; each has a line of its own. */
export function operationsLine(variant: ActivationMatrixVariant): number {
  return before(variant).split("\n").length + linesBeforeOperations;
}
