import { ACTIVATION_WORK } from "../../shaders/shared/activations.ts";
import { type EntrySupply, SLICED_WORK, slicedDimensions } from "../../shaders/shared/entries.ts";
import type { ScanPower } from "../../shaders/shared/moments.ts";
import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { ActivationMatrixInput } from "../theory/activations.ts";
import { planActivationScans } from "../theory/power-scan.ts";
import { sliceNeurons } from "../theory/slices.ts";
import { splitTwoFloat } from "../theory/two-float.ts";
import type { OperatorParts } from "./activation-operator.ts";
import type { ActivationPlan, BatchMember } from "./activation-plan.ts";
import { type Entries, entryProducts } from "./entry-products.ts";
import { productsOf } from "./linear-operator.ts";
import { preparePowerScan } from "./power-scan.ts";
import type { Products } from "./products.ts";

/** p where the activation is z₊ᵖ with p ≤ 3: its entries cost a few flops. */
function lowPower({ members }: ActivationPlan): ScanPower | undefined {
  const [{ form, power }] = members as [BatchMember];
  return form === "truncatedPower" && power <= 3 ? (power as ScanPower) : undefined;
}

/** p where the activation is z₊ᵖ in one dimension with p ≤ 3: it can be scanned. */
export function scanPower(plan: ActivationPlan): ScanPower | undefined {
  return plan.positions.v ? undefined : lowPower(plan);
}

/** The matrix itself, which the operator then owns. */
export function storedParts(gpu: Gpu, matrix: Matrix): OperatorParts {
  return { products: (runs) => productsOf(gpu, matrix, runs), destroy: () => matrix.destroy() };
}

/** Positions on the GPU, from which each product computes the entries anew. */
export async function generatedParts(gpu: Gpu, twoFloat: TwoFloatForm, plan: ActivationPlan): Promise<OperatorParts> {
  const { rows, cols } = plan.shape;
  return withOwnArena(gpu, (arena) => {
    const entries: Entries = { ...supplyEntries(arena, twoFloat, plan), rows, cols, batch: 1 };
    return (runs) => entryProducts(gpu, entries, runs);
  });
}

/** The cheapest way to compute entries: in float32 where the activation is z₊ᵖ with p ≤ 3, else in two-floats. */
function supplyEntries(arena: Arena, twoFloat: TwoFloatForm, plan: ActivationPlan): EntrySupply & { work: number } {
  const [{ form, power, scale }] = plan.members as [BatchMember];
  const { dimensions } = plan.shape;
  const { x, b, v } = plan.positions;
  const [scale_hi, scale_lo] = scale;
  const low = lowPower(plan);
  const inTwoFloats = (name: string, values: ArrayLike<number>) => arena.upload(name, splitTwoFloat(values));
  if (low !== undefined && !v) {
    return { source: { power: low }, given: { scale_hi, x: inTwoFloats("x", x), b: inTwoFloats("b", b) }, work: 1 };
  }
  const own = slicedDimensions.find((count) => count === dimensions);
  const sliced = low !== undefined && own && v && sliceNeurons({ x, b, v }, own);
  if (sliced) {
    const given = { scale_hi, power, x: arena.upload("x", sliced.x), neurons: arena.upload("neurons", sliced.neurons) };
    return { source: { dimensions: own }, given, work: SLICED_WORK * own };
  }
  const neurons = Array.from(b, (bias, m) => [
    bias,
    ...Array.from({ length: dimensions }, (_, d) => v?.[m * dimensions + d] ?? 1),
  ]).flat();
  return {
    source: { form, twoFloat },
    given: {
      scale_hi,
      scale_lo,
      dimensions,
      power,
      x: inTwoFloats("x", x),
      neurons: inTwoFloats("neurons", neurons),
    },
    work: ACTIVATION_WORK,
  };
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
  const scan = await preparePowerScan(gpu, power, Math.max(x.length, b.length));
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
