import { expect, test } from "vitest";
import { shapesOf } from "../../src/adapter/shapes.ts";
import { adapterKind, describeDevice, requestDevice } from "../../src/gpu/device.ts";
import { stubDevice } from "../support/stub-device.ts";

test.each([
  [
    "Chromium",
    { vendor: "google", architecture: "swiftshader", isFallbackAdapter: true },
    "swiftshader",
    "google swiftshader",
  ],
  [
    "Deno on SwiftShader",
    { vendor: "6880", device: "49374", description: "SwiftShader Device (Subzero)", isFallbackAdapter: true },
    "swiftshader",
    "SwiftShader Device (Subzero)",
  ],
  [
    "Dawn on lavapipe",
    { vendor: "mesa", architecture: "software", description: "llvmpipe (LLVM 15.0.6, 256 bits)" },
    "software",
    "llvmpipe (LLVM 15.0.6, 256 bits)",
  ],
  ["WARP", { vendor: "microsoft", architecture: "warp" }, "software", "microsoft warp"],
  [
    "WARP by its description",
    { vendor: "microsoft", description: "Microsoft Basic Render Driver" },
    "software",
    "Microsoft Basic Render Driver",
  ],
  ["Firefox without a GPU", { isFallbackAdapter: true }, "software", "software adapter"],
  ["an unknown fallback adapter", { vendor: "acme", device: "cpu", isFallbackAdapter: true }, "software", "acme cpu"],
  ["a GPU in Chromium", { vendor: "nvidia", architecture: "hopper" }, "gpu", "nvidia hopper"],
  ["a GPU in Safari", { vendor: "apple", architecture: "metal-3" }, "gpu", "apple metal-3"],
  ["a GPU in Firefox", {}, "gpu", "unnamed adapter"],
] as const)("%s: %j is %s, called %s", (_, adapterInfo, kind, adapterName) => {
  const device = stubDevice({ adapterInfo });
  expect(adapterKind(device)).toBe(kind);
  expect(describeDevice(device)).toMatchObject({ software: kind !== "gpu", adapterName });
});

test("features are listed in order, limits as numbers", () => {
  const device = stubDevice({ features: ["timestamp-query", "subgroups"], limits: { maxBufferSize: 7 } });
  expect(describeDevice(device)).toMatchObject({
    features: ["subgroups", "timestamp-query"],
    limits: { maxBufferSize: 7 },
  });
});

test("a device is requested with subgroups where the adapter has them", async () => {
  for (const offered of [["subgroups", "shader-f16"], ["shader-f16"]]) {
    const asked: GPUDeviceDescriptor[] = [];
    const adapter = {
      ...stubDevice({ features: offered }),
      async requestDevice(descriptor: GPUDeviceDescriptor) {
        asked.push(descriptor);
        return stubDevice({});
      },
    };
    await requestDevice({ requestAdapter: async () => adapter } as unknown as GPU);
    expect(asked.map(({ requiredFeatures }) => requiredFeatures)).toEqual([
      offered.filter((name) => name === "subgroups"),
    ]);
  }
});

test.each([
  ["lavapipe", "llvmpipe"],
  ["SwiftShader", "SwiftShader"],
])(
  "on %s, products with many runs and the QR share what they read within quads where the device has subgroups",
  (_, description) => {
    const adapterInfo = { description };
    const withQuads = shapesOf({ device: stubDevice({ adapterInfo, features: ["subgroups"] }) });
    const without = shapesOf({ device: stubDevice({ adapterInfo }) });
    expect([withQuads.tile.sharing, withQuads.reflectors.sharing]).toEqual(["quad", "quad"]);
    expect([without.tile.sharing, without.reflectors.sharing]).toEqual(["none", "workgroup"]);
  },
);
