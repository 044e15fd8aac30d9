import { expect } from "vitest";
import { DeviceLostError } from "../../src/errors.ts";
import { createEngine } from "../../src/index.ts";
import { openDevice, test } from "../support/gpu.ts";

test("a compute shader runs and its result comes back", async ({ device }) => {
  const module = device.createShaderModule({
    code: `
      @group(0) @binding(0) var<storage, read_write> squares: array<u32>;
      @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { squares[id.x] = id.x * id.x; }`,
  });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const size = 64 * 4;
  const squares = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const readable = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer: squares } }],
    }),
  );
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(squares, 0, readable, 0, size);
  device.queue.submit([encoder.finish()]);
  await readable.mapAsync(GPUMapMode.READ);
  expect([...new Uint32Array(readable.getMappedRange())]).toEqual(Array.from({ length: 64 }, (_, i) => i * i));
});

test("an engine tells that its device was lost, and refuses further work", async () => {
  const device = await openDevice();
  const engine = await createEngine({ device });
  device.destroy();
  await expect(engine.lost).resolves.toBeInstanceOf(DeviceLostError);
  await expect(engine.matrix([1], 1, 1)).rejects.toBeInstanceOf(DeviceLostError);
});
