import { figureMethods } from "./figure-methods.ts";
import { compareMethods } from "./method-comparison.ts";
import { monotonic } from "./monotonic.ts";
import { defineStudy } from "./study.ts";

/** Not in the paper, and no claim: the optimisers, compared as filters on the spectra of C9. Its tables are its result. */
export const methods = defineStudy({
  id: "methods",
  name: "methods",
  figure: "methods",
  claim: "The optimisers as filters",
  stage: { title: "compared as filters", share: 0.8 },
  needs: { monotonic },
  async measure(context, { monotonic: { spectra, coefficients } }) {
    const withSignal = spectra.map((spectrum, i) => ({
      ...spectrum,
      coefficients: coefficients[i] as readonly number[],
    }));
    return { data: await compareMethods(context, withSignal) };
  },
  figures: { "figure-methods": figureMethods },
});
