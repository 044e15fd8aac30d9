import { type Engine, type LinearOperator, offsetBiases, offsetSamples } from "../../src/index.ts";

/** A step signal on the offset grid, for a network of ReLUs. */
export const [ROWS, COLS] = [40, 60];
export const x = offsetSamples(ROWS);
export const b = offsetBiases(COLS);
export const y = Float64Array.from(x, (at) => at + (at > 0.4 ? 0.5 : 0));

export const relu = (engine: Engine) => engine.activationMatrix({ activation: "relu", x, b });

/** The leading singular triplets of A, and σ₁², from which rates are chosen. */
export async function spectrumOf(engine: Engine, a: LinearOperator) {
  const svd = await engine.truncatedSvd(a, { components: 8 });
  return { svd, top: (svd.singularValues[0] as number) ** 2 };
}
