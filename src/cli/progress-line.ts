import type { Progress } from "../index.ts";
import { stderr } from "./stderr.ts";

/** Shows progress in one line of stderr that each report overwrites; where that is no terminal, it shows nothing. */
export function createProgressLine(): { show(progress: Progress): void; clear(): void } {
  if (!stderr.isTTY) return { show() {}, clear() {} };
  const eraseLine = "\r\x1b[K";
  return {
    show({ stage, fraction }) {
      stderr.write(`${eraseLine}${stage}: ${Math.floor(100 * fraction)} %`);
    },
    clear() {
      stderr.write(eraseLine);
    },
  };
}
