import { conjugateAdvance, conjugateDirection, conjugateRetreat } from "../../shaders/conjugate-update.ts";
import { flooredNormSquare, normSquare } from "../../shaders/norm-square.ts";
import { appendColumn } from "../../shaders/set-column.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { productsOf } from "../operator/linear-operator.ts";
import { prepareOrthogonalise } from "../operator/orthogonalise.ts";
import { neverDiverged } from "./divergence.ts";
import type { Start } from "./start.ts";
import { type Advance, type Walk, wholeStep } from "./walk.ts";

/** The most gradients of a run that are kept, and the most numbers in those of all runs. */
const MOST_KEPT = 512;
const MOST_NUMBERS = 2 ** 22;

/** ‖s‖/(κ‖r‖), κ near σ₁, up to which a gradient s is rounding error. A run whose s is so small does not move any more. */
const ROUNDING = 2 ** -21;

/** The most |log₂| of the size of A: entries of A·p are of the size of A², which must be within float32. */
const MOST_EXPONENT = 58;

/**
 * Conjugate gradients on AᵀA w = Aᵀy in the form of Hestenes & Stiefel (1952), CGLS: the residual r = y − A·w is updated in
 * each step, and the gradient s = Aᵀr is computed from it. No step enlarges the residual.
 *
 * Each s is made orthogonal to those before it that are kept. Without this, float32 loses their orthogonality within five
 * steps on a ReLU matrix, and the iteration is 15 % behind its filter; with all kept, 1e-6. After min(N, M) steps the
 * solution is reached, and further steps do nothing.
 */
export async function createCglsWalk(gpu: Gpu, arena: Arena, start: Start): Promise<Walk> {
  const { a, runs, scale } = start;
  if (Math.abs(Math.log2(scale)) > MOST_EXPONENT) {
    throw new ArgumentError(`a: one of size ${scale} given, one within 2^±${MOST_EXPONENT} expected by cgls`);
  }
  const kept = Math.max(1, Math.min(a.rows, a.cols, MOST_KEPT, Math.floor(MOST_NUMBERS / (runs * a.cols))));
  const basis = Matrix.create(gpu, {
    rows: a.cols,
    cols: kept,
    batch: runs,
    buffer: arena.storage("gradients kept", runs * a.cols * kept * 4),
  });
  const kernels = await prepareKernels(gpu, start, basis);
  return gpu.guard("descend", () => encodeWalk(arena, start, basis, kernels));
}

async function prepareKernels(gpu: Gpu, { products, runs }: Start, basis: Matrix) {
  const [multiply, multiplyBack, orthogonalise, square, flooredSquare, append, advance, retreat, direct] =
    await Promise.all([
      products.product(),
      products.transposedProduct(),
      prepareOrthogonalise(productsOf(gpu, basis, runs), basis, runs),
      normSquare.on(gpu),
      flooredNormSquare.on(gpu),
      appendColumn.on(gpu),
      conjugateAdvance.on(gpu),
      conjugateRetreat.on(gpu),
      conjugateDirection.on(gpu),
    ]);
  return { multiply, multiplyBack, orthogonalise, square, flooredSquare, append, advance, retreat, direct };
}

function encodeWalk(
  arena: Arena,
  { a: { rows, cols }, runs, weights, firstResiduals, units, scale, unwatched }: Start,
  basis: Matrix,
  kernels: Awaited<ReturnType<typeof prepareKernels>>,
): Walk {
  const { multiply, multiplyBack, orthogonalise, square, flooredSquare, append, advance, retreat, direct } = kernels;
  const end = Math.min(rows, cols);
  const kept = basis.cols;
  const inverse = 1 / scale;
  const [ofRows, ofCols] = [
    { length: rows, runs },
    { length: cols, runs },
  ];
  const inUnits = firstResiduals.map((value, i) => -value / (units[Math.floor(i / rows)] as number));
  const r = arena.upload("residuals in units", inUnits);
  const s = arena.storage("gradients", runs * cols * 4);
  const p = arena.storage("directions", runs * cols * 4); // zeros, so that the first direction is s
  const q = arena.storage("A·directions", runs * rows * 4);
  const gamma = arena.storage("‖s‖²", runs * 8);
  const delta = arena.storage("‖A·p‖²", runs * 8);
  const rho = arena.storage("‖r‖²", runs * 8);
  const unitBuffer = arena.upload("units", units);
  const floor = { others: rho, share: ROUNDING ** 2 };
  const gradient = [
    ...multiplyBack(arena, { input: r, output: s }),
    ...orthogonalise(arena, s, unwatched).steps,
    square(arena, { ...ofRows, vectors: r, squares: rho, scale: 1 }),
    flooredSquare(arena, { ...ofCols, vectors: s, squares: gamma, scale: inverse, ...floor }),
  ];
  const descent = [
    ...direct(arena, { ...ofCols, inverse, gamma, others: s, vectors: p }),
    ...multiply(arena, { input: p, output: q }),
    square(arena, { ...ofRows, vectors: q, squares: delta, scale: inverse ** 2 }),
    ...advance(arena, { ...ofCols, inverse, gamma, delta, units: unitBuffer, others: p, vectors: weights }),
    ...retreat(arena, { ...ofRows, inverse, gamma, delta, others: q, vectors: r }),
  ];
  const column = { rows: cols, cols: kept, runs, columns: basis.buffer };
  const keep = (col: number) => append(arena, { ...column, vectors: s, squares: gamma, col, scale: inverse });
  // A step is made when it is taken: hundreds may keep a gradient, each in a column of its own, and few may be taken.
  const stepAt = (step: number) => wholeStep([...gradient, ...(step < kept ? keep(step) : []), ...descent]);
  const nothing: Advance = { command: { kind: "clear", buffer: q }, completes: 1 };
  let done = 0;
  return {
    state: [
      { buffer: weights, words: runs * cols },
      { buffer: r, words: runs * rows },
      { buffer: p, words: runs * cols },
      { buffer: gamma, words: runs * 2 },
      { buffer: unitBuffer, words: runs },
      { buffer: basis.buffer, words: runs * cols * kept },
    ],
    loaded: Number.POSITIVE_INFINITY,
    load(from) {
      done = from;
    },
    *advance(many) {
      for (let last = done + many; done < last; done++) {
        if (done < end) yield* stepAt(done);
        else yield nothing;
      }
    },
    diverged: neverDiverged(weights, runs),
  };
}
