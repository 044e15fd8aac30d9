import { expect, test } from "vitest";
import { type Span, stagingPlan } from "../../src/gpu/read-back.ts";

const span = (bytes: number): Span<unknown> => ({ buffer: {} as GPUBuffer, offset: 0, bytes, decode: () => {} });

/** Bytes of each staging buffer, and the places of spans in it. */
const planned = (sizes: readonly number[], most: number) =>
  stagingPlan(sizes.map(span), most).map(({ bytes, places }) => [bytes, ...places.map(({ at }) => at)]);

test("spans follow one another in one staging buffer where it can hold them all", () => {
  expect(planned([8, 0, 4, 12], 24)).toEqual([[24, 0, 8, 8, 12]]);
  expect(planned([8], 8)).toEqual([[8, 0]]);
});

test("a span that does not fit begins another buffer, in order", () => {
  expect(planned([16, 12, 4, 16, 4], 16)).toEqual([
    [16, 0],
    [16, 0, 12],
    [16, 0],
    [4, 0],
  ]);
  expect(planned([16, 0, 16], 16)).toEqual([
    [16, 0, 16],
    [16, 0],
  ]);
});
