/** How a tiled product reads A and the inputs of its runs. */
import { unroll } from "./compilers.ts";

/** What A and the inputs are read from. Their rows have multiples of 4 numbers where it is vec4s or texels. */
export type TiledSource = "numbers" | "vec4s" | "texels";

export const typeOf = { numbers: "array<f32>", vec4s: "array<vec4f>", texels: "texture_2d<f32>" } as const;

/** Reads of four neighbours beyond the last term, which are 0, and beyond the last column, which are of the last columns. */
export const guardedVec4s = /* wgsl */ `
fn input_terms(start: u32, k: u32) -> vec4f {
  return select(vec4f(), input[(start + min(k, params.terms - 4)) / 4], k < params.terms);
}

fn entries(start: u32, col: u32) -> vec4f { return a[(start + min(col, params.cols - 4)) / 4]; }`;

export const guardedNumbers = /* wgsl */ `
fn input_terms(start: u32, k: u32) -> vec4f {
  let at = start + vec4u(k, k + 1, k + 2, k + 3);
  return select(
    vec4f(),
    vec4f(${unroll(4, (i) => `input[min(at[${i}], start + params.terms - 1)]`, ", ")}),
    at < vec4u(start + params.terms)
  );
}

fn entries(start: u32, col: u32) -> vec4f {
  return vec4f(${unroll(4, (i) => `a[start + min(col + ${i}, params.cols - 1)]`, ", ")});
}`;

/** WGSL of the reads of a thread that shares with its quad or with none. Vec4s need no guard: its terms are whole vec4s. */
export function ownReads(source: TiledSource, transposed: boolean) {
  const wide = source !== "numbers";
  const vec4 = (name: string, at: string) => (source === "texels" ? `${name}_at(${at} >> 2)` : `${name}[${at} >> 2]`);
  return {
    transposed,
    terms: (start: string) => (wide ? vec4("input", `(${start} + k)`) : `input_terms(${start}, k)`),
    entries: (start: string, col: string) => (wide ? vec4("a", `(${start} + ${col})`) : `entries(${start}, ${col})`),
    rowOfTerm: (i: number) => (wide ? `(k + ${i}) * cols` : `row_start(k + ${i})`),
    column: (first: string) => (wide ? `min(${first}, cols - 4)` : first),
  };
}

export type OwnReads = ReturnType<typeof ownReads>;
