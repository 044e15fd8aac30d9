import { expect, test } from "vitest";
import { activationMatrix } from "../../shaders/activation-matrix.ts";
import { gradient } from "../../shaders/product.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { elementKernel, kernel } from "../../src/gpu/kernel.ts";
import type { Arena } from "../../src/gpu/memory.ts";
import { oncePerVariant } from "../../src/gpu/once.ts";
import type { Shader } from "../../src/gpu/pipelines.ts";
import { parseExpression } from "../../src/theory/expression.ts";

const scale = elementKernel(
  { name: "scale", does: "Scales numbers", element: "number" },
  {
    params: { length: ["u32", "of all"], factor: ["f32", "what they are multiplied by"] },
    reads: { given: ["array<f32>", "length"] },
    writes: { scaled: ["array<f32>", "length"] },
    overrides: { unit: ["f32", "in which they are counted"] },
  },
  {
    elements: ({ length }) => length,
    work: () => 64,
    each: "scaled[index] = params.factor * unit * given[index];",
  },
);

/** A GPU that keeps what it is asked for, and computes nothing. */
function stub() {
  const uniforms: ArrayBuffer[] = [];
  const groups: GPUBindGroupEntry[][] = [];
  const gpu = {
    pipelines: { get: async () => ({ label: "scale", getBindGroupLayout: () => ({}) }) },
    device: {
      adapterInfo: { vendor: "", architecture: "swiftshader", device: "", description: "" },
      createBindGroup: ({ entries }: { entries: GPUBindGroupEntry[] }) => groups.push(entries),
    },
  } as unknown as Gpu;
  const arena = {
    uniform: (_: string, data: ArrayBuffer) => {
      uniforms.push(data);
      return { name: "uniform" };
    },
  } as unknown as Arena;
  return { gpu, arena, uniforms, groups };
}

test("struct, bindings and overrides follow from what a kernel takes: uniform, read-only, written", () => {
  expect(scale.code.split("@compute")[0]).toBe(`// Scales numbers.
// One thread = one number.
struct kernel_params {
  length: u32, // of all
  factor: f32, // what they are multiplied by
  begin: u32, // first element of this dispatch
  end: u32, // the element after the last one
}
@group(0) @binding(0) var<uniform> params: kernel_params;
@group(0) @binding(1) var<storage, read> given: array<f32>; // length
@group(0) @binding(2) var<storage, read_write> scaled: array<f32>; // length
override unit: f32; // in which they are counted

`);
  const count = kernel(
    { name: "count", does: "Counts", unit: "One workgroup = one thread" },
    { writes: { step: ["array<u32>", "1"] } },
    "@compute @workgroup_size(1) fn main() { step[0] += 1; }",
  );
  expect(count.code).toContain("@group(0) @binding(0) var<storage, read_write> step: array<u32>; // 1");
  expect(count.code).not.toContain("params");
});

test("a long call is split: each dispatch has its own elements, and all share one buffer", async () => {
  const { gpu, arena, uniforms, groups } = stub();
  const encode = await scale.on(gpu, { unit: 2 });
  const length = 2 ** 20;
  const steps = encode(arena, { length, factor: 64, given: {} as GPUBuffer, scaled: {} as GPUBuffer });
  // 2²⁵ multiply–adds a dispatch, 128 an element.
  expect(steps.map((step) => step.kind === "dispatch" && [step.work, step.workgroups])).toEqual(
    new Array(4).fill([2 ** 25, [4096, 1, 1]]),
  );
  expect(uniforms).toHaveLength(1);
  const view = new DataView(uniforms[0] as ArrayBuffer);
  const ranges = [0, 1, 2, 3].map((i) => [view.getUint32(256 * i + 8, true), view.getUint32(256 * i + 12, true)]);
  expect(ranges).toEqual([0, 1, 2, 3].map((i) => [i * 2 ** 18, (i + 1) * 2 ** 18]));
  expect(groups.map((entries) => ((entries[0] as GPUBindGroupEntry).resource as GPUBufferBinding).offset)).toEqual([
    0, 256, 512, 768,
  ]);
  expect(encode(arena, { length: 0, factor: 1, given: {} as GPUBuffer, scaled: {} as GPUBuffer })).toEqual([]);
});

