import { NoAdapterError } from "../errors.ts";

/** What the engine reports of its device. */
export interface DeviceInfo {
  /** As the browser reports it in `GPUAdapterInfo`. */
  readonly adapter: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
  };
  /** One line that names the adapter, for captions and logs. */
  readonly adapterName: string;
  /** True on a CPU implementation such as SwiftShader, lavapipe or WARP: its times say nothing about a GPU. */
  readonly software: boolean;
  /** The features of the device. */
  readonly features: readonly string[];
  /** The limits of the device, by name. */
  readonly limits: Readonly<Record<string, number>>;
}

/** Limits that the engine requests at the adapter's maximum, with the reason; all others stay at WebGPU's defaults. */
const WANTED_LIMITS = [
  "maxBufferSize", // one matrix is one buffer: 256 MiB by default ends at 8192 × 8192
  "maxStorageBufferBindingSize", // kernels bind whole matrices: 128 MiB by default ends at 5792 × 5792
  "maxComputeWorkgroupStorageSize", // one workgroup holds a small matrix and its vectors: 16 KiB by default ends at 40 × 40
] as const;

/** The `requiredLimits` of a device that can hold matrices as large as the adapter allows. */
export function requiredLimits(adapter: GPUAdapter): Record<string, number> {
  return Object.fromEntries(WANTED_LIMITS.map((limit) => [limit, adapter.limits[limit]]));
}

/** Features that the engine takes where the adapter has them, with the reason. */
const WANTED_FEATURES = [
  "subgroups", // products with many runs, and the QR of the SVD: the threads of a quad exchange what they read
] as const satisfies GPUFeatureName[];

/** The result of a request for an adapter or a device. @throws NoAdapterError where the request itself fails. */
export async function granted<T>(what: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    throw new NoAdapterError(`WebGPU is here, but the request for ${what} failed: ${cause}`, { cause });
  }
}

/** Requests a device for the engine alone. @throws NoAdapterError where there is no WebGPU, no adapter or no device. */
export async function requestDevice(gpu: GPU | undefined): Promise<GPUDevice> {
  if (!gpu) {
    throw new NoAdapterError(
      "no WebGPU here: navigator.gpu expected (Chrome, Edge, Safari 26, Firefox 141; a secure context), or a GPUDevice " +
        "(in Node that of openDawn, from spectral-shrinkage/node)",
    );
  }
  const adapter = await granted("an adapter", gpu.requestAdapter({ powerPreference: "high-performance" }));
  if (!adapter) throw new NoAdapterError("WebGPU is here but offers no adapter: the GPU or its driver is blocked");
  const device = await granted(
    "a device",
    adapter.requestDevice({
      label: "spectral-shrinkage",
      requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits: requiredLimits(adapter),
    }),
  );
  adapterKind(device); // Deno 2.9 panics where adapterInfo is first read after the adapter has been collected
  return device;
}

/**
 * What an adapter runs on: a GPU, SwiftShader, or another CPU implementation. "software" may be SwiftShader too,
 * because Firefox names no adapter and only reports that it is a fallback.
 */
export type AdapterKind = "gpu" | "software" | "swiftshader";

export function adapterKind({ adapterInfo }: Pick<GPUDevice, "adapterInfo">): AdapterKind {
  const { vendor, architecture, device, description, isFallbackAdapter } = adapterInfo;
  const words = `${vendor} ${architecture} ${device} ${description}`.toLowerCase();
  if (words.includes("swiftshader")) return "swiftshader";
  return isFallbackAdapter || /llvmpipe|lavapipe|warp|basic render/.test(words) ? "software" : "gpu";
}

export function describeDevice(device: GPUDevice): DeviceInfo {
  const { vendor, architecture, device: model, description } = device.adapterInfo;
  const adapter = { vendor, architecture, device: model, description };
  const software = adapterKind(device) !== "gpu";
  const named = description || [vendor, architecture || model].filter(Boolean).join(" ");
  const limits: Record<string, number> = {};
  for (const limit in device.limits) {
    const value = device.limits[limit as keyof GPUSupportedLimits];
    if (typeof value === "number") limits[limit] = value;
  }
  return {
    adapter,
    adapterName: named || (software ? "software adapter" : "unnamed adapter"),
    software,
    features: [...device.features].sort(),
    limits,
  };
}
