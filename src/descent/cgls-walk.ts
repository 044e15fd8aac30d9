import { conjugateAdvance, conjugateDirection, conjugateRetreat } from "../../shaders/conjugate-update.ts";
import { flooredNormSquare, normSquare } from "../../shaders/norm-square.ts";
import { appendColumn } from "../../shaders/set-column.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { mapSpan, words } from "../gpu/read-back.ts";
import { type LinearOperator, productsOf } from "../operator/linear-operator.ts";
import { prepareOrthogonalise } from "../operator/orthogonalise.ts";
import { NEVER } from "./divergence.ts";
import { wholeStep } from "./many-steps.ts";
import type { Start, Walk } from "./walk.ts";

/** Gradients that are kept, at most, and numbers in all of them. */
const MOST_KEPT = 512;
const MOST_NUMBERS = 2 ** 22;

/** ‖s‖/(κ‖r‖), κ of about σ₁, up to which a gradient is rounding: a run whose r has nothing else left stays where it is. */
const ROUNDING = 2 ** -21;

/** A·p is of the size of A², which is to stay within float32. */
const MOST_EXPONENT = 58;

/**
 * Conjugate gradients on AᵀA w = Aᵀy in the form of Hestenes & Stiefel (1952), CGLS: the residual r = y − A·w is carried
 * along, and s = Aᵀr made from it. Each s is made orthogonal to the ones before it, as many as are kept: in float32 they
 * lose it within five steps of ReLU, and the iteration falls behind its filter by 15 % (with all kept, 1e-6). After
 * min(N, M) steps all is found, and nothing is left to do.
 */
export async function createCglsWalk(
  gpu: Gpu,
  arena: Arena,
  a: LinearOperator,
  runs: number,
  start: Start,
): Promise<Walk> {
  const { rows, cols } = a;
  const end = Math.min(rows, cols);
  if (Math.abs(Math.log2(start.scale)) > MOST_EXPONENT) {
    throw new ArgumentError(`a: one of size ${start.scale} given, one within 2^±${MOST_EXPONENT} expected by cgls`);
  }
  const kept = Math.max(1, Math.min(end, MOST_KEPT, Math.floor(MOST_NUMBERS / (runs * cols))));
  const basis = new Matrix(gpu, arena.storage("gradients kept", runs * cols * kept * 4), cols, kept, runs);
  const products = productsOf(gpu, a, runs);
  const [multiply, multiplyBack, orthogonalise, square, flooredSquare, append, advance, retreat, direct] =
    await Promise.all([
      products.product(),
      products.transposedProduct(),
      prepareOrthogonalise(gpu, basis, runs),
      normSquare.on(gpu),
      flooredNormSquare.on(gpu),
      appendColumn.on(gpu),
      conjugateAdvance.on(gpu),
      conjugateRetreat.on(gpu),
      conjugateDirection.on(gpu),
    ]);
  return gpu.guard("descend", (): Walk => {
    const inverse = 1 / start.scale;
    const [ofRows, ofCols] = [
      { length: rows, runs },
      { length: cols, runs },
    ];
    const inUnits = start.residuals.map((value, i) => -value / (start.units[Math.floor(i / rows)] as number));
    const w = arena.upload("weights", start.weights);
    const r = arena.upload("residuals", inUnits);
    const s = arena.storage("gradients", runs * cols * 4);
    const p = arena.storage("directions", runs * cols * 4); // 0, so that the first is s, whatever ‖s‖² was before
    const q = arena.storage("A·directions", runs * rows * 4);
    const gamma = arena.storage("‖s‖²", runs * 8);
    const delta = arena.storage("‖A·p‖²", runs * 8);
    const units = arena.upload("units", start.units);
    const rho = arena.storage("‖r‖²", runs * 8);
    const gradient = [
      ...multiplyBack(arena, { input: r, output: s }),
      ...orthogonalise(arena, s).steps,
      square(arena, { ...ofRows, vectors: r, squares: rho, scale: 1 }),
      flooredSquare(arena, {
        ...ofCols,
        vectors: s,
        squares: gamma,
        scale: inverse,
        others: rho,
        share: ROUNDING ** 2,
      }),
    ];
    const descent = [
      ...direct(arena, { ...ofCols, inverse, gamma, others: s, vectors: p }),
      ...multiply(arena, { input: p, output: q }),
      square(arena, { ...ofRows, vectors: q, squares: delta, scale: inverse ** 2 }),
      ...advance(arena, { ...ofCols, inverse, gamma, delta, units, others: p, vectors: w }),
      ...retreat(arena, { ...ofRows, inverse, gamma, delta, others: q, vectors: r }),
    ];
    const keep = Array.from({ length: kept }, (_, col) =>
      append(arena, {
        vectors: s,
        squares: gamma,
        columns: basis.buffer,
        rows: cols,
        cols: kept,
        col,
        runs,
        scale: inverse,
      }),
    );
    const steps = keep.map((keeping) => wholeStep([...gradient, ...keeping, ...descent]));
    const later = wholeStep([...gradient, ...descent]);
    const nothing = { command: { kind: "clear", buffer: q }, completes: 1 } as const;
    let done = 0;
    return {
      weights: w,
      state: [
        { buffer: w, words: runs * cols },
        { buffer: r, words: runs * rows },
        { buffer: p, words: runs * cols },
        { buffer: gamma, words: runs * 2 },
        { buffer: units, words: runs },
        { buffer: basis.buffer, words: runs * cols * kept },
      ],
      table: Number.POSITIVE_INFINITY,
      load(from) {
        done = from;
      },
      *advance(many) {
        for (let last = done + many; done < last; done++) {
          if (done < end) yield* steps[done] ?? later;
          else yield nothing;
        }
      },
      diverged: mapSpan(words(w, 0), () => new Uint32Array(runs).fill(NEVER)), // no step enlarges the residual
    };
  });
}
