import type { Mask } from "../masks.ts";
import { powerOfTwoNear } from "../scale.ts";
import { requireProblem, type SpectralProblem } from "./method.ts";

/** CGLS on one problem, at every number of steps. */
interface CglsFilter {
  mask(iterations: number): Mask;
  /** The smallest T ≥ 1 from which on the mask of `singularValue` is within ε of 1; Infinity where there is none. */
  keptFrom(singularValue: number, maskThreshold: number): number;
}

/** AᵀA in the basis of its gradients: tridiagonal, q_k + e_{k−1} on the diagonal and √(q_k·e_k) next to it. */
interface Scheme {
  readonly q: Float64Array;
  readonly e: Float64Array;
}

/** r_T as a logarithm and a sign, so that 1 − r_T keeps its digits near 0 and near 1. */
interface Residual {
  logarithm: number;
  isNegative: boolean;
}

/**
 * σ and σc below these shares of the greatest count as 0, because products of their squares would not be normal numbers.
 */
const LEAST_NODE = 2 ** -250;
const LEAST_WEIGHT = 2 ** -500;

/** The relative gap up to which two σ count as one. */
const INDISTINCT = 2 ** -44;

/** The least e_k: a division by a smaller one would give infinity. */
const LEAST_E = 2 ** -1000;

/** The greatest σ in units of the greatest node: the square of a larger one overflows, and so does its residual. */
const GREATEST_NODE = 2 ** 511;

/**
 * The filter of CGLS: O(n²) for n distinct singular values with σc ≠ 0, then O(n) for each value of a mask.
 *
 * The coefficients of the recurrence of the gradients come from nodes λ = σ² and weights (σc)² without a subtraction, by
 * the qd scheme of H. Rutishauser (D. P. Laurie, "Accurate recovery of recursion coefficients from Gaussian quadrature
 * formulas", J. Comput. Appl. Math. 112, 1999), so that they keep all digits over any number of decades. r_T(λ) is the
 * product of T pivots of their matrix minus λ. At a λ_i of the problem the pivots lose their digits once a Ritz value has
 * converged to λ_i. From there on they are computed from the last row upwards: r_T(λ_i) is an entry of an eigenvector of
 * the matrix, and the twisted factorisation of I. S. Dhillon and B. N. Parlett (2004) says where to change.
 *
 * The error of a mask is about 1e-13; at singular values with a relative gap g between them it is about 1e-16/g from the
 * step on that distinguishes them. With g up to 2⁻⁴⁴ they count as one. A σ below 2⁻²⁵⁰ of the greatest, or a σc below
 * 2⁻⁵⁰⁰ of it, counts as 0.
 * @throws ArgumentError where `problem` is missing, the lengths differ or a σ is negative; NotFiniteError where σ or c is
 * not finite.
 */
export function cglsFilter(problem: SpectralProblem | undefined): CglsFilter {
  const { nodes, weights, nodeOf, unit } = measureOf(requireProblem(problem));
  const scheme = schemeOf(nodes, weights);
  const masks = (s: number): Float64Array => {
    const node = Math.min(s / unit, GREATEST_NODE);
    const own = nodeOf.get(node);
    return own === undefined ? masksElsewhere(scheme, node * node) : masksAtNode(scheme, own * own);
  };
  return {
    mask: (iterations) => (s) => masks(s)[Math.min(iterations, nodes.length)] as number,
    keptFrom: (s, maskThreshold) => {
      const isOutside = masks(s).map((mask) => (Math.abs(1 - mask) <= maskThreshold ? 0 : 1));
      if (isOutside[nodes.length] === 1) return Number.POSITIVE_INFINITY;
      return Math.max(1, isOutside.lastIndexOf(1) + 1);
    },
  };
}

interface Measure {
  /** The distinct σ with σc ≠ 0, descending, in units of a power of two. */
  readonly nodes: number[];
  /** The sums of (σc)² at each. */
  readonly weights: number[];
  /** The node that a σ of the problem belongs to. */
  readonly nodeOf: ReadonlyMap<number, number>;
  readonly unit: number;
}

function measureOf({ singularValues, coefficients }: ReturnType<typeof requireProblem>): Measure {
  const unit = powerOfTwoNear(singularValues.filter((_, i) => coefficients[i] !== 0));
  const size = powerOfTwoNear(coefficients);
  const products = coefficients.map((c, i) => (c === 0 ? 0 : ((singularValues[i] as number) / unit) * (c / size)));
  const largest = powerOfTwoNear(products);
  const byNode = new Map<number, number>();
  products.forEach((product, i) => {
    const node = (singularValues[i] as number) / unit;
    const weight = (product / largest) ** 2;
    if (weight > LEAST_WEIGHT ** 2 && node > LEAST_NODE) byNode.set(node, (byNode.get(node) ?? 0) + weight);
  });
  const [nodes, weights, nodeOf]: [number[], number[], Map<number, number>] = [[], [], new Map()];
  for (const [s, weight] of [...byNode].sort(([a], [b]) => b - a)) {
    const last = nodes.length - 1;
    if (last >= 0 && (nodes[last] as number) - s <= INDISTINCT * s) {
      weights[last] = (weights[last] as number) + weight;
    } else {
      nodes.push(s);
      weights.push(weight);
    }
    nodeOf.set(s, nodes[nodes.length - 1] as number);
  }
  return { nodes, weights, nodeOf, unit };
}

