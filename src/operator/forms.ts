import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { ActivationMatrixInput } from "../theory/activations.ts";
import { planActivationScans } from "../theory/power-scan.ts";
import { splitTwoFloat } from "../theory/two-float.ts";
import type { OperatorParts } from "./activation-operator.ts";
import type { BatchMember } from "./activation-plan.ts";
import { type Entries, entryProducts } from "./entry-products.ts";
import { productsOf } from "./linear-operator.ts";
import { preparePowerScan } from "./power-scan.ts";
import type { Products } from "./products.ts";

type Positions = Pick<ActivationMatrixInput, "x" | "b" | "v">;
type Shape = Pick<Entries, "rows" | "cols"> & { readonly dimensions: number };

/** p where an activation is z₊ᵖ in one dimension with p ≤ 3: it can be scanned, and its entries cost a few flops. */
export function scanPower({ form, power }: BatchMember, v: Positions["v"]): 0 | 1 | 2 | 3 | undefined {
  return form === "truncatedPower" && !v && power <= 3 ? (power as 0 | 1 | 2 | 3) : undefined;
}

/** The matrix itself, which the operator then owns. */
export function storedParts(gpu: Gpu, matrix: Matrix): OperatorParts {
  return { products: (runs) => productsOf(gpu, matrix, runs), destroy: () => matrix.destroy() };
}

/** Multiply–adds that an entry in two-floats costs: tens to hundreds of nanoseconds on a software adapter. */
const ENTRY_WORK = 256;

/** Positions as two-floats on the GPU, from which each product computes the entries anew. */
export async function generatedParts(
  gpu: Gpu,
  twoFloat: TwoFloatForm,
  member: BatchMember,
  positions: Positions,
  { rows, cols, dimensions }: Shape,
): Promise<OperatorParts> {
  const power = scanPower(member, positions.v);
  const { x, b, v } = positions;
  const neurons = Array.from(b, (bias, m) => [
    bias,
    ...Array.from({ length: dimensions }, (_, d) => v?.[m * dimensions + d] ?? 1),
  ]).flat();
  return own(gpu, "activationOperator", (arena) => {
    const upload = (name: string, values: ArrayLike<number>) => arena.upload(name, splitTwoFloat(values));
    const [scale_hi, scale_lo] = member.scale;
    const supply =
      power !== undefined
        ? { source: { power }, given: { scale_hi, x: upload("x", x), b: upload("b", b) }, work: 1 }
        : {
            source: { form: member.form, twoFloat },
            given: {
              dimensions,
              power: member.power,
              scale_hi,
              scale_lo,
              x: upload("x", x),
              neurons: upload("neurons", neurons),
            },
            work: ENTRY_WORK,
          };
    const entries: Entries = { ...supply, rows, cols, batch: 1 };
    return (runs) => entryProducts(gpu, entries, runs);
  });
}

/** Sorted positions on the GPU, and products by scans of truncated-power moments over them. */
export async function scanParts(
  gpu: Gpu,
  power: 0 | 1 | 2 | 3,
  scale: number,
  { x, b }: Positions,
): Promise<OperatorParts> {
  const scan = await preparePowerScan(gpu, power);
  const plans = planActivationScans(x, b, scale);
  return own(gpu, "activationOperator", (arena) => {
    const forward = scan.upload(arena, plans.product);
    const backward = scan.upload(arena, plans.transposed);
    return (runs): Products => ({
      product: async () => (arena, buffers) => scan.product(arena, forward, buffers, runs),
      transposedProduct: async () => (arena, buffers) => scan.product(arena, backward, buffers, runs),
      residual: async () => (arena, buffers) => scan.residual(arena, forward, buffers, runs),
      gradient: async () => (arena, buffers) => {
        const residuals = arena.storage("residuals", runs * x.length * 4);
        const gradients = arena.storage("gradients", runs * b.length * 4);
        const steps = [
          ...scan.residual(arena, forward, { ...buffers, output: residuals }, runs),
          ...scan.product(arena, backward, { input: residuals, output: gradients }, runs),
        ];
        return { steps, shares: gradients, count: 1 };
      },
    });
  });
}

/** Parts whose buffers, allocated by `make`, last until the operator is destroyed. */
async function own(
  gpu: Gpu,
  operation: string,
  make: (arena: Arena) => OperatorParts["products"],
): Promise<OperatorParts> {
  const arena = gpu.arena();
  try {
    const products = await gpu.guard(operation, () => make(arena));
    return { products, destroy: () => arena.destroy() };
  } catch (error) {
    arena.destroy();
    throw error;
  }
}
