/** The tests that need a GPU: for every vitest configuration that runs them. */
export const gpuFolders = ["test/gpu", "test/regressions"];

export const gpuTests = gpuFolders.map((folder) => `${folder}/**/*.test.ts`);

/**
 * Packages that vite prepares before the run: one that it finds during the run makes it reload the page under a running
 * test.
 */
export const optimizeDeps = {
  include: ["wgsl-preprocessor/wgsl-preprocessor.js", "ml-matrix", "fast-check", "@observablehq/plot"],
};
