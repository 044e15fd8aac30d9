/** The watch over a descent's residuals: what a kernel reads and writes for it, and `fn note_divergence`. */
export const watch = {
  reads: {
    limits: ["array<u32>", "runs: bits of the largest |residual| allowed"],
    current_step: ["array<u32>", "1: the step under way"],
  },
  writes: { diverged: ["array<atomic<u32>>", "runs: first step beyond the limit"] },
  code: /* wgsl */ `
fn note_divergence(run: u32, value: f32) {
  // Bits of non-negative floats order like the floats, with infinity and NaN behind all others.
  if ((bitcast<u32>(value) & 0x7fffffffu) > limits[run]) { atomicMin(&diverged[run], current_step[0]); }
}
`,
} as const;
