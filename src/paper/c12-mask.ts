import { brief, list, title } from "../format.ts";
import { masks } from "../index.ts";
import { dot, maxDifference } from "./measures.ts";
import { offsetGrid } from "./spectra.ts";
import { type Conclusion, defineStudy, lend, lendSvd, type StudyContext, verdictOf } from "./study.ts";

/** Their σ_1/σ_N are 10² and 10⁴: at q = 10⁵ some components have not yet converged. */
const ACTIVATIONS = ["relu", "relu2"] as const;
const SAMPLES = 8;
const WIDTH = 16;
const ITERATIONS = [1, 10, 100, 1e3, 1e4, 1e5];

/**
 * Every step rounds w and the residual to float32, each by half an ulp of the size of w, and no later step enlarges these
 * errors. They add up to q roundings where all have one sign, as happens while a component converges slowly, and to √q
 * where they are random.
 */
const bound = (iterations: number) => (iterations + 3) * 2 ** -24;

export interface MaskAgreement {
  readonly iterations: readonly number[];
  readonly curves: readonly {
    readonly activation: string;
    /** max|w_iterated − w_mask|/‖w_mask‖ for each q. */
    readonly difference: readonly number[];
  }[];
}

/** C12: w after q steps against w = V (m(σ)/σ ∘ Uᵀy). Each run continues from the end of the one before. */
async function checkMask({ engine, signal, report }: StudyContext): Promise<Conclusion<MaskAgreement>> {
  const { x, b, name } = offsetGrid(SAMPLES, WIDTH);
  // A slope and a step: all singular directions take part.
  const y = Array.from(x, (position) => position + (position > 0.4 ? 0.5 : 0));
  const input = { scale: SAMPLES, x, b };

  const lawOf = async (activation: (typeof ACTIVATIONS)[number]) =>
    lendSvd(engine, engine.activationMatrix({ activation, ...input }), { signal }, async (svd) => {
      const learningRate = (svd.singularValues[0] as number) ** -2;
      const weights: Float64Array[] = [];
      for (const iterations of ITERATIONS) {
        weights.push(
          (await engine.shrink(svd, y, masks.gradientDescent({ learningRate, iterations }), { signal })).weights,
        );
      }
      return { activation, learningRate, weights };
    });
  const laws = [await lawOf("relu"), await lawOf("relu2")];

  const descended = await lend(engine.activationMatrix({ activation: ACTIVATIONS, ...input }), async (matrix) => {
    const weights: Float32Array[] = [];
    const learningRate = laws.map((law) => law.learningRate);
    let done = 0;
    for (const iterations of ITERATIONS) {
      const start = done;
      const run = await engine.descend(matrix, y, {
        learningRate,
        iterations: iterations - start,
        ...(weights.length > 0 && { initialWeights: weights.at(-1) as Float32Array }),
        signal,
        onProgress: ({ fraction }) => report((start + fraction * (iterations - start)) / (ITERATIONS.at(-1) as number)),
      });
      weights.push(run.weights);
      done = iterations;
    }
    return weights;
  });

  const curves = laws.map(({ activation, weights }, run) => ({
    activation,
    difference: weights.map((expected, i) =>
      relativeDifference((descended[i] as Float32Array).subarray(run * WIDTH, (run + 1) * WIDTH), expected),
    ),
  }));
  const within = curves.map(({ difference }) =>
    difference.every((value, i) => value <= bound(ITERATIONS[i] as number)),
  );
  return {
    data: { iterations: ITERATIONS, curves },
    finding: {
      shows: `max|w_iterated − w_mask|/‖w‖ for q = 1, 10, … 10⁵, at most (q + 3)·2⁻²⁴: ${brief(bound(1))} … ${brief(bound(1e5))}`,
      measured: list(
        curves.map(({ activation, difference }) => `${title(activation)} ${difference.map(brief).join(", ")}`),
      ),
      verdict: verdictOf(within),
      parameters: `N = ${SAMPLES}, M = ${WIDTH}, ω = N, α = 1/σ_1², y = x with a step of 0.5 at 0.4, ${name}`,
    },
  };
}

/** The largest difference, as a share of ‖w‖. */
function relativeDifference(weights: Float32Array, expected: Float64Array): number {
  return maxDifference(weights, expected) / Math.sqrt(dot(expected, expected));
}

export const mask = defineStudy({
  id: "C12",
  name: "mask",
  figure: "App. B",
  claim: "q steps of gradient descent equal the mask",
  stage: { title: "descent against its mask", share: 1.3 },
  measure: checkMask,
  figures: {},
});