test("a parameter that is the same in all calls is the declaration's: no caller gives it", async () => {
  const { gpu, arena, uniforms } = stub();
  const params = { count: ["u32", ""], seven: ["u32", "always 7", 7], rate: ["f32", ""] } as const;
  const head = { name: "fixed", does: "Does nothing", unit: "One workgroup = one thread" };
  const encode = await kernel(head, { params }, "").on(gpu);
  encode(arena, [{ given: { count: 3, rate: 0.5 }, workgroups: [1, 1, 1], work: 1 }]);
  const view = new DataView(uniforms[0] as ArrayBuffer);
  expect([view.getUint32(0, true), view.getUint32(4, true), view.getFloat32(8, true)]).toEqual([3, 7, 0.5]);
  // @ts-expect-error: given although it is fixed
  encode(arena, [{ given: { count: 3, seven: 8, rate: 0.5 }, workgroups: [1, 1, 1], work: 1 }]);
  expect(new DataView(uniforms[1] as ArrayBuffer).getUint32(4, true)).toBe(7);
});

test("the WGSL of a variant is put together once, except where it holds a user's code", () => {
  const made: string[] = [];
  const head = { name: "own", does: "Does nothing", unit: "One workgroup = one thread" };
  const variant = oncePerVariant((form: string, { rows }: { rows: number }) => {
    made.push(`${form} ${rows}`);
    return kernel({ ...head, ofUser: form === "user" }, {}, `fn main() { ${form}(${rows}); }`);
  });
  expect(variant("tanh", { rows: 1 })).toBe(variant("tanh", { rows: 1 }));
  expect(variant("tanh", { rows: 2 }).code).toContain("tanh(2)");
  variant("user", { rows: 1 });
  variant("user", { rows: 1 });
  expect(made).toEqual(["tanh 1", "tanh 2", "user 1", "user 1"]);
});

test("an argument that is missing, misspelt or of another type does not compile", async () => {
  const { gpu, arena } = stub();
  const encode = await scale.on(gpu, { unit: 1 });
  const buffers = { given: {} as GPUBuffer, scaled: {} as GPUBuffer };
  // @ts-expect-error: no factor
  expect(() => encode(arena, { length: 1, ...buffers })).toThrow("factor: undefined given, 1 number expected");
  // @ts-expect-error: misspelt
  expect(() => encode(arena, { length: 1, facto: 1, ...buffers })).toThrow(TypeError);
  // @ts-expect-error: a vector for a number
  expect(() => encode(arena, { length: 1, factor: [1, 2], ...buffers })).toThrow(
    "factor: 1,2 given, 1 number expected",
  );
  // @ts-expect-error: no overrides
  await scale.on(gpu);
});

test("a kernel with a user's code is marked as such, so that all of the engine's own are kept", async () => {
  const asked: Shader[] = [];
  const { gpu } = stub();
  gpu.pipelines.get = async (kernel) => {
    asked.push(kernel);
    return {} as GPUComputePipeline;
  };
  const head = { name: "own", does: "Does nothing", unit: "One workgroup = one thread" };
  await kernel(head, {}, "@compute @workgroup_size(1) fn main() {}").on(gpu);
  await kernel({ ...head, ofUser: true }, {}, "@compute @workgroup_size(1) fn main() { own(); }").on(gpu);
  await activationMatrix("tanh", { twoFloat: "fma", extended: false }).on(gpu);
  await activationMatrix(parseExpression("z"), { twoFloat: "fma", extended: false }).on(gpu);
  const shape = { rows: 1, runs: 1, threads: 64 };
  for (const form of ["tanh", parseExpression("z")] as const) {
    await gradient({ source: { form, twoFloat: "fma" }, shape }).on(gpu);
  }
  expect(asked.map(({ ofUser = false }) => ofUser)).toEqual([false, true, false, true, false, true]);
});

test("a declaration with one name for two parameters or buffers is refused", () => {
  const head = { name: "copy", does: "Copies rows", unit: "One thread = one row" };
  const rows = ["array<f32>", "rows"] as const;
  expect(() => kernel(head, { params: { rows: ["u32", ""] }, reads: { rows } }, "")).toThrow(
    "copy: two of its parameters and buffers are named rows",
  );
  expect(() => kernel(head, { reads: { rows }, writes: { rows } }, "")).toThrow(TypeError);
});
