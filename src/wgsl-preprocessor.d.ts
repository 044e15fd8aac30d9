declare module "wgsl-preprocessor/wgsl-preprocessor.js" {
  /** A template tag with `#if ${condition}`, `#elif ${condition}`, `#else` and `#endif`; the package brings no types. */
  export function wgsl(strings: TemplateStringsArray, ...values: readonly unknown[]): string;
}
