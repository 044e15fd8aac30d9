import type { Comparison } from "../comparison.ts";

export type Form = "stored" | "generated" | "scan";

const LEAST = 8;
const GREATEST = 20;

/** The forms of one operator, each with the largest n that a step of it is measured at. */
export const widthComparison: Comparison<"step", { readonly name: Form } & Comparison<"step">["libraries"][number]> = {
  sizes: Array.from({ length: GREATEST - LEAST + 1 }, (_, i) => 2 ** (LEAST + i)),
  tasks: { step: "a step" },
  libraries: [
    { name: "stored", processor: "GPU", bounds: (software) => ({ step: 2 ** (software ? 13 : 14) }) },
    { name: "generated", processor: "GPU", bounds: (software) => ({ step: 2 ** (software ? 13 : 15) }) },
    { name: "scan", processor: "GPU", bounds: () => ({ step: 2 ** GREATEST }) },
  ],
};
