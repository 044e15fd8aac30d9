import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/**
 * `struct sum_T` and `fn added_T(sum, term)`, for each type T of `types`: a sum of any number of terms that errs by about
 * two roundings of Σ|terms| (Kahan). Plain sums of equal terms err by up to a quarter of a rounding a term, all one way:
 * 1.3e-4 of σ₁ at 200 000 × 64. The products of a descent (`product.ts`) add in chunks of chunks instead: they take no more
 * operations so, and their error still grows with the length, but 4096 times as slowly.
 *
 * WGSL lets a compiler take (a + b) − a for b. So what rounding errors are taken of goes through an exclusive or with
 * `opaque_zero`, which the entry point sets from a uniform before all else.
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
