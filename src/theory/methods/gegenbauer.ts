import { add, type DoubleDouble, divide, multiply, sum } from "./double-double.ts";

/**
 * 1 − C_n^κ(cos θ)/C_n^κ(1) from sin²θ in [0, 1], 0 ≤ θ ≤ π/2, for n ≥ 0 and κ > 0, in a time that does not grow with n.
 * The error is relative where the quotient is above ½, absolute where it is below.
 *
 * Up to (n + κ)θ = 25 + 2κ it is the hypergeometric series of 2F1(−n, n + 2κ; κ + ½; sin²(θ/2)) without its first term;
 * its terms grow up to e^{nθ}, for which double-double numbers have enough digits. Beyond, it is Darboux's series (G.
 * Szegő, "Orthogonal Polynomials", 8.21; DLMF 18.15.10) in 1/(n sin θ), whose smallest term is about e^{−2nθ}.
 */
export function gegenbauerFall(degree: number, order: number, sineSquared: number): number {
  const halfSineSquared = sineSquared / (2 * (1 + Math.sqrt(1 - sineSquared)));
  const angle = 2 * Math.asin(Math.sqrt(halfSineSquared));
  const reach = degree + order;
  if (reach * angle <= farFrom(order)) return series(degree, order, halfSineSquared);
  return (
    1 -
    darboux(degree, order, Math.sqrt(sineSquared), (m) => Math.cos((reach + m) * angle - ((m + order) * Math.PI) / 2))
  );
}

/**
 * A bound of |P|, P = C_n^κ(cos θ)/C_n^κ(1), that holds for larger n and θ too: √(P² + P'²/(n(n + 2κ))) of N. Sonin, with
 * P' = dP/dθ, which falls with θ and is |P| at each extremum (G. Szegő, 7.31). In the limit of small θ it depends on nθ alone
 * and so falls with n as well; elsewhere the tests show that it does.
 */
export function gegenbauerAmplitude(degree: number, order: number, sineSquared: number): number {
  if (degree === 0) return 1;
  const value = 1 - gegenbauerFall(degree, order, sineSquared);
  const slope = 1 - gegenbauerFall(degree - 1, order + 1, sineSquared);
  const scale = Math.sqrt(sineSquared * degree * (degree + 2 * order)) / (2 * order + 1);
  return Math.hypot(value, scale * slope);
}

/** The (n + κ)θ from which on Darboux's series has the accuracy of float64. */
export function farFrom(order: number): number {
  return 25 + 2 * order;
}

function series(degree: number, order: number, argument: number): number {
  const negated: DoubleDouble = [-argument, 0];
  let term: DoubleDouble = [-1, 0];
  let total: DoubleDouble = [0, 0];
  for (let k = 1; k <= degree; k++) {
    const above = multiply([degree - k + 1, 0], sum(degree + k - 1, 2 * order));
    const below = multiply([k, 0], sum(k - 0.5, order));
    term = multiply(divide(multiply(term, above), below), negated);
    total = add(total, term);
    if (Math.abs(term[0]) <= 1e-18 * Math.abs(total[0])) break;
  }
  return total[0];
}

/**
 * C_n^κ(cos θ)/C_n^κ(1) = Γ(κ + ½)/√π·(2/sin θ)^κ·n!/Γ(n + κ + 1)·Σ_m c_m·wave(m)/(2 sin θ)^m, where
 * c_m = (κ)_m(1 − κ)_m/(m!(n + κ + 1)_m) and wave(m) = cos((n + m + κ)θ − (m + κ)π/2), up to the smallest term.
 */
export function darboux(degree: number, order: number, sine: number, wave: (m: number) => number): number {
  const logarithm =
    logGamma(order + 0.5) - Math.log(Math.PI) / 2 + order * Math.log(2 / sine) - logGammaRise(degree + 1, order);
  let total = wave(0);
  let coefficient = 1;
  for (let m = 1; m < 1000; m++) {
    const factor = ((order + m - 1) * (m - order)) / (m * (degree + order + m) * 2 * sine);
    if (factor >= 1) break;
    coefficient *= factor;
    total += coefficient * wave(m);
    if (Math.abs(coefficient) <= 1e-18) break;
  }
  return Math.exp(logarithm) * total;
}

/** log Γ(z) by Stirling's series at an argument of at least 16. */
function logGamma(z: number): number {
  let [argument, passed] = [z, 0];
  for (; argument < 16; argument++) passed += Math.log(argument);
  return (argument - 0.5) * Math.log(argument) - argument + Math.log(2 * Math.PI) / 2 + stirling(argument) - passed;
}

/** log(Γ(z + a)/Γ(z)) for z of at least 16, without the cancellation of two large logarithms. */
function logGammaRise(z: number, a: number): number {
  return (z - 0.5) * Math.log1p(a / z) + a * Math.log(z + a) - a + stirling(z + a) - stirling(z);
}

function stirling(z: number): number {
  const square = 1 / (z * z);
  return (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / z;
}
