import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { beforeEach, expect, test } from "vitest";
import { Pace } from "../../src/gpu/pace.ts";
import { KEPT_OF_USER, Pipelines } from "../../src/gpu/pipelines.ts";

/** The codes that were compiled, in order. */
let compiled: string[];
let device: GPUDevice;

beforeEach(() => {
  compiled = [];
  device = {
    adapterInfo: {},
    features: new Set(),
    lost: new Promise(() => {}),
    pushErrorScope: () => {},
    popErrorScope: async () => null,
    createShaderModule: ({ code }: GPUShaderModuleDescriptor) => ({
      code,
      getCompilationInfo: async () => ({
        messages: code === "bad" ? [{ type: "error", message: "bad", lineNum: 1, linePos: 1 }] : [],
      }),
    }),
    createComputePipelineAsync: async ({ compute }: GPUComputePipelineDescriptor) => {
      compiled.push((compute.module as unknown as { code: string }).code);
      return {};
    },
  } as unknown as GPUDevice;
});

const ofUser = (code: string) => Pipelines.of(device).get({ label: code, code, ofUser: true });
const own = (code: string) => Pipelines.of(device).get({ label: code, code });

test("the most recently used pipelines of users' code are kept, and all of the engine's", async () => {
  const engines = Array.from({ length: 3 * KEPT_OF_USER }, (_, i) => `engine ${i}`);
  for (const code of engines) await own(code);
  await ofUser("often");
  for (let i = 0; i < 3 * KEPT_OF_USER; i++) {
    await ofUser(`user ${i}`);
    await ofUser("often");
  }
  expect(compiled).toHaveLength(6 * KEPT_OF_USER + 1);
  compiled.length = 0;

  for (const code of engines) await own(code);
  await ofUser("often");
  for (let i = 1; i < KEPT_OF_USER; i++) await ofUser(`user ${3 * KEPT_OF_USER - i}`);
  expect(compiled, "of what was kept").toEqual([]);
  await ofUser("user 0");
  expect(compiled, "of what was dropped").toEqual(["user 0"]);
});

test("calls that meet share a compilation, and one that fails is not kept", async () => {
  const [first, second] = await Promise.all([ofUser("z"), ofUser("z")]);
  expect(first).toBe(second);
  expect(compiled).toEqual(["z"]);
  await expect(ofUser("bad")).rejects.toThrow("bad");
  await expect(ofUser("bad")).rejects.toThrow("bad");
});

test("nothing keeps a pipeline that was dropped, even after it has run", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const pace = new Pace(device);
  const dropped = await (async () => {
    const pipeline = await ofUser("first");
    pace.record(new Map([[pipeline, 10]]), 10);
    return new WeakRef(pipeline);
  })();
  collectGarbage();
  expect(dropped.deref(), "while it is kept").toBeDefined();
  for (let i = 0; i < KEPT_OF_USER; i++) await ofUser(`later ${i}`);
  await new Promise((resolve) => setTimeout(resolve)); // a WeakRef that was looked at lives to the end of its turn
  collectGarbage();
  expect(dropped.deref()).toBeUndefined();
});
