import { element } from "../shared/dom.ts";

/** What follows "_" or "^": letters and digits, or a group in brackets; an exponent may have a minus. */
const SCRIPT = /_(\{[^}]+\}|[\p{L}\d]+)|\^(−?(?:\([^)]+\)|[\p{L}\d½]+(?:\.\d+)?))/gu;

/** Text in which "σ_K" has a subscript and "k^−η" an exponent. */
export function typeset(text: string): (HTMLElement | string)[] {
  const parts: (HTMLElement | string)[] = [];
  let end = 0;
  for (const { 0: whole, 1: below, 2: above, index } of text.matchAll(SCRIPT)) {
    parts.push(text.slice(end, index));
    parts.push(below ? element("sub", {}, below.replace(/[{}]/g, "")) : element("sup", {}, above ?? ""));
    end = index + whole.length;
  }
  return [...parts, text.slice(end)];
}
