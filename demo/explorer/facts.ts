import { formatNumber } from "../../src/format.ts";
import { byId, element } from "../shared/dom.ts";
import type { Result } from "./computation.ts";

export function staleFacts(): void {
  byId("facts", HTMLElement).dataset.stale = "true";
  byId("notices", HTMLElement).replaceChildren();
}

/** Shows the main numbers of a result, and notices about its validity. */
export function showFacts(result: Result): void {
  const { basis, iterations, threshold, kept, learningRate } = result;
  const first = basis.svd.singularValues[0] as number;
  const facts: [string, string, string][] = [
    ["iterations q", formatNumber(iterations), ""],
    ["window √q = σ₁/κ", formatNumber(first / threshold), ""],
    ["components kept", formatNumber(kept), `of ${basis.count}`],
    ["bandwidth ≈ K/2", formatNumber(kept / 2), "cycles"],
    ["learning rate α", formatNumber(learningRate), ""],
  ];
  const list = byId("facts", HTMLElement);
  list.replaceChildren(
    ...facts.map(([name, value, unit]) =>
      element("div", {}, element("dt", {}, name), element("dd", {}, value, " ", element("small", {}, unit))),
    ),
  );
  list.dataset.stale = "false";
  byId("notices", HTMLElement).replaceChildren(
    ...notices(result).map((notice) => element("p", { class: "notice" }, notice)),
  );
}

function notices({ basis, state, components, threshold }: Result): string[] {
  const found: string[] = [];
  if (components < state.components) {
    found.push(
      `This matrix has rank ${components} above float32's noise: K = ${components} is used instead of ${state.components}.`,
    );
  }
  if (threshold < basis.noiseFloor) {
    found.push(
      "κ lies below float32's noise floor: singular values below the floor are rounding noise, and count as 0 in the mask.",
    );
  }
  if (state.rate >= 2) {
    found.push("The learning rate is not below 2/σ₁²: gradient descent does not converge. Press Play to see it.");
  }
  if (!basis.svd.converged) found.push("The SVD did not converge: its last components are not accurate.");
  return found;
}
