import { afterAll, expect, test } from "vitest";
import { dawn, openDawn } from "../../src/node.ts";

const { device, close } = await openDawn();
afterAll(close);

const source = `
  @group(0) @binding(0) var<storage, read_write> values: array<f32>;
  @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
    for (var round = 0; round < 10000; round++) { values[id.x] = 0.5 * values[id.x] + 1.0; }
  }`;

/** Returns what submits work of 200 ms or more to a device, and copies a result into the buffer that it returns. */
async function longWork(device: GPUDevice): Promise<() => GPUBuffer> {
  const module = device.createShaderModule({ code: source });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const size = 4 * 2 ** 12;
  const values = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const result = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const bindings = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: values } }],
  });
  const submit = (dispatches: number) => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    for (let dispatch = 0; dispatch < dispatches; dispatch++) pass.dispatchWorkgroups(2 ** 12 / 64);
    pass.end();
    encoder.copyBufferToBuffer(values, 0, result, 0, size);
    device.queue.submit([encoder.finish()]);
    return result;
  };
  for (let dispatches = 1; ; dispatches *= 2) {
    const start = performance.now();
    submit(dispatches);
    await device.queue.onSubmittedWorkDone();
    if (performance.now() - start > 200) return () => submit(dispatches);
  }
}

/** How many times Node's event loop turns during a wait, and how long that lasts. */
async function turnsDuring(wait: Promise<unknown>): Promise<{ turns: number; ms: number }> {
  const start = performance.now();
  let turns = 0;
  let waiting = true;
  const turn = () => {
    turns++;
    if (waiting) setImmediate(turn);
  };
  turn();
  await wait.catch(() => {});
  waiting = false;
  return { turns, ms: performance.now() - start };
}

const waits: Record<string, (submit: () => GPUBuffer) => Promise<unknown>> = {
  "submitted work": (submit) => {
    submit();
    return device.queue.onSubmittedWorkDone();
  },
  "a mapping": (submit) => submit().mapAsync(GPUMapMode.READ),
};

/** Rests take 40 turns at the most until they last a millisecond. */
const mostTurns = (ms: number) => 40 + ms;

test.for(Object.entries(waits))("the event loop turns once a millisecond during a wait for %s", async ([, wait]) => {
  const { turns, ms } = await turnsDuring(wait(await longWork(device)));
  expect(ms).toBeGreaterThan(50);
  expect(turns).toBeLessThan(mostTurns(ms));
  expect(turns).toBeGreaterThan(ms / 20); // timers are not late
});

test("the event loop turns once a millisecond during a compilation", async () => {
  const lines = Array.from({ length: 200 }, (_, i) => `x = 0.5 * x + ${i}.0 * values[(id.x + ${i}) % 64];`);
  const code = source.replace(/for .*/, `var x = 0.0; ${lines.join("\n")} values[id.x] = x;`);
  const module = device.createShaderModule({ code });
  const { turns, ms } = await turnsDuring(device.createComputePipelineAsync({ layout: "auto", compute: { module } }));
  expect(turns).toBeLessThan(mostTurns(ms));
});

test("the event loop turns at full speed once the device has ended in the middle of a wait", async () => {
  const own = await openDawn();
  const submit = await longWork(own.device);
  const mapping = submit().mapAsync(GPUMapMode.READ);
  await new Promise((resolve) => setTimeout(resolve, 20));
  own.close();
  await expect(mapping).rejects.toThrow();
  const { turns, ms } = await turnsDuring(new Promise((resolve) => setTimeout(resolve, 50)));
  expect(turns / ms).toBeGreaterThan(2); // at rest it turns once a millisecond
});

test("a device that the caller opens on Dawn waits without rests", async () => {
  const own = await (await (await dawn()).requestAdapter())?.requestDevice();
  if (!own) throw new Error("no device");
  const submit = await longWork(own);
  const { turns, ms } = await turnsDuring(submit().mapAsync(GPUMapMode.READ));
  expect(turns).toBeGreaterThan(2 * mostTurns(ms));
  own.destroy();
});
