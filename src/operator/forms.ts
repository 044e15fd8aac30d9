import type { ScanPower } from "../../shaders/power-scan.ts";
import { ACTIVATION_WORK } from "../../shaders/shared/activations.ts";
import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { ActivationMatrixInput } from "../theory/activations.ts";
import { planActivationScans } from "../theory/power-scan.ts";
import { splitTwoFloat } from "../theory/two-float.ts";
import type { OperatorParts } from "./activation-operator.ts";
import type { ActivationPlan, BatchMember } from "./activation-plan.ts";
import { type Entries, entryProducts } from "./entry-products.ts";
import { productsOf } from "./linear-operator.ts";
import { preparePowerScan } from "./power-scan.ts";
import type { Products } from "./products.ts";

/** p where the activation is z₊ᵖ in one dimension with p ≤ 3: it can be scanned, and its entries cost a few flops. */
export function scanPower({ members, positions }: ActivationPlan): ScanPower | undefined {
  const [{ form, power }] = members as [BatchMember];
  return form === "truncatedPower" && !positions.v && power <= 3 ? (power as ScanPower) : undefined;
}

/** The matrix itself, which the operator then owns. */
export function storedParts(gpu: Gpu, matrix: Matrix): OperatorParts {
  return { products: (runs) => productsOf(gpu, matrix, runs), destroy: () => matrix.destroy() };
}

/** Positions as two-floats on the GPU, from which each product computes the entries anew. */
export async function generatedParts(gpu: Gpu, twoFloat: TwoFloatForm, plan: ActivationPlan): Promise<OperatorParts> {
  const [member] = plan.members as [BatchMember];
  const { rows, cols, dimensions } = plan.shape;
  const { x, b, v } = plan.positions;
  const power = scanPower(plan);
  const neurons = Array.from(b, (bias, m) => [
    bias,
    ...Array.from({ length: dimensions }, (_, d) => v?.[m * dimensions + d] ?? 1),
  ]).flat();
  return withOwnArena(gpu, (arena) => {
    const upload = (name: string, values: ArrayLike<number>) => arena.upload(name, splitTwoFloat(values));
    const [scale_hi, scale_lo] = member.scale;
    const own = { scale_hi, x: upload("x", x) };
    const supply =
      power !== undefined
        ? { source: { power }, given: { ...own, b: upload("b", b) }, work: 1 }
        : {
            source: { form: member.form, twoFloat },
            given: { ...own, scale_lo, dimensions, power: member.power, neurons: upload("neurons", neurons) },
            work: ACTIVATION_WORK,
          };
    const entries: Entries = { ...supply, rows, cols, batch: 1 };
    return (runs) => entryProducts(gpu, entries, runs);
  });
}

/**
 * Sorted positions on the GPU, and products by scans of truncated-power moments over them. It takes the positions and the
 * scale in float64, as they were given.
 */
export async function scanParts(
  gpu: Gpu,
  power: ScanPower,
  { x, b, scale = 1 }: Pick<ActivationMatrixInput, "x" | "b" | "scale">,
): Promise<OperatorParts> {
  const scan = await preparePowerScan(gpu, power);
  const plans = planActivationScans(x, b, scale);
  return withOwnArena(gpu, (arena) => {
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
async function withOwnArena(gpu: Gpu, make: (arena: Arena) => OperatorParts["products"]): Promise<OperatorParts> {
  const arena = gpu.arena();
  try {
    const products = await gpu.guard("activationOperator", () => make(arena));
    return { products, destroy: () => arena.destroy() };
  } catch (error) {
    arena.destroy();
    throw error;
  }
}
