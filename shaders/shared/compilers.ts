/** What keeps compilers from making a kernel slow, or its arithmetic inexact. */

/**
 * WGSL for `count` copies of a statement. Accumulators that live in named variables stay in registers; an indexed
 * array of them goes to memory on some compilers (on SwiftShader at a fifth of the speed).
 */
export function unroll(count: number, statement: (i: number) => string, separator = "\n"): string {
  return Array.from({ length: count }, (_, i) => statement(i)).join(separator);
}

/**
 * A parameter that is always 0, which no compiler knows. WGSL lets a compiler reassociate and contract, which turns an
 * error term such as b − ((a + b) − a) into 0. A value whose rounding error is taken later therefore goes through an
 * exclusive or of its bits with `opaque_zero`, a private variable that the entry point sets from this parameter first.
 */
export const opaqueZero = { opaque_zero: ["u32", "always 0: see shared/compilers.ts", 0] } as const;
