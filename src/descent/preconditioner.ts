import { scaleCoefficients } from "../../shaders/momentum-step.ts";
import { sumShares } from "../../shaders/product.ts";
import { requireNormal, toFloat32 } from "../checks/float32.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { type LinearOperator, productsOf } from "../operator/linear-operator.ts";
import { prepareOrthogonalise } from "../operator/orthogonalise.ts";
import type { Shares, WatchBuffers } from "../operator/products.ts";
import type { Method, Preconditioner } from "../theory/methods/method.ts";
import type { LinearIteration } from "./coefficient-table.ts";
import type { Basis } from "./descent-options.ts";
import { repeat } from "./runs.ts";

/** P = identity·1 + V diag(factors) Vᵀ with V, M × k, on the GPU. */
export interface SpectralPreconditioner extends Preconditioner {
  readonly V: Matrix;
}

/**
 * The largest factor of a step, in units of 1/σ₁². A σ in float32 is wrong by up to 1e-7·σ₁, and with a larger factor such
 * an error would grow from step to step.
 */
const STEEPEST = 1e12;

/**
 * The preconditioner that a method makes of a basis.
 * @throws ArgumentError where there is no basis, or where it does not fit A or has too few singular vectors.
 */
export function preconditionerFrom(
  basis: Basis | undefined,
  { rows, cols, batch }: LinearOperator,
  { name }: Method,
  iteration: LinearIteration & Required<Pick<LinearIteration, "preconditioner">>,
): SpectralPreconditioner {
  if (!basis) {
    throw new ArgumentError(`basis: none given, the SVD of A or its leading triplets expected: ${name} needs them`);
  }
  const { V, singularValues } = basis;
  if (batch > 1 || V.batch > 1 || V.rows !== cols || V.cols !== singularValues.length) {
    throw new ArgumentError(
      `basis: V of ${V.batch}×${V.rows}×${V.cols} with ${singularValues.length} singular values given for ${batch} ` +
        `matrices of ${rows}×${cols}, ${cols} rows and as many columns as values, of one matrix, expected`,
    );
  }
  const { identity, factors } = iteration.preconditioner(singularValues);
  if (identity === 0 && V.cols < Math.min(rows, cols)) {
    throw new ArgumentError(`basis: ${V.cols} singular vectors given, all ${Math.min(rows, cols)} expected by ${name}`);
  }
  if (factors.length > V.cols) {
    throw new ArgumentError(`basis: ${V.cols} singular vectors given, at least ${factors.length} expected by ${name}`);
  }
  const steepest = iteration.coefficients(1).rate * (identity === 0 ? Math.max(...factors) : identity);
  const top = singularValues[0] as number;
  if (steepest * top * top > STEEPEST) {
    throw new ArgumentError(
      `method: ${name} with a step of ${steepest * top * top}/σ₁² on small singular values given, at most ${STEEPEST}/σ₁² ` +
        "expected, because float32 resolves no smaller ones: take a larger lambda, or fewer eigenvectors",
    );
  }
  return { V, identity, factors };
}

/**
 * P·gradient as identity·(1 − VVᵀ)·gradient + V diag(identity + factors) Vᵀ·gradient. The first term is made orthogonal to
 * V twice: where P makes a large component of the gradient small, no rounding of that component remains.
 */
export async function preparePreconditioner(gpu: Gpu, { V, identity, factors }: SpectralPreconditioner, runs: number) {
  const ofV = productsOf(gpu, V, runs);
  const [sum, orthogonalise, scale, expand] = await Promise.all([
    sumShares.on(gpu),
    prepareOrthogonalise(ofV, V, runs),
    scaleCoefficients.on(gpu),
    ofV.product(),
  ]);
  const ofOne = toFloat32(
    "factors of the preconditioner",
    Float64Array.from({ length: V.cols }, (_, i) => identity + (factors[i] ?? 0)),
  );
  requireNormal("factors of the preconditioner", ofOne);
  const onBasis = repeat(ofOne, runs * V.cols);
  /** The steps, and what `momentumStep` is then given for the gradient. */
  return (arena: Arena, { shares, count }: Pick<Shares, "shares" | "count">, unwatched: WatchBuffers) => {
    const length = runs * V.rows;
    const gradients = arena.storage("gradients", length * 4);
    const correction = arena.storage("correction", length * 4);
    const scaled = arena.storage("scaled coefficients", runs * V.cols * 4);
    const { steps, coefficients } = orthogonalise(arena, gradients, unwatched);
    return {
      steps: [
        ...sum(arena, { length, count, shares, sums: gradients }),
        ...steps,
        ...scale(arena, { count: runs * V.cols, coefficients, factors: arena.upload("factors", onBasis), scaled }),
        ...expand(arena, { input: scaled, output: correction }),
      ],
      given: { gradients, shares: 1, identity, correction },
    };
  };
}
