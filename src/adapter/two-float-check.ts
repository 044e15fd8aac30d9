import { CHECK_TERMS, twoFloatCheck } from "../../shaders/adapter-checks.ts";
import type { TwoFloatForm } from "../../shaders/shared/two-float.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { oncePerDevice } from "../gpu/once.ts";
import { readBack, twoFloats } from "../gpu/read-back.ts";

export type { TwoFloatForm };

const ROWS = 32;
const TERMS = ROWS * CHECK_TERMS;

/** The faster one first: a fused product takes one operation, a split one ten. */
const forms: readonly TwoFloatForm[] = ["fma", "split"];

const once = oncePerDevice<TwoFloatForm | "none">();

/**
 * The fastest form of two-float arithmetic whose sums and products are exact on this device, or "none". Measured once for
 * each device, because WGSL allows a compiler to break any of them.
 */
export function selectTwoFloat(gpu: Gpu): Promise<TwoFloatForm | "none"> {
  return once(gpu.device, () => firstExact(gpu));
}

async function firstExact(gpu: Gpu): Promise<TwoFloatForm | "none"> {
  for (const form of forms) {
    if (await isExact(gpu, form)) return form;
  }
  return "none";
}

/** Compares every sum, product and dot product with float64, where all of them are exact. */
async function isExact(gpu: Gpu, form: TwoFloatForm): Promise<boolean> {
  const compute = await twoFloatCheck(form).on(gpu);
  return gpu.withArena(async (arena) => {
    const { a, b } = operands();
    const { step, outputs } = await gpu.guard("two-float check", () => {
      const factors = { a: arena.upload("a", a), b: arena.upload("b", b) };
      const outputs = {
        sums: arena.storage("sums", 8 * TERMS),
        products: arena.storage("products", 8 * TERMS),
        dots: arena.storage("dot products", 8 * ROWS),
      };
      return { step: compute(arena, { rows: ROWS, ...factors, ...outputs }), outputs };
    });
    await execute(gpu, [step]);
    const [sums, products, dots] = await readBack(gpu, [
      twoFloats(outputs.sums, TERMS),
      twoFloats(outputs.products, TERMS),
      twoFloats(outputs.dots, ROWS),
    ]);
    const term = (i: number) => (a[i] as number) * (b[i] as number);
    return (
      a.every((value, i) => sums[i] === value + (b[i] as number) && products[i] === term(i)) &&
      Array.from(dots).every((dot, row) => {
        const terms = Array.from({ length: CHECK_TERMS }, (_, k) => term(row * CHECK_TERMS + k));
        const size = terms.reduce((sum, value) => sum + Math.abs(value), 0);
        return Math.abs(dot - terms.reduce((sum, value) => sum + value, 0)) <= 2 ** -44 * size;
      })
    );
  });
}

/**
 * Odd numbers of 24 bits times powers of two, 2⁻¹¹ to 2¹³ in size and of both signs: no sum and no product of two of them
 * fits in a float32, and each fits in a float64. In the first rows, sums that cancel except for the smallest term,
 * 2²⁴ + 1 − 2²⁴.
 */
function operands(): { a: Float32Array<ArrayBuffer>; b: Float32Array<ArrayBuffer> } {
  let state = 1;
  const bits = (count: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> (32 - count);
  };
  const odd = () => (bits(1) ? -1 : 1) * (2 ** 23 + 2 * bits(22) + 1) * 2 ** (bits(4) + bits(3) - 34);
  const a = Float32Array.from({ length: TERMS }, odd);
  const b = Float32Array.from({ length: TERMS }, odd);
  for (let row = 0; row < CHECK_TERMS; row++) {
    const first = row * CHECK_TERMS;
    a.set([2 ** 24, 1, -(2 ** 24)], first);
    b.set([1, 1, 1], first);
    a.fill(0, first + 3, first + CHECK_TERMS);
    b.fill(2 ** -row, first + 3, first + CHECK_TERMS);
  }
  return { a, b };
}
