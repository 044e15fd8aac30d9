import { extendedVectorProduct, SUM_THREADS } from "../../shaders/extended-vector-product.ts";
import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { LOW_SCALE, type Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats, mapSpan, readBack, type Span, twoFloats } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
import { elementGrid, splitWork, stepWork, TWO_FLOAT_WORK } from "../gpu/workgroups.ts";
import { productsOf } from "../operator/linear-operator.ts";
import type { ProductBuffers } from "../operator/products.ts";
import { powerOfTwoNear } from "../theory/scale.ts";
import { splitTwoFloat } from "../theory/two-float.ts";

/**
 * Q·x, or Qᵀ·x where transposed. `vectors` and the product are runs × length. Q is one matrix for all runs, or one for each
 * run.
 */
interface VectorProduct {
  readonly Q: Matrix;
  readonly transposed: boolean;
  readonly vectors: Float64Array;
  readonly runs: number;
}

/** A part of a call: its signal, and a function that gets the fraction of the part that is done, from 0 to 1. */
export interface Part {
  readonly signal?: AbortSignal | undefined;
  readonly onFraction?: (fraction: number) => void;
}

/**
 * The largest number of a run is scaled to about 2 to this. Entries of singular vectors are at most 1: sums of up to
 * 2⁶⁶ terms stay below 2¹²⁷, and only numbers below 2⁻¹⁸⁰ of the largest underflow.
 */
const TOP = 60;

/**
 * Products of singular vectors with float64 vectors of any size, all with one wait, in two-floats where Q is extended,
 * else in float32. Each run is scaled by a power of two before, and scaled back in float64 afterwards.
 */
export async function multiply<const P extends readonly VectorProduct[]>(
  gpu: Gpu,
  form: TwoFloatForm,
  products: P,
  { signal, onFraction }: Part = {},
): Promise<{ [K in keyof P]: Float64Array<ArrayBuffer> }> {
  const encoders = await Promise.all(products.map((product) => prepareVectorProduct(gpu, form, product)));
  return gpu.withArena(async (arena) => {
    const encoded = await gpu.guard("product with singular vectors", () => encoders.map((encode) => encode(arena)));
    const steps = encoded.flatMap((product) => product.steps);
    // The whole is reported once, when it has been read.
    const onSteps = (done: number) => done < steps.length && onFraction?.(done / steps.length);
    await execute(gpu, steps, { signal, onSteps });
    const results = await readBack(
      gpu,
      encoded.map(({ result }) => result),
    );
    onFraction?.(1);
    signal?.throwIfAborted();
    return results as { [K in keyof P]: Float64Array<ArrayBuffer> };
  });
}

/** An encoder of a product's steps, and of the span that reads the product scaled back. */
async function prepareVectorProduct(gpu: Gpu, form: TwoFloatForm, product: VectorProduct) {
  const { Q, transposed, vectors, runs } = product;
  const [inner, outer] = transposed ? [Q.rows, Q.cols] : [Q.cols, Q.rows];
  const units = Float64Array.from({ length: runs }, (_, run) =>
    unitOf(vectors.subarray(run * inner, (run + 1) * inner)),
  );
  const scaled = vectors.map((value, i) => value / (units[Math.floor(i / inner)] as number));
  const encode = await (Q.precision === "extended" ? inTwoFloats(gpu, form, product) : inSingle(gpu, product));
  return (arena: Arena) => {
    const { steps, result } = encode(arena, scaled, runs * outer);
    const unscale = (values: ArrayLike<number>) =>
      Float64Array.from(values, (value, i) => value * (units[Math.floor(i / outer)] as number));
    return { steps, result: mapSpan(result, unscale) };
  };
}

/** The power of two that is about 2⁻⁶⁰ of the largest of `values`, or the nearest that float64 has. */
function unitOf(values: Float64Array): number {
  return Math.max(Number.MIN_VALUE, powerOfTwoNear(values) * 2 ** -TOP);
}

/** Records the steps of a product with the scaled vectors, and the span that reads its `count` numbers. */
type Encode = (
  arena: Arena,
  scaled: Float64Array,
  count: number,
) => { steps: readonly Step[]; result: Span<Float32Array | Float64Array> };

async function inSingle(gpu: Gpu, { Q, transposed, runs }: VectorProduct): Promise<Encode> {
  const products = productsOf(gpu, Q, runs);
  const stepsOf = await (transposed ? products.transposedProduct() : products.product());
  return (arena, scaled, count) => {
    const input = arena.upload("vectors", Float32Array.from(scaled));
    const output = arena.storage("product", 4 * count);
    return { steps: stepsOf(arena, { input, output }), result: floats(output, count) };
  };
}

async function inTwoFloats(gpu: Gpu, form: TwoFloatForm, { Q, transposed, runs }: VectorProduct): Promise<Encode> {
  const stepsOf = await prepareExtendedVectorProduct(gpu, form);
  return (arena, scaled, count) => {
    const input = arena.upload("vectors", splitTwoFloat(scaled));
    const output = arena.storage("product", 8 * count);
    return { steps: stepsOf(arena, Q, { transposed, runs, input, output }), result: twoFloats(output, count) };
  };
}

/** What an element costs besides its terms, counted in terms: to find its place, and to add the sums of its threads. */
const ELEMENT_TERMS = 8;

/**
 * Steps output = A·input, or Aᵀ·input where transposed, in two-floats. Where A is a batch, each run has a matrix of its
 * own. An element errs by less than 2⁻⁴⁴ of Σ|A|·|input| for up to 2¹⁷ terms.
 */
async function prepareExtendedVectorProduct(gpu: Gpu, form: TwoFloatForm) {
  const encode = await extendedVectorProduct(form).on(gpu, { low_unit: 1 / LOW_SCALE });
  return (
    arena: Arena,
    { buffer: high, low, rows, cols, batch }: Matrix,
    { transposed, runs, input, output }: ProductBuffers & { readonly transposed: boolean; readonly runs: number },
  ): Step[] => {
    const [inner, outer] = transposed ? [rows, cols] : [cols, rows];
    const [inner_step, outer_step] = transposed ? [cols, 1] : [1, cols];
    const steps = { inner_step, outer_step, matrix_step: batch > 1 ? rows * cols : 0 };
    const given = { high, low: low as GPUBuffer, input, output, inner, outer, ...steps };
    const work = (inner + ELEMENT_TERMS) * TWO_FLOAT_WORK;
    const parts = splitWork(runs * outer, work, stepWork(gpu.device));
    const calls = parts.map(({ first, count }) => ({
      given: { ...given, begin: first, end: first + count },
      workgroups: elementGrid(SUM_THREADS * count),
      work: count * work,
    }));
    return encode(arena, calls);
  };
}
