import { expect, test } from "vitest";
import { quoted } from "../../src/checks/values.ts";
import { parseActivation } from "../../src/theory/activations.ts";

test("a user's text is quoted on one line, and cut where it is long", () => {
  expect(quoted("z + 1")).toBe('"z + 1"');
  expect(quoted('say "z"\n\u001b[2J')).toBe(String.raw`"say \"z\"\n\u001b[2J"`);
  expect(quoted("z".repeat(60))).toBe(`"${"z".repeat(60)}"`);
  expect(quoted("z".repeat(2 ** 20))).toBe(`"${"z".repeat(60)}…" (1048576 characters)`);
});

test.each(["z", "relu", "relu9"])("a megabyte of %s as a name gives a short message", (text) => {
  const name = text + text.slice(-1).repeat(2 ** 20);
  const message = (() => {
    try {
      return parseActivation(name);
    } catch (error) {
      return (error as Error).message;
    }
  })();
  expect(message).toContain(`"${name.slice(0, 60)}…" (`);
  expect(message.length).toBeLessThan(300);
});