function schemeOf(nodes: readonly number[], weights: readonly number[]): Scheme {
  const scheme = { q: new Float64Array(nodes.length), e: new Float64Array(nodes.length) };
  let mass = 0;
  nodes.forEach((node, count) => {
    const weight = weights[count] as number;
    const previous = nodes[count - 1] ?? node;
    addNodeAtZero(scheme, count, (previous - node) * (previous + node), { mass, weight });
    mass += weight;
  });
  const last = nodes[nodes.length - 1] ?? 0;
  addNodeAtZero(scheme, nodes.length, last * last, { mass, weight: 0 });
  return scheme;
}

/** Adds `shift` to the `count` nodes so far, of total `mass`, and a node of `weight` at 0; no term is negative. */
function addNodeAtZero(
  { q, e }: Scheme,
  count: number,
  shift: number,
  { mass, weight }: { readonly mass: number; readonly weight: number },
): void {
  let moved = shift;
  let [old, added] = [mass / (mass + weight), weight / (mass + weight)];
  for (let k = 0; k < count; k++) {
    const [q_k, e_k] = [q[k] as number, e[k] as number];
    const qMoved = moved + q_k;
    const eMoved = e_k * (q_k / qMoved);
    moved = moved * (e_k / qMoved) + shift;
    q[k] = qMoved * old;
    e[k] = Math.max(eMoved + qMoved * added, LEAST_E);
    [old, added] = [eMoved / (e[k] as number), (qMoved * added) / (e[k] as number)];
  }
}

/**
 * The pivot of a row: `base`, its value for λ = 0, plus `moved`, the change by λ. Never 0, so that the next is a number.
 */
function pivotOf(base: number, moved: number): number {
  return base + moved || base * Number.EPSILON ** 2;
}

/** Multiplies r by (pivot/base)^power. */
function multiply(residual: Residual, base: number, moved: number, power: 1 | -1): void {
  const change = moved / base;
  const ratio = pivotOf(base, moved) / base;
  residual.logarithm += power * (change > -0.5 ? Math.log1p(change) : Math.log(Math.abs(ratio)));
  if (ratio < 0) residual.isNegative = !residual.isNegative;
}

function maskOf({ logarithm, isNegative }: Residual): number {
  return isNegative ? 1 + Math.exp(logarithm) : 0 - Math.expm1(logarithm);
}

/** The changes by λ of the pivots q_k + …, computed from the first row to the last. */
function movedFromFirst({ q, e }: Scheme, lambda: number): Float64Array {
  const moved = new Float64Array(q.length).fill(-lambda);
  for (let k = 1; k < q.length; k++) {
    const above = moved[k - 1] as number;
    moved[k] = above * ((e[k - 1] as number) / pivotOf(q[k - 1] as number, above)) - lambda;
  }
  return moved;
}

/** The changes by λ of the pivots e_{k−1} + …, computed from the last row to the first. */
function movedFromLast({ q, e }: Scheme, lambda: number): Float64Array {
  const moved = q.map((q_k) => q_k - lambda);
  for (let k = q.length - 2; k >= 0; k--) {
    const below = moved[k + 1] as number;
    moved[k] = (q[k] as number) * (below / pivotOf(e[k] as number, below)) - lambda;
  }
  return moved;
}

/** 1 − r_T at T = 0 … n for a λ that is not a node. */
function masksElsewhere(scheme: Scheme, lambda: number): Float64Array {
  const residual = { logarithm: 0, isNegative: false };
  const masks = new Float64Array(scheme.q.length + 1);
  movedFromFirst(scheme, lambda).forEach((moved, k) => {
    multiply(residual, scheme.q[k] as number, moved, 1);
    masks[k + 1] = maskOf(residual);
  });
  return masks;
}

/** 1 − r_T at T = 0 … n for the λ of a node, where it is 1 at the end. */
function masksAtNode(scheme: Scheme, lambda: number): Float64Array {
  const { q, e } = scheme;
  const down = movedFromFirst(scheme, lambda);
  const up = movedFromLast(scheme, lambda);
  // The greatest entry of the eigenvector is where the two factorisations differ least.
  const left = down.map((moved, k) => Math.abs(moved + (up[k] as number) + lambda));
  const twist = left.indexOf(left.reduce((a, b) => Math.min(a, b)));
  const residual = { logarithm: 0, isNegative: false };
  const masks = new Float64Array(q.length + 1).fill(1);
  for (let T = 0; T < q.length; T++) {
    masks[T] = maskOf(residual);
    if (T < twist) multiply(residual, q[T] as number, down[T] as number, 1);
    else if (T + 1 < q.length) multiply(residual, e[T] as number, up[T + 1] as number, -1);
  }
  return masks;
}
