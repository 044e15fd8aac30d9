import { expect } from "vitest";
import { type Kernel, Pipelines } from "../../src/gpu/pipelines.ts";
import { test } from "../support/gpu.ts";
import { kernelVariants } from "../support/kernel-variants.ts";

/**
 * Milliseconds in which a kernel compiles and runs once: five times what the slowest takes on an idle core (`block-gram`
 * by LLVM, 3.7 s), for busy machines, and a third of what the faults took that this test is for.
 */
const BOUND = 20_000;

/** Bytes of each buffer: at least a uniform struct and a few elements of any array. */
const BYTES = 4096;

/**
 * A dispatch of one workgroup on buffers of zeros, in which sizes of 0 leave nothing to do: some drivers compile at a
 * pipeline's first dispatch.
 */
async function runOnce(device: GPUDevice, pipeline: GPUComputePipeline, code: string): Promise<void> {
  const bindings = [...code.matchAll(/@group\(0\) @binding\((\d+)\) var<(uniform|storage)/g)];
  const buffers = bindings.map(([, , space]) =>
    device.createBuffer({
      size: BYTES,
      usage: space === "uniform" ? GPUBufferUsage.UNIFORM : GPUBufferUsage.STORAGE,
    }),
  );
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = bindings.map(([, binding], i) => ({
    binding: Number(binding),
    resource: { buffer: buffers[i] as GPUBuffer },
  }));
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  for (const buffer of buffers) buffer.destroy();
}

async function timeToRun(device: GPUDevice, kernel: Kernel): Promise<number> {
  const start = performance.now();
  await runOnce(device, await Pipelines.of(device).get(kernel), kernel.code);
  return performance.now() - start;
}

test("every kernel compiles and runs in bounded time", { timeout: 600_000 }, async ({ device }) => {
  const times: { label: string; ms: number }[] = [];
  for (const kernel of Object.values(kernelVariants(device)).flat()) {
    times.push({ label: kernel.label, ms: await timeToRun(device, kernel) });
  }
  const slow = times.filter(({ ms }) => ms > BOUND).sort((a, b) => b.ms - a.ms);
  expect(slow.map(({ label, ms }) => `${label}: ${Math.round(ms / 1000)} s`)).toEqual([]);
});
