/** A device that only tells what it is: for code that chooses by an adapter and runs nothing on it. */
export function stubDevice({
  adapterInfo = {},
  features = [],
  limits = {},
}: {
  adapterInfo?: Partial<GPUAdapterInfo>;
  features?: readonly string[];
  limits?: Partial<GPUSupportedLimits>;
}): GPUDevice {
  const blank = { vendor: "", architecture: "", device: "", description: "", isFallbackAdapter: false };
  return { adapterInfo: { ...blank, ...adapterInfo }, features: new Set(features), limits } as unknown as GPUDevice;
}
