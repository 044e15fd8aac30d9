import type { Progress } from "../index.ts";
import { words } from "./words.ts";

/** Shows progress in one line of stderr that each report overwrites; where that is no terminal, it shows nothing. */
export function createProgressLine(): { show(progress: Progress): void; clear(): void } {
  if (!words.isTTY) return { show() {}, clear() {} };
  const eraseLine = "\r\x1b[K";
  return {
    show({ stage, fraction }) {
      words.write(`${eraseLine}${stage}: ${Math.floor(100 * fraction)} %`);
    },
    clear() {
      words.write(eraseLine);
    },
  };
}
