import { expect, test } from "vitest";
import { formOf } from "../../src/cli/fit-picture.ts";

test.for([
  ["tanh", 1, 2 ** 26, "auto"],
  ["tanh", 1, 2 ** 26 + 1, "generated"],
  ["relu2", 1, 2 ** 28, "scan"],
  ["relu4", 1, 2 ** 28, "generated"],
  ["relu", 2, 2 ** 28, "generated"],
] as const)(
  "%s in %i dimensions, %i entries: %s, so that no more than 256 MiB are stored",
  ([name, dimensions, entries, form]) => {
    expect(formOf({ activation: name, dimensions }, entries)).toBe(form);
  },
);
