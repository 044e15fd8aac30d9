import { execFile } from "node:child_process";
import { join } from "node:path";
import type { BenchmarkName, Reports } from "../../src/benchmark/benchmarks.ts";
import { middleOf } from "../../src/benchmark/report.ts";
import { NoAdapterError } from "../../src/errors.ts";
import { environment, locate } from "../../test/stacks/run.ts";
import type { Runtime } from "../../test/stacks/runtimes.ts";
import type { Stack } from "../../test/stacks/stacks.ts";
import { openBrowser, type Runner } from "./browser.ts";
import { provenance, type Result } from "./results.ts";

/** The sizes to measure, and the number of engines to measure them with, one after the other. */
interface MeasureOptions {
  readonly sizes: readonly number[];
  readonly repetitions: number;
}

/**
 * Measures a benchmark on a stack, and says on stderr what it measures.
 * @throws NoAdapterError where the stack is not on this machine.
 */
export async function measureOn<Name extends BenchmarkName>(
  stack: Stack,
  name: Name,
  { sizes, repetitions }: MeasureOptions,
): Promise<Result<Name>> {
  const located = await locate(stack, new AbortController().signal);
  if ("missing" in located)
    throw new NoAdapterError(`stack: "${stack.name}" given, one of this machine expected: ${located.missing}`);
  Object.assign(process.env, environment(located.env));
  const { runtime } = stack;
  const runner = runtime.browser ? await openBrowser(runtime.browser) : processes(runtime);
  try {
    const reports: Reports[Name][] = [];
    while (reports.length < repetitions) {
      console.error(`repetition ${reports.length + 1} of ${repetitions}`);
      reports.push(await runner.measure(name, sizes));
    }
    return { ...middleOf(reports), ...provenance(stack.name, repetitions) };
  } finally {
    await runner.close();
  }
}

/** Each measurement in a process of its own, because Dawn lives as long as its process. */
function processes(runtime: Runtime): Runner {
  const [program = "", ...args] = runtime.command();
  return {
    measure: (name, sizes) =>
      new Promise((resolve, reject) => {
        const script = [join(import.meta.dirname, "process.ts"), name, sizes.join(",")];
        const child = execFile(program, [...args, ...script], (error, stdout) => {
          if (error) reject(new Error(`${runtime.title} ended with ${error.code ?? error.signal}`));
          else resolve(JSON.parse(stdout));
        });
        child.stderr?.pipe(process.stderr);
      }),
    async close() {},
  };
}
