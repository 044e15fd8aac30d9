/** A device with its adapter, features and limits only: for code that chooses by these and runs nothing. */
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
