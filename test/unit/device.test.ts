import { expect, test } from "vitest";
import { describeDevice } from "../../src/gpu/device.ts";

function device(adapterInfo: Partial<GPUAdapterInfo>): GPUDevice {
  const info = { vendor: "", architecture: "", device: "", description: "", ...adapterInfo };
  return {
    adapterInfo: info,
    features: new Set(["timestamp-query"]),
    limits: { maxBufferSize: 7 },
  } as unknown as GPUDevice;
}

test.each([
  [{ vendor: "google", architecture: "swiftshader" }, true, "google swiftshader"],
  [{ vendor: "mesa", description: "llvmpipe (LLVM 15.0.6, 256 bits)" }, true, "llvmpipe (LLVM 15.0.6, 256 bits)"],
  [{ vendor: "microsoft", description: "Microsoft Basic Render Driver" }, true, "Microsoft Basic Render Driver"],
  [{ vendor: "nvidia", architecture: "hopper" }, false, "nvidia hopper"],
  [{ vendor: "apple", architecture: "metal-3" }, false, "apple metal-3"],
  [{}, false, "unnamed adapter"],
])("%j: software %s, called %s", (adapterInfo, software, adapterName) => {
  expect(describeDevice(device(adapterInfo))).toMatchObject({
    software,
    adapterName,
    features: ["timestamp-query"],
    limits: { maxBufferSize: 7 },
  });
});
