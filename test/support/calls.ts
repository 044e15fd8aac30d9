/** Every call of an engine, at a small size: for tests of what all calls have in common. */
import {
  type ActivationOperator,
  type Engine,
  type Matrix,
  masks,
  methods,
  offsetBiases,
  offsetSamples,
  type RunOptions,
} from "../../src/index.ts";
import { randomMatrix } from "./matrices.ts";

const [ROWS, COLS] = [72, 60];
const [x, b] = [offsetSamples(ROWS), offsetBiases(COLS)];
const y = Float64Array.from(x, (at) => Math.sin(5 * at));

/** What calls work on. `U` and `V` have the shapes of an SVD of `a`, and any numbers: no test looks at results. */
export interface Operands {
  readonly small: Matrix;
  readonly a: Matrix;
  readonly heldOut: Matrix;
  readonly U: Matrix;
  readonly V: Matrix;
  readonly scan: ActivationOperator;
  readonly generated: ActivationOperator;
}

interface Call {
  readonly on: readonly (keyof Operands)[];
  /** Whether it takes a signal. */
  readonly lasts: boolean;
  readonly run: (engine: Engine, operands: Operands, options?: RunOptions) => Promise<unknown>;
}

export async function makeOperands(engine: Engine): Promise<Operands> {
  const matrix = (rows: number, cols: number, scale = 1) =>
    engine.matrix({ data: randomMatrix(rows, cols).map((entry) => scale * entry), rows, cols });
  return {
    small: await matrix(12, 9),
    a: await matrix(ROWS, COLS),
    heldOut: await matrix(ROWS, COLS),
    U: await matrix(ROWS, COLS),
    V: await matrix(COLS, COLS, 2 ** -10), // close to no preconditioner: a descent in it ends
    scan: await engine.activationOperator({ activation: "relu", x, b, form: "scan" }),
    generated: await engine.activationOperator({ activation: "tanh", scale: 3, x, b, form: "generated" }),
  };
}

export function destroyOperands(operands: Operands): void {
  for (const operand of Object.values(operands)) operand.destroy();
}

const singularValues = Float64Array.from({ length: COLS }, (_, i) => 10 - i / 10);

function call(on: Call["on"], lasts: boolean, run: Call["run"]): Call {
  return { on, lasts, run };
}

export const calls = {
  "Matrix.read": call(["a"], false, (_, { a }) => a.read()),
  "Matrix.readExtended": call(["a"], false, (_, { a }) => a.readExtended()),
  "svd in a workgroup's memory": call(["small"], true, (engine, { small }, run) => engine.svd(small, run)),
  "svd in blocks": call(["a"], true, (engine, { a }, run) => engine.svd(a, run)),
  "svd in two-floats": call(["small"], true, (engine, { small }, run) =>
    engine.svd(small, { precision: engine.info.twoFloat === "none" ? "single" : "extended", ...run }),
  ),
  singularValues: call(["a"], true, (engine, { a }, run) => engine.singularValues(a, run)),
  "truncatedSvd of a matrix": call(["a"], true, (engine, { a }, run) =>
    engine.truncatedSvd(a, { components: 3, ...run }),
  ),
  "truncatedSvd of an operator": call(["scan"], true, (engine, { scan }, run) =>
    engine.truncatedSvd(scan, { components: 3, ...run }),
  ),
  largestSingularValue: call(["generated"], true, (engine, { generated }, run) =>
    engine.largestSingularValue(generated, run),
  ),
  "descend, stopped by a held-out matrix": call(["a", "heldOut"], true, (engine, { a, heldOut }, run) =>
    engine.descend(a, y, {
      learningRate: 1e-3,
      iterations: 300,
      recordAt: [100, 200, 300],
      stopping: { rule: "heldOut", matrix: heldOut, y },
      ...run,
    }),
  ),
  "descend in a basis": call(["a", "V"], true, (engine, { a, V }, run) => {
    const method = methods.eigenPro({ learningRate: 1e-3, eigenvectors: 4, singularValues });
    return engine.descend(a, y, { method, basis: { V, singularValues }, iterations: 300, ...run });
  }),
  "descend on an operator": call(["scan"], true, (engine, { scan }, run) =>
    engine.descend(scan, y, { method: methods.cgls(), iterations: 40, ...run }),
  ),
  shrink: call(["U", "V"], true, (engine, { U, V }, run) =>
    engine.shrink({ U, V, singularValues }, y, masks.ridge({ lambda: 1 }), run),
  ),
  leastSquares: call(["a"], true, (engine, { a }, run) => engine.leastSquares(a, y, { ridge: "gcv", ...run })),
  "leastSquares in two-floats": call(["small"], true, (engine, { small }, run) => {
    const precision = engine.info.twoFloat === "none" ? "single" : "extended";
    return engine.leastSquares(small, y.subarray(0, 12), { precision, ...run });
  }),
  project: call(["U"], true, (engine, { U }, run) => engine.project({ U, singularValues }, y, run)),
  matrix: call([], false, (engine) => engine.matrix({ data: randomMatrix(ROWS, COLS), rows: ROWS, cols: COLS })),
  activationMatrix: call([], true, (engine, _, run) => engine.activationMatrix({ activation: "gelu", x, b, ...run })),
  "activationOperator, stored": call([], true, (engine, _, run) =>
    engine.activationOperator({ activation: "tanh", x, b, form: "stored", ...run }),
  ),
  "activationOperator, measured": call([], true, (engine, _, run) =>
    engine.activationOperator({ activation: "relu", x, b, ...run }),
  ),
  warmUp: call([], false, (engine) => engine.warmUp(["activationMatrix", "project"])),
} satisfies Record<string, Call>;
