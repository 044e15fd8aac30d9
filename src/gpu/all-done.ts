/** As Promise.all, except that it waits for all of them also where one rejects: none outlives the call that waits. */
export async function allDone<const T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
