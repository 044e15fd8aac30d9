/**
 * Linear least squares of NIST's Statistical Reference Datasets, https://www.itl.nist.gov/div898/strd/lls/lls.shtml,
 * with the certified coefficients and residual sum of squares.
 */
export interface Dataset {
  readonly rows: number;
  readonly cols: number;
  /** rows × cols. */
  readonly design: readonly number[];
  readonly y: readonly number[];
  readonly coefficients: readonly number[];
  readonly residual: number;
}

/** Longley: y, then x1 … x6 of 16 years. */
const years = [
  [60323, 83, 234289, 2356, 1590, 107608, 1947],
  [61122, 88.5, 259426, 2325, 1456, 108632, 1948],
  [60171, 88.2, 258054, 3682, 1616, 109773, 1949],
  [61187, 89.5, 284599, 3351, 1650, 110929, 1950],
  [63221, 96.2, 328975, 2099, 3099, 112075, 1951],
  [63639, 98.1, 346999, 1932, 3594, 113270, 1952],
  [64989, 99, 365385, 1870, 3547, 115094, 1953],
  [63761, 100, 363112, 3578, 3350, 116219, 1954],
  [66019, 101.2, 397469, 2904, 3048, 117388, 1955],
  [67857, 104.6, 419180, 2822, 2857, 118734, 1956],
  [68169, 108.4, 442769, 2936, 2798, 120445, 1957],
  [66513, 110.8, 444546, 4681, 2637, 121950, 1958],
  [68655, 112.6, 482704, 3813, 2552, 123366, 1959],
  [69564, 114.2, 502601, 3931, 2514, 125368, 1960],
  [69331, 115.7, 518173, 4806, 2572, 127852, 1961],
  [70551, 116.9, 554894, 4007, 2827, 130081, 1962],
];

export const longley: Dataset = {
  rows: 16,
  cols: 7,
  design: years.flatMap(([, ...x]) => [1, ...x]),
  y: years.map(([total]) => total as number),
  coefficients: [
    -3482258.63459582, 15.0618722713733, -0.035819179292591, -2.02022980381683, -1.03322686717359, -0.0511041056535807,
    1829.15146461355,
  ],
  residual: 836424.055505915,
};

const powers = [0, 1, 2, 3, 4, 5];
const positions = Array.from({ length: 21 }, (_, i) => i);
/** What Wampler3 to 5 add to a polynomial, by 1, 100 and 10⁴: orthogonal to all of degree 5. */
const disturbance = [759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048, 2048];

function wampler(base: number, disturbed: number): Dataset {
  const noise = positions.map((i) => disturbed * (disturbance[Math.min(i, 20 - i)] as number));
  return {
    rows: 21,
    cols: 6,
    design: positions.flatMap((x) => powers.map((k) => x ** k)),
    y: positions.map((x, i) => powers.reduce((sum, k) => sum + (base * x) ** k, noise[i] as number)),
    coefficients: powers.map((k) => base ** k),
    residual: noise.reduce((sum, value) => sum + value * value, 0),
  };
}

/** Wampler1 to 5: Σ xᵏ, Σ (x/10)ᵏ, and the first with ever more beside it, over x = 0 … 20 and k up to 5. */
export const wamplers: readonly Dataset[] = [
  wampler(1, 0),
  wampler(0.1, 0),
  wampler(1, 1),
  wampler(1, 100),
  wampler(1, 1e4),
];
