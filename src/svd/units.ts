/**
 * Powers of two that keep products with A within float32, whatever the size of its entries: a vector is multiplied by
 * `shift` ahead of a product, and what comes out is counted in `scale`, so that 1 there is `one` in A's own units.
 */
export interface Units {
  readonly shift: number;
  readonly scale: number;
  readonly one: number;
}

/** Exponents up to which products are as they are: their squares in `scale`, and all that rounding leaves, are normal. */
const MOST_EXPONENT = 60;

/** The units for a matrix whose norm is `size`, a power of two, or less. */
export function unitsOf(size: number): Units {
  const exponent = Math.log2(size);
  const within = Math.max(-MOST_EXPONENT, Math.min(MOST_EXPONENT, exponent));
  return { shift: 2 ** (within - exponent), scale: 2 ** within, one: size };
}
