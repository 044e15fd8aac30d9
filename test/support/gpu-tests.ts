/** The tests that need a GPU, as every vitest configuration that runs them has them. */
export const gpuFolders = ["test/gpu", "test/regressions"];

export const gpuTests = gpuFolders.map((folder) => `${folder}/**/*.test.ts`);

/** Named here, because a package that vite meets only during the run reloads the page under a running test. */
export const optimizeDeps = { include: ["wgsl-preprocessor/wgsl-preprocessor.js", "ml-matrix", "fast-check"] };
