/** Makes one value for each device, when it is first asked for. */
export function onePerDevice<T>(make: (device: GPUDevice) => T): (device: GPUDevice) => T {
  const made = new WeakMap<GPUDevice, T>();
  return (device) => {
    const known = made.get(device) ?? make(device);
    made.set(device, known);
    return known;
  };
}

/** Runs `find` once for each device: all callers get the first result. After a failure it runs again. */
export function oncePerDevice<T>(): (device: GPUDevice, find: () => Promise<T>) => Promise<T> {
  const found = new WeakMap<GPUDevice, Promise<T>>();
  return (device, find) => {
    let finding = found.get(device);
    if (!finding) {
      finding = find();
      found.set(device, finding);
      finding.catch(() => found.delete(device));
    }
    return finding;
  };
}

/**
 * Makes the kernel of each variant once, because it takes long to put its WGSL together. Kernels with a user's code, of
 * which there may be any number, are not kept.
 */
export function oncePerVariant<V extends readonly unknown[], K extends { readonly ofUser?: boolean }>(
  make: (...variant: V) => K,
): (...variant: V) => K {
  const made = new Map<string, K>();
  return (...variant) => {
    const key = JSON.stringify(variant);
    const kernel = made.get(key) ?? make(...variant);
    if (!kernel.ofUser) made.set(key, kernel);
    return kernel;
  };
}
