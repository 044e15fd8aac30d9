import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** Threads that share the sum of one run. */
export const SUM_WORKGROUP = 64;

/** Numbers that are added one after the other, and sums of so many, before they join a larger sum. */
const CHUNK = 32;

/**
 * `fn sum_of_squares(first, count, scale, thread)` of a storage array of f32: thread 0 gets Σ (scale·element)². In
 * chunks of chunks, then in halves, since the roundings of a long sum of positive numbers may all go one way. Its
 * barrier wants uniform control flow.
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
  workgroupBarrier();
  if (thread == 0) {
    for (var half = ${SUM_WORKGROUP / 2}u; half > 0; half /= 2) {
      for (var i = 0u; i < half; i++) { sh_sums[i] += sh_sums[i + half]; }
    }
    sum = sh_sums[0];
  }
  return sum;
}
`;
