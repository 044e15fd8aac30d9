import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { LinearOperator } from "../operator/linear-operator.ts";
import type { Method } from "../theory/methods/method.ts";
import { createCglsWalk } from "./cgls-walk.ts";
import type { LinearIteration } from "./coefficients.ts";
import { createLinearWalk, type SpectralPreconditioner } from "./linear-walk.ts";
import type { DescentRuns } from "./runs.ts";
import { createSgdWalk } from "./sgd-walk.ts";
import { isSmall } from "./small-descent.ts";
import { createSmallWalk } from "./small-walk.ts";
import type { Start, Walk } from "./walk.ts";

/** Right singular vectors of A, M × k in descending order of their singular values: `Svd` is one. */
export interface Basis {
  readonly V: Matrix;
  readonly singularValues: ArrayLike<number>;
}

/**
 * The walk of a call's method or methods.
 * @throws ArgumentError where they do not go together, or do not fit A or the basis.
 */
export async function createWalk(
  gpu: Gpu,
  arena: Arena,
  a: LinearOperator,
  { runs, methods }: Pick<DescentRuns, "runs" | "methods">,
  start: Start,
  basis: Basis | undefined,
): Promise<Walk> {
  const iterations = methods.map(({ iteration }) => iteration);
  const plain = iterations.filter((one): one is LinearIteration => one.kind === "linear" && !one.preconditioner);
  if (plain.length === methods.length) {
    return a instanceof Matrix && isSmall(gpu.device, a, runs)
      ? createSmallWalk(gpu, arena, a, runs, start, plain)
      : createLinearWalk(gpu, arena, a, runs, start, plain);
  }
  const [method, another] = methods as [Method, Method?];
  if (another) {
    throw new ArgumentError(
      `method: ${methods.map(({ name }) => name).join(", ")} given, several methods in one call all linear and ` +
        "without preconditioner expected",
    );
  }
  const { iteration } = method;
  if (iteration.kind === "cgls") return createCglsWalk(gpu, arena, a, runs, start);
  if (iteration.kind === "linear") {
    return createLinearWalk(gpu, arena, a, runs, start, [iteration], preconditioner(a, method, iteration, basis));
  }
  if (a instanceof Matrix) return createSgdWalk(gpu, arena, a, runs, start, iteration);
  throw new ArgumentError(`method: ${method.name} given for an operator, a stored matrix expected`);
}

/** 1/(1e-6)²: a σ in float32 is off by up to 1e-7·σ₁, and what P makes of smaller ones would grow. */
const STEEPEST = 1e12;

function preconditioner(
  { rows, cols, batch }: LinearOperator,
  { name }: Method,
  iteration: LinearIteration,
  basis: Basis | undefined,
): SpectralPreconditioner {
  if (!basis)
    throw new ArgumentError(`method: ${name} given without basis, the SVD of A, or its leading part, expected`);
  const { V, singularValues } = basis;
  if (batch > 1 || V.batch > 1 || V.rows !== cols || V.cols !== singularValues.length) {
    throw new ArgumentError(
      `basis: V of ${V.batch}×${V.rows}×${V.cols} with ${singularValues.length} singular values given for ${batch} ` +
        `matrices of ${rows}×${cols}, ${cols} rows and as many columns as values, of one matrix, expected`,
    );
  }
  // biome-ignore lint/style/noNonNullAssertion: only preconditioned methods come here
  const { identity, factors } = iteration.preconditioner!(singularValues);
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
        "expected, because float32 resolves no smaller ones: take a larger mu, or fewer components",
    );
  }
  return { V, identity, factors };
}
