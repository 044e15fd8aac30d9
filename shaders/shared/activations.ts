import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { exponential, hyperbolicTangent, normalTail, remainder, sinc, sine } from "./special-functions.ts";

// Each activation is `fn activation(z: two_float, power: u32) -> two_float`, and needs `twoFloatArithmetic`. `power` is
// the p of z₊ᵖ; other activations ignore it. Relative errors are about 2⁻⁴⁴, for small z too.

/**
 * About how many multiply–adds of float32 take as long as one entry: tens to hundreds of nanoseconds on a software
 * adapter.
 */
export const ACTIVATION_WORK = 256;

/** z₊ᵖ, p ≥ 0; 1 for z ≥ 0 where p = 0. */
const truncatedPower = wgsl`
/// A number with its exponent apart, so that intermediate powers neither overflow nor lose digits.
struct scaled_two_float {
  digits: two_float, // in [1, 2)
  exponent: i32,
}

fn normalized(digits: two_float, exponent: i32) -> scaled_two_float {
  let large = digits.hi >= 2;
  return scaled_two_float(tf_scale(digits, select(1.0, 0.5, large)), exponent + select(0, 1, large));
}

fn scaled_mul(a: scaled_two_float, b: scaled_two_float) -> scaled_two_float {
  return normalized(tf_mul(a.digits, b.digits), a.exponent + b.exponent);
}

fn power_of_two(exponent: i32) -> f32 {
  return bitcast<f32>(u32(exponent + 127) << 23u);
}

/// a · 2^exponent in two steps, since 2^exponent itself may be too large or too small for an f32.
fn shifted(a: two_float, exponent: i32) -> two_float {
  let half = exponent / 2;
  return tf_scale(tf_scale(a, power_of_two(half)), power_of_two(exponent - half));
}

/// zᵖ for p > 1 and a normal number z > 0.
fn normal_power(z: two_float, power: u32) -> two_float {
  let exponent = i32(bitcast<u32>(z.hi) >> 23u) - 127;
  var base = scaled_two_float(shifted(z, -exponent), exponent);
  var result = scaled_two_float(two_float(1, 0), 0);
  for (var bits = power; ; ) {
    if ((bits & 1) == 1) { result = scaled_mul(result, base); }
    bits >>= 1;
    if (bits == 0) { break; }
    base = scaled_mul(base, base);
  }
  return shifted(result.digits, clamp(result.exponent, -151, 127)); // less than 2⁻¹⁵⁰ is rounded to 0
}

fn activation(z: two_float, power: u32) -> two_float {
  var value = z;
  if (z.hi < 0) {
    value = two_float(0, 0);
  } else if (power == 0) {
    value = two_float(1, 0);
  } else if (power > 1 && z.hi >= 0x1p-126) {
    value = normal_power(z, power);
  }
  return value;
}
`;

const forms = {
  truncatedPower,
  tanh: wgsl`
${remainder}
${exponential}
${hyperbolicTangent}

fn activation(z: two_float, power: u32) -> two_float {
  return tf_tanh(z);
}
`,
  gelu: wgsl`
${remainder}
${exponential}
${normalTail}

fn activation(z: two_float, power: u32) -> two_float {
  var share = tf_normal_tail(tf_scale(z, select(1.0, -1.0, z.hi < 0)));
  if (z.hi >= 0) { share = tf_add(two_float(1, 0), tf_negate(share)); }
  return tf_mul(z, share);
}
`,
  silu: wgsl`
${remainder}
${exponential}

fn activation(z: two_float, power: u32) -> two_float {
  let falling = tf_exp_negative(tf_scale(z, select(-1.0, 1.0, z.hi < 0)));
  var gate = tf_div(z, tf_add(two_float(1, 0), falling));
  if (z.hi < 0) { gate = tf_mul(gate, falling); }
  return gate;
}
`,
  sinc: wgsl`
${remainder}
${sinc}

fn activation(z: two_float, power: u32) -> two_float {
  return tf_sinc(z);
}
`,
  gaussian: wgsl`
${remainder}
${exponential}

fn activation(z: two_float, power: u32) -> two_float {
  var value = two_float(0, 0);
  if (abs(z.hi) <= 14) { value = tf_exp_negative(tf_scale(tf_mul(z, z), -0.5)); }
  return value;
}
`,
  sine: wgsl`
${remainder}
${sine}

fn activation(z: two_float, power: u32) -> two_float {
  return tf_sin(z);
}
`,
  impulse: wgsl`
fn activation(z: two_float, power: u32) -> two_float {
  return two_float(select(0.0, 1.0, z.hi == 0), 0);
}
`,
} as const;

/**
 * A user's expression, as `parseExpression` of src/theory/expression.ts returns it: operations in order, whose operands
 * are z and the results v0, v1, … of the operations before, and the place of each in the source.
 */
export interface ExpressionForm {
  readonly source: string;
  readonly operations: readonly { readonly wgsl: string; readonly index: number }[];
}

/** The activations that differ in their WGSL: all z₊ᵖ are one, with the power as a parameter. */
export type ActivationForm = keyof typeof forms | ExpressionForm;

const beforeOperations = wgsl`
/// All operands are names, because compilers refuse an operation on literals that overflows.
fn user_activation(z: f32) -> f32 {
`;

const expression = ({ operations }: ExpressionForm) => `${beforeOperations}
${operations.map((operation, i) => `  let v${i} = ${operation.wgsl};`).join("\n")}
  return v${operations.length - 1};
}

fn activation(z: two_float, power: u32) -> two_float {
  return two_float(user_activation(z.hi), 0);
}
`;

/** The activations by name. */
export const activationNames = Object.keys(forms) as (keyof typeof forms)[];

/** The WGSL of `fn activation`. */
export function activationCode(form: ActivationForm): string {
  return typeof form === "string" ? forms[form] : expression(form);
}

/**
 * The number, from 1, of the line of a kernel's code with an expression's first operation. Each operation has a line.
 */
export function operationsLine(code: string): number {
  const [before = ""] = code.split(beforeOperations);
  return (before + beforeOperations).split("\n").length + 1;
}
