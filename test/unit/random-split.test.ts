import { expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { randomSplit } from "../../src/theory/random-split.ts";

test("each sample is on one side, in order, and the share is kept", () => {
  for (const [samples, keep, count] of [
    [2, 0.5, 1],
    [63, 0.4, 25],
    [1000, 0.25, 250],
  ] as const) {
    const { kept, heldOut } = randomSplit({ samples, keep, seed: 5 });
    expect(kept).toHaveLength(count);
    for (const side of [kept, heldOut]) expect([...side]).toEqual([...side].sort((a, b) => a - b));
    expect(new Set([...kept, ...heldOut]).size).toBe(samples);
    expect(kept.length + heldOut.length).toBe(samples);
  }
});

test("every sample is kept equally often", () => {
  const [samples, seeds, keep] = [20, 4000, 0.25];
  const counts = new Float64Array(samples);
  for (let seed = 0; seed < seeds; seed++) {
    for (const n of randomSplit({ samples, keep, seed }).kept) counts[n] = (counts[n] as number) + 1;
  }
  const deviation = Math.sqrt(seeds * keep * (1 - keep));
  for (const count of counts) expect(Math.abs(count - seeds * keep)).toBeLessThan(5 * deviation);
});

test.for([
  ["samples: 0 given", { samples: 0 }],
  ["keep: 1 given", { keep: 1 }],
  ["keep: 0.01 given, which keeps 0 of 10 samples", { keep: 0.01 }],
  ["keep: 0.99 given, which keeps 10 of 10 samples", { keep: 0.99 }],
  ["seed: -1 given", { seed: -1 }],
] as const)("%s is refused", ([message, wrong]) => {
  const call = () => randomSplit({ samples: 10, keep: 0.5, seed: 1, ...wrong });
  expect(call).toThrow(ArgumentError);
  expect(call).toThrow(message);
});
