/** Reports a run as it goes, so that results which came before a hang or a crash are kept. */
import { appendFileSync } from "node:fs";
import type { Reporter, TestCase } from "vitest/node";
import type { ReportLine } from "./report.ts";

const nameOf = ({ module, fullName }: TestCase) => `${module.relativeModuleId} > ${fullName}`;

/** Writes one JSON object a line, a `ReportLine`, to `path`. */
export function lineReporter(path: string): Reporter {
  const write = (line: ReportLine) => appendFileSync(path, `${JSON.stringify(line)}\n`);
  return {
    onTestCaseReady: (test) => write({ event: "start", test: nameOf(test) }),
    onTestCaseResult(test) {
      const { state, errors } = test.result();
      const { adapter } = test.meta();
      const message = state === "passed" ? undefined : (errors?.[0]?.message ?? `is ${state}`);
      write({ event: "result", test: nameOf(test), ...(message && { message }), ...(adapter && { adapter }) });
    },
    onTestModuleEnd(module) {
      for (const { message } of module.errors()) write({ event: "error", message });
    },
    onTestSuiteResult(suite) {
      for (const { message } of suite.errors()) write({ event: "error", message });
    },
    onTestRunEnd(_modules, unhandled) {
      for (const { message } of unhandled) write({ event: "error", message });
      write({ event: "end" });
    },
  };
}
