/**
 * Activations that are z, except where z is negative: there they are NaN, or −∞. Their bits say so, and no arithmetic
 * does, because WGSL lets a compiler assume that arithmetic gives neither: lavapipe folds z / (z − z) to 0.
 */
export const nanBelowZero = { wgsl: "select(z, bitcast<f32>(bitcast<u32>(z) | 0x7fc00000u), z < 0.0)" };
export const infiniteBelowZero = {
  wgsl: "select(z, bitcast<f32>((bitcast<u32>(z) & 0x80000000u) | 0x7f800000u), z < 0.0)",
};
