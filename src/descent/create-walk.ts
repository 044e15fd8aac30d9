import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Iteration, Method } from "../theory/methods/method.ts";
import { createCglsWalk } from "./cgls-walk.ts";
import type { LinearIteration } from "./coefficient-table.ts";
import type { Basis } from "./descent-options.ts";
import { createLinearWalk } from "./linear-walk.ts";
import { preconditionerFrom } from "./preconditioner.ts";
import { createSgdWalk } from "./sgd-walk.ts";
import { createSmallWalk, isSmall } from "./small-walk.ts";
import type { Start } from "./start.ts";
import type { Walk } from "./walk.ts";

/**
 * The walk of a call's method, or of its methods, one for each run.
 * @throws ArgumentError where the methods cannot run together, or do not fit A or the basis.
 */
export async function createWalk(
  gpu: Gpu,
  arena: Arena,
  start: Start,
  methods: readonly Method[],
  basis: Basis | undefined,
): Promise<Walk> {
  const { a, runs } = start;
  const iterations = methods.map(({ iteration }) => iteration);
  const plain = iterations.filter(isPlain);
  if (methods.length > 1 && plain.length < methods.length) {
    throw new ArgumentError(
      `method: ${methods.map(({ name }) => name).join(", ")} given, only linear methods without preconditioner ` +
        "expected in a call with several",
    );
  }
  const [method] = methods as [Method];
  const { iteration } = method;
  switch (iteration.kind) {
    case "linear": {
      const { preconditioner } = iteration;
      if (preconditioner) {
        const own = preconditionerFrom(basis, a, method, { ...iteration, preconditioner });
        return createLinearWalk(gpu, arena, start, [iteration], own);
      }
      if (a instanceof Matrix && isSmall(gpu.device, a, runs)) return createSmallWalk(gpu, arena, start, a, plain);
      return createLinearWalk(gpu, arena, start, plain);
    }
    case "cgls":
      return createCglsWalk(gpu, arena, start);
    case "sgd":
      if (a instanceof Matrix) return createSgdWalk(gpu, arena, start, a, iteration);
      throw new ArgumentError(`method: ${method.name} given for an operator, a stored matrix expected`);
  }
}

function isPlain(iteration: Iteration): iteration is LinearIteration {
  return iteration.kind === "linear" && !iteration.preconditioner;
}
