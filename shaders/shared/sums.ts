import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { unroll } from "./compilers.ts";

// Sums of float32 whose error grows little with their length. The roundings of a long sum of positive numbers may all
// go one way: a row of 20000 ones that each thread added up in one chain lost 4e-5.

/**
 * Length of a chain of additions: 32 numbers are added one after the other, then 32 such sums, and so on. In a sum of
 * 1024 numbers each then passes through at most 64 roundings instead of 1024.
 */
export const CHUNK = 32;

/** Threads that share the sum of one run. */
export const SUM_WORKGROUP = 64;

/**
 * `fn sum_of_squares(first, count, scale, thread)` of a storage array of f32: thread 0 gets Σ (scale·element)². Each
 * thread sums in chunks of chunks, then thread 0 adds halves to halves. It contains a barrier, so that all threads must
 * call it.
 */
export const sumOfSquares = (array: string) => wgsl`
var<workgroup> sh_sums: array<f32, ${SUM_WORKGROUP}>;

fn sum_of_squares(first: u32, count: u32, scale: f32, thread: u32) -> f32 {
  var sum = 0.0;
  for (var outer = thread; outer < count; outer += ${SUM_WORKGROUP * CHUNK ** 2}) {
    var middle = 0.0;
    for (var block = outer; block < min(count, outer + ${SUM_WORKGROUP * CHUNK ** 2}); block += ${SUM_WORKGROUP * CHUNK}) {
      var inner = 0.0;
      for (var i = block; i < min(count, block + ${SUM_WORKGROUP * CHUNK}); i += ${SUM_WORKGROUP}) {
        let value = scale * ${array}[first + i];
        inner += value * value;
      }
      middle += inner;
    }
    sum += middle;
  }
  sh_sums[thread] = sum;
  workgroupBarrier(); // thread 0 adds the parts of all
  if (thread == 0) {
    for (var half = ${SUM_WORKGROUP / 2}u; half > 0; half /= 2) {
      for (var i = 0u; i < half; i++) { sh_sums[i] += sh_sums[i + half]; }
    }
    sum = sh_sums[0];
  }
  return sum;
}
`;

/** Reads of a sum that are under way at once. A GPU waits for all of them about as long as for one. */
const READS = 8;

/**
 * `fn sum_of_shares(index, length, count)`: the sum of element `index` of the `count` vectors of `length` numbers in a
 * storage array of f32, in chunks.
 */
export const sumOfShares = (array: string) => wgsl`
fn sum_of_shares(index: u32, length: u32, count: u32) -> f32 {
  var sum = ${array}[index];
  // A single share needs no loop, which would cost more than the rest of the kernel.
  for (var first = 1u; first < count; first += ${CHUNK}) {
    let end = min(count, first + ${CHUNK});
    var chunk = 0.0;
    var share = first;
    for (; share + ${READS} <= end; share += ${READS}) {
      ${unroll(READS, (i) => `let part_${i} = ${array}[(share + ${i}) * length + index];`)}
      chunk += ((part_0 + part_1) + (part_2 + part_3)) + ((part_4 + part_5) + (part_6 + part_7));
    }
    for (; share < end; share++) { chunk += ${array}[share * length + index]; }
    sum += chunk;
  }
  return sum;
}
`;

/**
 * `struct sum_T` and `fn added_T(sum, term)`, for each type T of `types`: a sum of any number of terms that errs by
 * about two roundings of Σ|terms| (Kahan). A plain sum of equal terms errs by up to a quarter of a rounding a term:
 * 1.3e-4 of σ₁ at 200 000 × 64. Products and norms of a descent use chunks of chunks instead, which cost no more
 * operations than a plain sum; their error still grows with the length, but 4096 times as slowly.
 *
 * A kernel that uses it takes `opaqueZero`.
 */
export const runningSum = (...types: readonly ("f32" | "vec3f" | "vec4f")[]) => wgsl`
var<private> opaque_zero: u32;
${types
  .map((type) => {
    const bits = type.replace("f32", "u32").replace(/f$/, "u");
    return wgsl`
struct sum_${type} {
  value: ${type},
  excess: ${type}, // of value over the sum
}

fn pinned_${type}(a: ${type}) -> ${type} {
  return bitcast<${type}>(bitcast<${bits}>(a) ^ ${bits}(opaque_zero));
}

fn added_${type}(sum: sum_${type}, term: ${type}) -> sum_${type} {
  let rest = pinned_${type}(term - sum.excess);
  let value = pinned_${type}(sum.value + rest);
  return sum_${type}(value, pinned_${type}(value - sum.value) - rest);
}`;
  })
  .join("\n")}
`;
