/**
 * Activations that are z, except where z is negative: there they are NaN, or −∞. A root and a product that overflows
 * give these on every stack; a quotient does not, because WGSL lets a compiler assume that none is: lavapipe's z / 0 is
 * 0.
 */
export const nanBelowZero = { wgsl: "select(z, sqrt(z), z < 0)" };
export const infiniteBelowZero = { wgsl: "select(z, z * 3e38 * 3e38, z < 0)" };
