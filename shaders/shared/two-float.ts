import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** A float32 as a WGSL literal, exact. */
export function floatLiteral(value: number): string {
  return `${Math.fround(value)}f`;
}

/** A float64 as a WGSL `two_float`, correct to 2⁻⁴⁹ relative. */
export function twoFloatLiteral(value: number): string {
  return `two_float(${floatLiteral(value)}, ${floatLiteral(value - Math.fround(value))})`;
}

/**
 * How the rounding error of a product is computed: by one fused multiply–add, or by splitting both factors into halves
 * of 12 bits, which needs no fused operation. src/adapter/two-float-check.ts measures which of them is exact on a
 * device.
 */
export type TwoFloatForm = "fma" | "split";

const twoProduct: Record<TwoFloatForm, string> = {
  fma: /* wgsl */ `
/// a · b exactly.
fn two_product(a: f32, b: f32) -> two_float {
  let product = pin(a * b);
  return two_float(product, pin(fma(a, b, -product)));
}
`,
  split: /* wgsl */ `
/// The leading 12 bits of a.
fn leading_half(a: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
}

/// a · b exactly.
fn two_product(a: f32, b: f32) -> two_float {
  let product = pin(a * b);
  let a_hi = leading_half(a);
  let b_hi = leading_half(b);
  let a_lo = pin(a - a_hi);
  let b_lo = pin(b - b_hi);
  let error = pin(pin(pin(a_hi * b_hi - product) + a_hi * b_lo) + a_lo * b_hi);
  return two_float(product, pin(error + a_lo * b_lo));
}
`,
};

/**
 * Terms that a sum of products adds by `tf_accumulate` before `tf_sum` and `tf_add` join it to a larger sum. Its lo
 * grows with each term, and the roundings of n equal terms all go one way: up to n²/3 · 2⁻⁴⁹ of their sum.
 */
export const SUM_CHUNK = 8;

/**
 * Two-float arithmetic: a number is the unevaluated sum of two f32, |lo| at most half an ulp of hi, about 48 bits.
 * tf_add, tf_mul and tf_div err by less than 2⁻⁴⁴ relative to their result.
 *
 * A kernel that uses it takes `opaqueZero`, against compilers that break error terms: every value whose rounding error
 * is computed later goes through `pin`. The split masks bits (Dekker's, 12 + 12): every partial product is then exact,
 * and it does not matter whether a compiler fuses it into an addition. Products and sums must stay below 3.4e38; error
 * terms below 1.2e-38 may become 0.
 */
export function twoFloatArithmetic(form: TwoFloatForm): string {
  return wgsl`
struct two_float {
  hi: f32,
  lo: f32,
}

var<private> opaque_zero: u32;

fn pin(a: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(a) ^ opaque_zero);
}

/// a + b exactly (Knuth).
fn two_sum(a: f32, b: f32) -> two_float {
  let sum = pin(a + b);
  let b_part = pin(sum - a);
  let a_part = pin(sum - b_part);
  return two_float(sum, pin(pin(a - a_part) + pin(b - b_part)));
}

/// a + b exactly, where |a| ≥ |b| or a is 0 (Dekker).
fn quick_two_sum(a: f32, b: f32) -> two_float {
  let sum = pin(a + b);
  return two_float(sum, pin(b - pin(sum - a)));
}
${twoProduct[form]}
fn tf_negate(a: two_float) -> two_float {
  return two_float(-a.hi, -a.lo);
}

/// Its error is relative to the sum even where a and b cancel; a − a is exactly 0.
fn tf_add(a: two_float, b: two_float) -> two_float {
  let hi = two_sum(a.hi, b.hi);
  let lo = two_sum(a.lo, b.lo);
  let sum = quick_two_sum(hi.hi, pin(hi.lo + lo.hi));
  return quick_two_sum(sum.hi, pin(sum.lo + lo.lo));
}

fn tf_mul(a: two_float, b: two_float) -> two_float {
  let product = two_product(a.hi, b.hi);
  return quick_two_sum(product.hi, pin(product.lo + (a.hi * b.lo + a.lo * b.hi)));
}

/// sum + a · b for a sum of many products (Ogita, Rump & Oishi, Dot2): lo is the sum of all rounding errors; \`tf_sum\`
/// at the end makes both a two-float. The error stays below 2⁻⁴⁴ of Σ|a·b| for ${SUM_CHUNK} terms: see SUM_CHUNK.
fn tf_accumulate(sum: two_float, a: two_float, b: two_float) -> two_float {
  let product = two_product(a.hi, b.hi);
  let hi = two_sum(sum.hi, product.hi);
  return two_float(hi.hi, pin(sum.lo + pin(hi.lo + pin(product.lo + (a.hi * b.lo + a.lo * b.hi)))));
}

fn tf_sum(sum: two_float) -> two_float {
  return quick_two_sum(sum.hi, sum.lo);
}

/// Exact where hi and lo neither overflow nor become subnormal.
fn tf_scale(a: two_float, power_of_two: f32) -> two_float {
  return two_float(a.hi * power_of_two, a.lo * power_of_two);
}

/// With two corrections by remainders, because WGSL's quotient may be off by 2.5 ulp.
fn tf_div(a: two_float, b: two_float) -> two_float {
  let first = pin(a.hi / b.hi);
  let after_first = tf_add(a, tf_negate(tf_mul(two_float(first, 0), b)));
  let second = pin(after_first.hi / b.hi);
  let after_second = tf_add(after_first, tf_negate(tf_mul(two_float(second, 0), b)));
  let quotient = quick_two_sum(first, second);
  return quick_two_sum(quotient.hi, pin(quotient.lo + after_second.hi / b.hi));
}
`;
}
