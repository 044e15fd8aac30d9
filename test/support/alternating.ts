import { defineMethod } from "../../src/index.ts";

/**
 * An optimiser that the registry does not have: gradient descent whose every second step is a share γ of the first,
 * r_T(λ) = (1 − αλ)^⌈T/2⌉·(1 − γαλ)^⌊T/2⌋.
 */
export const alternating = defineMethod({
  name: "alternating",
  label: "alternating rates",
  family: "alternating",
  remark: "for a test",
  parameters: {
    learningRate: {
      symbol: "α",
      description: "step size α",
      default: "1/σ₁²",
      range: { expected: "a number above 0", holds: (value) => value > 0 },
      choose: ({ lambda }) => 1 / lambda(1),
    },
    share: {
      symbol: "γ",
      description: "share γ of every second step",
      default: "1 − σ_K/σ₁",
      range: { expected: "a number from 0 to 1", holds: (value) => value >= 0 && value <= 1 },
      choose: ({ lambda, components }, { learningRate }) => 1 - Math.sqrt(learningRate * lambda(components)),
    },
  },
  create({ learningRate, share }: { readonly learningRate: number; readonly share: number }) {
    return {
      mask: (iterations) => (s) => {
        const rate = learningRate * s * s;
        return 1 - (1 - rate) ** Math.ceil(iterations / 2) * (1 - share * rate) ** Math.floor(iterations / 2);
      },
      iteration: {
        kind: "linear",
        coefficients: (step) => ({
          rate: step % 2 === 1 ? learningRate : share * learningRate,
          momentum: 0,
          extrapolation: 0,
        }),
      },
      stableBelow: 2 / learningRate,
      growth: 1,
      isMonotone: true,
    };
  },
});
