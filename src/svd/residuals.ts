import { normSquare } from "../../shaders/norm-square.ts";
import { executeAndRead } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
import { type LinearOperator, productsOf } from "../operator/linear-operator.ts";
import { type ProductBuffers, unwatched } from "../operator/products.ts";
import type { Units } from "./krylov-basis.ts";
import { HALF_ULP } from "./spectrum.ts";

export interface Triplets {
  readonly singularValues: Float64Array;
  /** rows × K and cols × K. */
  readonly U: Matrix;
  readonly V: Matrix;
}

/**
 * Vectors have this length in the products that measure residuals. It is not a power of two, so that these products do
 * not round as those that made u, σ and v did: with the same roundings their errors would cancel.
 */
const LENGTH = 0.7;

/**
 * √(‖Av − σu‖² + ‖Aᵀu − σv‖²) of each triplet, from K products each with A and Aᵀ in float32. σ is in
 * units, the result is that of A itself.
 */
export async function measureResiduals(
  gpu: Gpu,
  a: LinearOperator,
  { singularValues, U, V }: Triplets,
  units: Units,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const count = singularValues.length;
  const products = productsOf(gpu, a, count);
  const [product, transposedProduct] = await Promise.all([products.product(), products.transposedProduct()]);
  const measure = {
    lengths: singularValues.map(() => LENGTH * units.shift),
    expected: singularValues.map((sigma) => LENGTH * units.scale * sigma),
    scale: units.scale,
  };
  return gpu.withArena(async (arena) => {
    const onLeft = await squaredResiduals(gpu, arena, product, { from: V, to: U, ...measure });
    const onRight = await squaredResiduals(gpu, arena, transposedProduct, { from: U, to: V, ...measure });
    const steps = [...onLeft.steps, ...onRight.steps];
    const spans = [floats(onLeft.squares, 2 * count), floats(onRight.squares, 2 * count)] as const;
    const [left, right] = await executeAndRead(gpu, steps, spans, { signal });
    return singularValues.map(
      (_, i) => (units.one / LENGTH) * Math.sqrt((left[2 * i] as number) + (right[2 * i] as number)),
    );
  });
}

interface SideOptions {
  readonly from: Matrix;
  readonly to: Matrix;
  /** K: factors of the vectors of `from`. */
  readonly lengths: Float64Array;
  /** K: factors of the vectors of `to` that the products should be. */
  readonly expected: Float64Array;
  readonly scale: number;
}

/**
 * Steps that compute `squares` (f32, K pairs): ‖product of lengths·from − expected·to‖² in units of scale is the first of
 * each.
 */
async function squaredResiduals(
  gpu: Gpu,
  arena: Arena,
  product: (arena: Arena, buffers: ProductBuffers) => readonly Step[],
  { from, to, lengths, expected, scale }: SideOptions,
): Promise<{ squares: GPUBuffer; steps: readonly Step[] }> {
  const runs = lengths.length;
  const [multiply, residual, square] = await Promise.all([
    productsOf(gpu, from, runs).product(),
    productsOf(gpu, to, runs).residual(),
    normSquare.on(gpu),
  ]);
  return gpu.guard("truncatedSvd", () => {
    const storage = (label: string, { rows }: Matrix) => arena.storage(label, runs * rows * 4);
    const inputs = storage("scaled singular vectors", from);
    const outputs = storage("products of singular vectors", to);
    const residuals = storage("residuals", to);
    const squares = arena.storage("squared residuals", runs * 8);
    const factors = arena.upload("lengths", diagonal(lengths));
    const target = arena.upload("expected lengths", diagonal(expected));
    return {
      squares,
      steps: [
        ...multiply(arena, { input: factors, output: inputs }),
        ...product(arena, { input: inputs, output: outputs }),
        ...residual(arena, { input: target, targets: outputs, output: residuals, ...unwatched(arena, runs) }),
        square(arena, { vectors: residuals, squares, length: to.rows, runs, scale: 1 / scale }),
      ],
    };
  });
}

function diagonal(values: Float64Array): Float32Array<ArrayBuffer> {
  const { length } = values;
  return Float32Array.from({ length: length ** 2 }, (_, i) =>
    i % (length + 1) === 0 ? (values[i % length] as number) : 0,
  );
}

/**
 * How far rounding may move a product with A along one direction, and so the size up to which a σ is rounding noise. It
 * is ε·σ₁ for the entries and the vector, plus ½·√chain times that for the sums. A sum of n numbers adds at most chain
 * = 256 + n/4096 of them one after the other; ½·√chain·ε is twice what a sum that grows steadily loses to random
 * roundings.
 */
export function productNoise({ rows, cols }: LinearOperator, largest: number): number {
  const longest = Math.max(rows, cols);
  const chain = Math.min(longest, 256 + longest / 4096);
  return HALF_ULP * (1 + Math.sqrt(chain) / 2) * largest;
}
