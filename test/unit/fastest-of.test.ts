import { describe, expect, test } from "vitest";
import { fastestOf } from "../../src/gpu/fastest-of.ts";

/** Candidates on a clock of their own. Each takes `ms` every time, and `disturbed` adds ms to its nth call. */
function candidatesOf(
  times: Readonly<Record<string, { ms: number; weight?: number; disturbed?: (call: number) => number }>>,
  latency = 0,
) {
  let clock = 0;
  const calls: string[] = [];
  const candidates = Object.entries(times).map(([name, { ms, weight = 1, disturbed = () => 0 }]) => {
    let call = 0;
    return {
      name,
      weight,
      run: async (count: number) => {
        calls.push(name);
        clock += latency + count * ms + disturbed(call++);
      },
    };
  });
  return { candidates, calls, clock: { latency, now: () => clock } };
}

describe("the fastest of several", () => {
  test("is the one with the least time, times its weight", async () => {
    const { candidates, clock } = candidatesOf({ whole: { ms: 3 }, part: { ms: 1, weight: 4 }, slow: { ms: 9 } });
    expect(await fastestOf(candidates, clock)).toBe("whole");
  });

  test("a first run that compiles does not count, nor do four disturbed trials of five", async () => {
    const disturbed = (call: number) => (call === 0 ? 900 : call % 5 === 1 ? 0 : 200);
    const { candidates, clock } = candidatesOf({ steady: { ms: 8 }, disturbed: { ms: 6, disturbed } });
    expect(await fastestOf(candidates, clock)).toBe("disturbed");
  });

  test("short times are told apart behind a long answer of the GPU", async () => {
    const { candidates, clock } = candidatesOf({ a: { ms: 0.5 }, b: { ms: 0.45 } }, 100);
    expect(await fastestOf(candidates, clock)).toBe("b");
  });

  test("trials alternate, so that a busy machine disturbs all of them", async () => {
    const { candidates, calls, clock } = candidatesOf({ a: { ms: 10 }, b: { ms: 20 } });
    await fastestOf(candidates, clock);
    expect(calls.slice(-10)).toEqual(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? "a" : "b")));
  });
});
