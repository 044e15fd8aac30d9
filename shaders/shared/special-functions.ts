import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { floatLiteral, twoFloatLiteral } from "./two-float.ts";

// Functions of two-floats, with relative errors of about 2⁻⁴⁴. WGSL's own exp, sin and tanh may be off by many ulp, and
// may return NaN for large arguments. All functions need `twoFloatArithmetic`.

/**
 * `fn name(x: two_float) -> two_float`: a polynomial for |x| ≤ radius, constant term first, by Horner's rule. Terms
 * that stay below 2⁻²² of the constant one are summed in plain f32, whose rounding is then below 2⁻⁴⁶ of the value.
 */
function polynomial(name: string, radius: number, coefficients: readonly number[]): string {
  const threshold = Math.abs(coefficients[0] as number) * 2 ** -22;
  const single = coefficients.findLastIndex((coefficient, k) => Math.abs(coefficient) * radius ** k > threshold) + 1;
  const tail = coefficients
    .slice(single)
    .map(floatLiteral)
    .reduceRight((inner, c) => `(${c} + x.hi * ${inner})`);
  const doubled = coefficients.slice(0, single).reverse();
  return `
fn ${name}(x: two_float) -> two_float {
  const coefficients = array(${doubled.map(twoFloatLiteral).join(", ")});
  var sum = two_float(${tail}, 0);
  for (var k = 0u; k < ${doubled.length}; k++) { sum = tf_add(coefficients[k], tf_mul(x, sum)); }
  return sum;
}`;
}

/** The coefficients of a power series: ±1/n! for `count` steps from n = first on. */
function inverseFactorials(count: number, first: number, step: number, sign: 1 | -1): number[] {
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  return Array.from({ length: count }, (_, k) => sign ** k / factorial(first + k * step));
}

/** A constant of about 72 bits as the sum of three f32: a float64 `value`, and the constant's `rest` beyond it. */
function threeFloatLiteral(value: number, rest: number): string {
  const first = Math.fround(value);
  const second = Math.fround(value - first);
  return `vec3f(${[first, second, value - first - second + rest].map(floatLiteral).join(", ")})`;
}

const quarterTurn = threeFloatLiteral(Math.PI / 2, 6.123233995736766e-17);

/** a − n·c for a constant c of three parts, so that the remainder keeps its digits where a and n·c cancel. */
export const remainder = wgsl`
fn tf_remainder(a: two_float, n: f32, c: vec3f) -> two_float {
  let first = tf_add(a, tf_negate(two_product(n, c.x)));
  let second = tf_add(first, tf_negate(two_product(n, c.y)));
  return tf_add(second, two_float(-n * c.z, 0));
}
`;

/** exp(x) in two factors, and exp(x) itself for x ≤ 0. Needs `remainder`. */
export const exponential = wgsl`
${polynomial("expm1_over_x", Math.LN2 / 2, inverseFactorials(13, 1, 1, 1))}

/// exp(x) = power · (1 + minus_one), power a power of two.
struct exponential {
  power: f32,
  minus_one: two_float,
}

fn tf_exponential(x: two_float) -> exponential {
  let n = round(x.hi * ${floatLiteral(Math.LOG2E)});
  let reduced = tf_remainder(x, n, ${threeFloatLiteral(Math.LN2, 2.3190468138462996e-17)});
  let power = bitcast<f32>(u32(i32(n) + 127) << 23u);
  return exponential(power, tf_mul(reduced, expm1_over_x(reduced)));
}

/// exp(x) for x ≤ 0; 0 where it would be less than the smallest normal f32.
fn tf_exp_negative(x: two_float) -> two_float {
  var value = two_float(0, 0);
  if (x.hi >= -87) {
    let factors = tf_exponential(x);
    value = tf_scale(tf_add(two_float(1, 0), factors.minus_one), factors.power);
  }
  return value;
}
`;

/** tanh; its error is relative to its value for small x too. Needs `remainder` and `exponential`. */
export const hyperbolicTangent = wgsl`
fn tf_tanh(x: two_float) -> two_float {
  var value = x;
  if (abs(x.hi) > 18) {
    value = two_float(sign(x.hi), 0);
  } else if (abs(x.hi) >= 0x1p-25) {
    // (e²ˣ − 1)/(e²ˣ + 1) for x > 0, where the power of two is at least 1 and nothing cancels
    let factors = tf_exponential(tf_scale(x, 2 * sign(x.hi)));
    let grown = tf_scale(factors.minus_one, factors.power);
    let numerator = tf_add(grown, two_sum(factors.power, -1));
    let denominator = tf_add(grown, two_sum(factors.power, 1));
    value = tf_scale(tf_div(numerator, denominator), sign(x.hi));
  }
  return value;
}
`;

