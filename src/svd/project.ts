import { ArgumentError } from "../errors.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { floats, readBack } from "../gpu/read-back.ts";
import { createOrthogonalise } from "../operator/orthogonalise.ts";
import { toFloat32 } from "../theory/float32.ts";
import type { Svd } from "./result.ts";

/** A least-squares problem in the basis of an SVD, as the rules for stopping and the filter of CGLS take it. */
export interface Projection {
  readonly singularValues: Float64Array;
  /** Uᵀy, as many as singular values. */
  readonly coefficients: Float64Array;
  /** ‖y − UUᵀy‖². */
  readonly outside: number;
  /** N. */
  readonly samples: number;
}

/** Uᵀy and what y has outside of U. @throws ArgumentError for the SVD of a batch, or where y has not N numbers. */
export async function project(
  gpu: Gpu,
  { U, singularValues }: Pick<Svd, "U" | "singularValues">,
  y: ArrayLike<number>,
): Promise<Projection> {
  const { rows, cols, batch } = U;
  if (batch !== 1) throw new ArgumentError(`the SVD of a batch of ${batch} matrices given, of one expected`);
  if (singularValues.length !== cols) {
    throw new ArgumentError(
      `${singularValues.length} singular values given with ${cols} columns of U, as many expected`,
    );
  }
  if (y.length !== rows) throw new ArgumentError(`y: ${y.length} numbers given, ${rows} expected`);
  const targets = toFloat32("y", y);
  const orthogonalise = await createOrthogonalise(gpu, U, 1);
  return gpu.withArena(async (arena) => {
    const { rest, steps, coefficients } = await gpu.guard("project", () => {
      const rest = arena.upload("y", targets);
      return { rest, ...orthogonalise(arena, rest) };
    });
    await execute(gpu, steps);
    const [outside, projected] = await readBack(gpu, [floats(rest, rows), floats(coefficients, cols)]);
    return {
      singularValues,
      coefficients: Float64Array.from(projected),
      outside: outside.reduce((sum, value) => sum + value * value, 0),
      samples: rows,
    };
  });
}
