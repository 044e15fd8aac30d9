import { gridCentres } from "../index.ts";
import { jacobiSvd } from "../theory/jacobi.ts";

/** k(x, x') of two positions of the plane. */
export type PlaneKernel = (x: Point, other: Point) => number;
type Point = readonly [number, number];

/** Nodes of a side, for means over the unit square: with 56, the first 48 singular values change by less than 0.4 %. */
const NODES = 28;

/**
 * The kernel that AAᵀ/M of z₊ᵖ, p ≤ 2, tends to with the width, up to a factor, for the neurons of `randomNeurons`. Their
 * b is v·c with c uniform on the square, so that an entry is (v·(x − c))₊ᵖ. The mean over v is the arc-cosine kernel of
 * x − c and x' − c (Y. Cho and L. Saul, NeurIPS 2009), in closed form; that over c is taken by the midpoint rule. No node
 * is a pixel where a side has 14 of them.
 */
export function arcCosineKernel(order: 0 | 1 | 2): PlaneKernel {
  const nodes = pointsOf(gridCentres([NODES, NODES]));
  return ([x, y], [otherX, otherY]) => {
    let sum = 0;
    for (const [c, d] of nodes) {
      const dot = (x - c) * (otherX - c) + (y - d) * (otherY - d);
      const cross = Math.abs((x - c) * (otherY - d) - (y - d) * (otherX - c));
      const obtuse = Math.PI - Math.atan2(cross, dot);
      if (order === 0) sum += obtuse;
      else if (order === 1) sum += cross + obtuse * dot;
      else sum += 3 * cross * dot + obtuse * (3 * dot * dot + cross * cross);
    }
    return sum / nodes.length;
  };
}

/** The kernel that AAᵀ·2/M of Fourier features with this ω tends to (A. Rahimi and B. Recht, NeurIPS 2007). */
export function gaussianKernel(scale: number): PlaneKernel {
  return ([x, y], [otherX, otherY]) => Math.exp(-(scale ** 2 * ((x - otherX) ** 2 + (y - otherY) ** 2)) / 2);
}

/**
 * σ_k/σ_1 = √(λ_k/λ_1) of a kernel on side × side pixels of the unit square, descending, in float64; `side` is even. The
 * kernel does not change when the square is reflected. So its eigenvectors are even or odd along each axis, and each of the
 * four kinds follows from its values on a quarter of the pixels.
 */
export function kernelRatios(kernel: PlaneKernel, side: number): number[] {
  const quarter = pointsOf(gridCentres([side, side])).filter(([x, y]) => x < 0.5 && y < 0.5);
  const values = quarter.map((point) =>
    quarter.map(([x, y]) => [
      kernel(point, [x, y]),
      kernel(point, [1 - x, y]),
      kernel(point, [x, 1 - y]),
      kernel(point, [1 - x, 1 - y]),
    ]),
  );
  const signs = [
    [1, 1, 1, 1],
    [1, -1, 1, -1],
    [1, 1, -1, -1],
    [1, -1, -1, 1],
  ];
  const eigenvalues = signs.flatMap((sign) => {
    const sums = values.flat().map((four) => four.reduce((sum, value, i) => sum + value * (sign[i] as number), 0));
    return Array.from(jacobiSvd(Float64Array.from(sums), quarter.length).singularValues);
  });
  eigenvalues.sort((a, b) => b - a);
  return eigenvalues.map((value) => Math.sqrt(value / (eigenvalues[0] as number)));
}

function pointsOf(positions: Float64Array): Point[] {
  return Array.from({ length: positions.length / 2 }, (_, n) => [
    positions[2 * n] as number,
    positions[2 * n + 1] as number,
  ]);
}