/**
 * Φ(−x)·exp(x²/2)·(x + 4) in powers of y = 10/(x + 4) − 1.5, which maps 0 ≤ x ≤ 16 onto 1 ≥ y ≥ −1; Φ is the normal
 * distribution. Made with mpmath: interpolated at 85 Chebyshev nodes, cut at degree 18 (relative error 2⁻⁴⁹) and
 * expanded in powers of y (Σ|c·yʲ| ≤ 4.1 times the value).
 */
const normalTailCoefficients = [
  0.8939409339677773, 0.6296958755569556, 0.3289950599285506, 0.12145189438095018, 0.02679455763082872,
  0.0006880724453971772, -0.0014323203507378077, -0.0002315865332869529, 8.42720148685221e-5, 2.1114476286118297e-5,
  -7.044919204928288e-6, -1.595102869195209e-6, 7.62189923208884e-7, 8.134252258440459e-8, -8.653301732491405e-8,
  2.432978810331571e-9, 8.455744381280517e-9, -8.670039409565651e-10, -5.166639202371473e-10,
];

/** Φ(−x) for x ≥ 0; 0 where it would be less than the smallest normal f32. Needs `remainder` and `exponential`. */
export const normalTail = wgsl`
${polynomial("normal_tail_scaled", 1, normalTailCoefficients)}

fn tf_normal_tail(x: two_float) -> two_float {
  var value = two_float(0, 0);
  if (x.hi <= 13) {
    let inverse = tf_div(two_float(1, 0), tf_add(x, two_float(4, 0)));
    let y = tf_add(tf_mul(two_float(10, 0), inverse), two_float(-1.5, 0));
    let gaussian = tf_exp_negative(tf_scale(tf_mul(x, x), -0.5));
    value = tf_mul(gaussian, tf_mul(inverse, normal_tail_scaled(y)));
  }
  return value;
}
`;

/** sin(quadrant·π/2 + rest) for an integer quadrant and |rest| up to π/4; a digit or two less accurate up to 3. */
const quadrantSine = wgsl`
${polynomial("sine_over_x", (Math.PI / 4) ** 2, inverseFactorials(9, 1, 2, -1))}
${polynomial("cosine", (Math.PI / 4) ** 2, inverseFactorials(9, 0, 2, -1))}

/// quadrant mod 4
fn place_in_turn(quadrant: f32) -> f32 {
  return quadrant - 4 * floor(quadrant * 0.25);
}

fn tf_quadrant_sine(quadrant: f32, rest: two_float) -> two_float {
  let place = place_in_turn(quadrant);
  let square = tf_mul(rest, rest);
  var sine: two_float;
  if (place == 1 || place == 3) {
    sine = cosine(square);
  } else {
    sine = tf_mul(rest, sine_over_x(square));
  }
  return tf_scale(sine, select(1.0, -1.0, place >= 2));
}
`;

/** sin(x), as accurate as x is; 0 for |x| > 2⁴⁸, where x has no digits after the point. Needs `remainder`. */
export const sine = wgsl`
${quadrantSine}

fn tf_sin(x: two_float) -> two_float {
  var value = two_float(0, 0);
  if (abs(x.hi) <= 0x1p48) {
    var quadrant = round(x.hi * ${floatLiteral(2 / Math.PI)});
    var rest = tf_remainder(x, quadrant, ${quarterTurn});
    if (abs(rest.hi) > 1) {
      // the rounding of a large \`quadrant\` leaves a few quarter turns in \`rest\`
      let more = round(rest.hi * ${floatLiteral(2 / Math.PI)});
      rest = tf_remainder(rest, more, ${quarterTurn});
      quadrant = place_in_turn(quadrant) + more;
    }
    value = tf_quadrant_sine(quadrant, rest);
  }
  return value;
}
`;

/** sin(πx)/(πx), 1 at 0, from the exact distance of x to the nearest half: its zeros at the integers are exact. */
export const sinc = wgsl`
${quadrantSine}

fn tf_sinc(x: two_float) -> two_float {
  var value = two_float(select(0.0, 1.0, abs(x.hi) < 0x1p-25), 0);
  if (abs(x.hi) >= 0x1p-25 && abs(x.hi) <= 0x1p60) {
    let coarse = round(2 * x.hi);
    let near = two_sum(2 * x.hi - coarse, 2 * x.lo);
    let fine = round(near.hi);
    let rest = two_sum(near.hi - fine, near.lo);
    let sine = tf_quadrant_sine(place_in_turn(coarse) + fine, tf_mul(rest, ${twoFloatLiteral(Math.PI / 2)}));
    value = tf_div(sine, tf_mul(x, ${twoFloatLiteral(Math.PI)}));
  }
  return value;
}
`;
