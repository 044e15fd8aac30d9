import { describe, expect, test } from "vitest";
import { layoutOf, packStructs, UNIFORM_STRIDE } from "../../src/gpu/layout.ts";

const offsets = (types: Parameters<typeof layoutOf>[0]) => layoutOf(types).members.map(({ offset }) => offset);

describe("the layout of a uniform struct", () => {
  test("scalars follow one another, in 16 bytes at least", () => {
    expect(offsets({ a: "u32", b: "f32", c: "i32" })).toEqual([0, 4, 8]);
    expect(layoutOf({ a: "u32" }).size).toBe(16);
    expect(layoutOf({ a: "u32", b: "u32", c: "u32", d: "u32", e: "u32" }).size).toBe(32);
    expect(layoutOf({}).members).toEqual([]);
  });

  test("vectors begin at multiples of their alignment, that of a vec3 being 16", () => {
    expect(offsets({ a: "f32", b: "vec2f", c: "f32", d: "vec4u" })).toEqual([0, 8, 16, 32]);
    // WGSL, table of alignment and size: a scalar fits behind a vec3.
    expect(offsets({ a: "f32", b: "vec3f", c: "f32" })).toEqual([0, 16, 28]);
    expect(layoutOf({ a: "f32", b: "vec3i" }).size).toBe(32);
  });

  test("elements of an array are 16 bytes apart", () => {
    expect(offsets({ a: "u32", b: "array<vec4f, 3>", c: "u32" })).toEqual([0, 16, 64]);
    expect(layoutOf({ a: "u32", b: "array<vec4f, 3>", c: "u32" }).size).toBe(80);
  });

  test("structs are packed at their stride, each member in its type", () => {
    const layout = layoutOf({ count: "u32", shift: "i32", rate: "f32", scale: "vec2f" });
    const view = new DataView(
      packStructs(layout, [
        { count: 4294967295, shift: -3, rate: 0.5, scale: [1, -2] },
        { count: 7, shift: 9, rate: -0.25, scale: [3, 4] },
      ]),
    );
    expect(view.byteLength).toBe(UNIFORM_STRIDE + 32);
    for (const [at, expected] of [
      [0, [4294967295, -3, 0.5, 1, -2]],
      [UNIFORM_STRIDE, [7, 9, -0.25, 3, 4]],
    ] as const) {
      const read = [
        view.getUint32(at, true),
        view.getInt32(at + 4, true),
        view.getFloat32(at + 8, true),
        view.getFloat32(at + 16, true),
        view.getFloat32(at + 20, true),
      ];
      expect(read).toEqual(expected);
    }
  });

  test("a member that was left out is a fault, not a 0", () => {
    const layout = layoutOf({ rows: "u32", rate: "f32" });
    expect(() => packStructs(layout, [{ rows: 3 }])).toThrow("rate: undefined given, 1 number expected");
    expect(() => packStructs(layoutOf({ scale: "vec2f" }), [{ scale: [1] }])).toThrow(
      "scale: 1 given, 2 numbers expected",
    );
  });
});
