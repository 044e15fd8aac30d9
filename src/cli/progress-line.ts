import type { Progress } from "../index.ts";

/** Shows progress in one line of a terminal that each report overwrites; elsewhere it shows nothing. */
export function createProgressLine(stream: NodeJS.WriteStream): { show(progress: Progress): void; clear(): void } {
  if (!stream.isTTY) return { show() {}, clear() {} };
  const eraseLine = "\r\x1b[K";
  return {
    show({ stage, fraction }) {
      stream.write(`${eraseLine}${stage}: ${Math.floor(100 * fraction)} %`);
    },
    clear() {
      stream.write(eraseLine);
    },
  };
}
