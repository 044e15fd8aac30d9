import type { KnipConfig } from "knip";

export default {
  entry: [
    "src/index.ts",
    "src/node.ts",
    "demo/*.html",
    "scripts/*.mjs",
    "scripts/bench/process.ts",
    "test/stacks/{dawn,deno,document,probe,vitest.config}.ts",
  ],
  project: ["src/**/*.ts", "shaders/**/*.ts", "demo/**/*.{ts,html}", "test/**/*.ts", "scripts/**/*.{mjs,ts}"],
  // A type that an exported function's signature names is exported for its callers' sake.
  ignoreExportsUsedInFile: { interface: true, type: true },
  // knip reads no HTML of its own: a page imports what its script tags name.
  compilers: {
    html: (page: string) =>
      [...page.matchAll(/<script[^>]*\ssrc="([^"]+)"/g)].map(([, script]) => `import "${script}";`).join("\n"),
  },
} satisfies KnipConfig;
