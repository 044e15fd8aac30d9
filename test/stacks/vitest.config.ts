/** The GPU tests on the stack that TEST_STACK names, reported line by line to the file that TEST_STACK_REPORT names. */
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { gpuTests, optimizeDeps } from "../support/gpu-tests.ts";
import { lineReporter } from "./reporter.ts";
import { stackNamed } from "./stacks.ts";

const { TEST_STACK = "", TEST_STACK_REPORT = "" } = process.env;
const { runtime, limits } = stackNamed(TEST_STACK);

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  optimizeDeps,
  test: {
    ...(await runtime.vitest()),
    include: gpuTests,
    fileParallelism: false,
    testTimeout: 1000 * limits.test,
    hookTimeout: 1000 * limits.test,
    reporters: [lineReporter(TEST_STACK_REPORT)],
  },
});
