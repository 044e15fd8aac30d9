/** Seeded random numbers, Mulberry32 with its 2³² states: the same sequence on every machine. */
export interface Random {
  /** One number, uniform on [0, 1), a multiple of 2⁻³². */
  uniform(): number;
  /** One number, normal with mean 0 and variance 1 (Box–Muller). */
  normal(): number;
  /** `count` normal numbers. */
  normals(count: number): Float64Array;
}

/** Random numbers from `seed`, of which the lowest 32 bits count. Not for cryptography. */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  // 1 − u lies in (0, 1], where the logarithm is finite.
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal, normals: (count) => Float64Array.from({ length: count }, normal) };
}
