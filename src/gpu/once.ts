/** Finds something out once a device, for whoever asks first and for all who ask later; after a failure anew. */
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
