/** How the outcomes of all stacks are shown. */
import { formatTable } from "../../src/cli/table.ts";
import type { Outcome } from "./report.ts";

/** What `--json` prints for a stack. */
export function toJson({ stack, adapter, passed, failed, cannot, canNow, seconds }: Outcome) {
  return {
    stack,
    adapter: adapter?.name ?? null,
    software: adapter?.software ?? null,
    twoFloat: adapter?.twoFloat ?? null,
    passed: passed.length,
    failed: failed.length,
    cannot: cannot.length,
    seconds: Math.round(seconds),
    failures: failed,
    inabilities: cannot,
    canNow,
  };
}

/** The table, and below it every failure, what a stack cannot do, and what it can do now although the list says otherwise. */
export function toText(outcomes: readonly Outcome[]): string {
  const head = ["stack", "adapter", "two-float", "passed", "failed", "cannot", "seconds"];
  const rows = outcomes.map(({ stack, adapter, passed, failed, cannot, seconds }) => [
    stack,
    adapter ? `${adapter.name}${adapter.software ? " (software)" : ""}` : "–",
    adapter?.twoFloat ?? "–",
    ...[passed.length, failed.length, cannot.length, Math.round(seconds)].map(String),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const firstLine = (message: string) => message.split("\n")[0];
  const notes = outcomes.flatMap(({ stack, failed, cannot, canNow }) => [
    ...failed.map(({ test, message }) => `${stack} failed: ${test}: ${firstLine(message)}`),
    ...cannot.map(({ test, why, upstream }) => `${stack} cannot: ${test}: ${why} (${upstream})`),
    ...canNow.map((test) => `${stack} can now: ${test}: take it from the list in test/stacks/stacks.ts`),
  ]);
  return `${[formatTable([head, ...rows], widths, "\n"), ...(notes.length > 0 ? ["", ...notes] : [])].join("\n")}\n`;
}
