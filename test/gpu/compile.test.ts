import { expect } from "vitest";
import { Pipelines, type Shader } from "../../src/gpu/pipelines.ts";
import { bindable } from "../../src/gpu/schedule.ts";
import { createEngine, masks, methods, offsetBiases, offsetSamples } from "../../src/index.ts";
import { openDevice, test } from "../support/gpu.ts";
import { kernelVariants } from "../support/kernel-variants.ts";
import { randomMatrix } from "../support/matrices.ts";

/**
 * Milliseconds in which a kernel must compile and run once. The slowest takes a fifth of it on an idle core
 * (`block-gram` by LLVM, 3.7 s), since machines may be busy; the faults that this test has found took three times as
 * long.
 */
const BOUND = 20_000;

/** Bytes of each buffer: at least a uniform struct and a few elements of any array. */
const BYTES = 4096;

/**
 * Runs one workgroup on buffers and textures of zeros, because some drivers compile at a pipeline's first dispatch. All sizes are 0,
 * so that there is nothing to do.
 */
async function runOnce(device: GPUDevice, pipeline: GPUComputePipeline, code: string): Promise<void> {
  const bindings = [...code.matchAll(/@group\(0\) @binding\((\d+)\) var(?:<(uniform|storage))?/g)];
  const resources = bindings.map(([, , space]) =>
    space
      ? device.createBuffer({
          size: BYTES,
          usage: space === "uniform" ? GPUBufferUsage.UNIFORM : GPUBufferUsage.STORAGE,
        })
      : device.createTexture({ size: [4, 4], format: "rgba32float", usage: GPUTextureUsage.TEXTURE_BINDING }),
  );
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = bindings.map(([, binding], i) => ({
    binding: Number(binding),
    resource: bindable(resources[i] as GPUBuffer | GPUTexture),
  }));
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  for (const resource of resources) resource.destroy();
}

async function timeToRun(device: GPUDevice, shader: Shader): Promise<number> {
  const start = performance.now();
  await runOnce(device, await Pipelines.of(device).get(shader), shader.code);
  return performance.now() - start;
}

test("every kernel compiles and runs in bounded time", { timeout: 600_000 }, async ({ onTestFinished }) => {
  const device = await openDevice(); // the device of the other tests has compiled some of them already
  onTestFinished(() => device.destroy());
  const times: { label: string; ms: number }[] = [];
  const kernels = Object.values(kernelVariants(device)).flat().values();
  const compileNext = async () => {
    for (const kernel of kernels) times.push({ label: kernel.label, ms: await timeToRun(device, kernel) });
  };
  await Promise.all([compileNext(), compileNext()]); // two side by side: compilers have a thread each
  const slow = times.filter(({ ms }) => ms > BOUND).sort((a, b) => b.ms - a.ms);
  expect(slow.map(({ label, ms }) => `${label}: ${Math.round(ms / 1000)} s`)).toEqual([]);
});

test("the list of kernels has every kernel that calls of all kinds compile", async ({ device }) => {
  const pipelines = Pipelines.of(device);
  const { get } = pipelines;
  const asked = new Map<string, string>();
  pipelines.get = (kernel) => {
    asked.set(kernel.code, kernel.label);
    return get.call(pipelines, kernel);
  };
  try {
    using engine = await createEngine({ device });
    const [x, b] = [offsetSamples(70), offsetBiases(90)];
    const y = Float64Array.from(x, Math.sin);
    for (const precision of ["single", "extended"] as const) {
      using A = await engine.activationMatrix({ activation: "gelu", x, b, precision });
      using svd = await engine.svd(A, { precision });
      await engine.shrink(svd, y, masks.gradientDescent({ learningRate: 1e-4, iterations: 9 }));
    }
    using A = await engine.activationMatrix({ activation: "relu", x, b });
    using small = await engine.matrix({ data: randomMatrix(9, 7), rows: 9, cols: 7 });
    using svd = await engine.svd(small);
    using wide = await engine.matrix({ data: randomMatrix(150, 200), rows: 150, cols: 200 });
    const learningRate = 1e-6;
    const eigenPro = methods.eigenPro({ learningRate, eigenvectors: 2, singularValues: svd.singularValues });
    await engine.descend(A, y, { learningRate, iterations: 3 });
    await engine.descend(wide, randomMatrix(150, 5), {
      learningRate,
      iterations: 3,
      stopping: { rule: "discrepancy", noise: 1 },
    });
    for (const method of [methods.cgls(), methods.sgd({ learningRate, samples: 9, seed: 1 }), eigenPro]) {
      await engine.descend(small, randomMatrix(9, 1), { method, basis: svd, iterations: 3 });
    }
    for (const form of ["scan", "generated"] as const) {
      using operator = await engine.activationOperator({ activation: "relu", x, b, form });
      await engine.descend(operator, y, { learningRate, iterations: 3 });
      (await engine.truncatedSvd(operator, { components: 2 })).destroy();
    }
  } finally {
    pipelines.get = get;
  }
  const listed = new Set(
    Object.values(kernelVariants(device))
      .flat()
      .map(({ code }) => code),
  );
  expect([...asked].filter(([code]) => !listed.has(code)).map(([, label]) => label)).toEqual([]);
  expect(asked.size).toBeGreaterThan(30);
});
