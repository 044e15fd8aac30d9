/**
 * The watch over a descent's residuals. Needs `limits: array<u32>` (bits of the largest |residual| allowed, one a run),
 * `current_step: array<u32>` (the step under way) and `diverged: array<atomic<u32>>` (the first step beyond the limit, one a
 * run).
 */
export const watch = /* wgsl */ `
fn note_divergence(run: u32, value: f32) {
  // Bits of non-negative floats order like the floats, with infinity and NaN behind all others.
  if ((bitcast<u32>(value) & 0x7fffffffu) > limits[run]) { atomicMin(&diverged[run], current_step[0]); }
}
`;
