import fc from "fast-check";
import { expect } from "vitest";
import { ShaderError } from "../../src/errors.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { prepareActivationMatrix } from "../../src/operator/activation-matrix.ts";
import { parseExpression } from "../../src/theory/expression.ts";
import { functions } from "../../src/theory/expression-functions.ts";
import { isKnown } from "../support/enclosures.ts";
import { test } from "../support/engine.ts";
import { expressions } from "../support/expressions.ts";
import { test as testOnDevice } from "../support/gpu.ts";

/** z from −4 to 4, exact in float32, 0 and 1 among them. */
const positions = Float64Array.from({ length: 65 }, (_, i) => (i - 32) / 8);

const parses = (text: string): boolean => {
  try {
    parseExpression(text);
    return true;
  } catch {
    return false;
  }
};

test("random expressions compile, and are what float64 makes of them within WGSL's accuracy", async ({ engine }) => {
  let [all, known] = [0, 0];
  const some = fc.array(
    expressions.filter(({ text }) => parses(text)),
    { minLength: 16, maxLength: 16 },
  );
  await fc.assert(
    fc.asyncProperty(some, async (given) => {
      const activation = given.map(({ text }) => ({ wgsl: text }));
      using matrix = await engine.activationMatrix({ activation, x: positions, b: [0] });
      const entries = await matrix.read();
      given.forEach(({ text, at }, i) => {
        positions.forEach((z, n) => {
          const entry = entries[i * positions.length + n] as number;
          const enclosure = at(z);
          all++;
          if (!isKnown(enclosure)) return;
          known++;
          expect(entry, `${text} at ${z}, from ${enclosure.join(" to ")}`).toBeGreaterThanOrEqual(enclosure[0]);
          expect(entry, `${text} at ${z}, from ${enclosure.join(" to ")}`).toBeLessThanOrEqual(enclosure[1]);
        });
      });
    }),
    { numRuns: 4, seed: 37, endOnFailure: true },
  );
  expect(known / all, "entries whose accuracy WGSL tells").toBeGreaterThan(0.5);
});

test("every function compiles in every kernel that makes entries as it goes", async ({ engine }) => {
  const operands: Record<string, string> = { acosh: "z + 1", clamp: "z, 0, 1", fma: "z, z, z", mix: "z, 1, z" };
  const calls = [...functions].map(([name, [signature]]) => {
    const own = signature?.takes.map((type) => (type === "bool" ? "z > 0" : "z")).join(", ");
    return `${name}(${operands[name] ?? (name === "smoothstep" ? "0, 1, z" : own)})`;
  });
  const [x, b] = [[0.5, 0.75], [0]];
  using operator = await engine.activationOperator({
    activation: { wgsl: `1e-3 * (${calls.join(" + ")})` },
    x,
    b,
    form: "generated",
  });
  const { prediction } = await engine.descend(operator, [1, 1], { learningRate: 0.1, iterations: 2 });
  expect(prediction.every(Number.isFinite)).toBe(true);
  (await engine.truncatedSvd(operator, { components: 1 })).destroy();
});

test("constants that no compiler folds: ranges the wrong way round, what underflows", async ({ engine }) => {
  const given = { "clamp(z, 1, -1)": -1, "1e-30 * 1e-30 * z": 0, "3.4028234663852886e38 * 1": 3.4028234663852886e38 };
  for (const [wgsl, value] of Object.entries(given)) {
    using matrix = await engine.activationMatrix({ activation: { wgsl }, x: [2], b: [0] });
    expect(Math.abs((await matrix.read())[0] as number), wgsl).toBe(Math.abs(value));
  }
});

testOnDevice("what a compiler refuses is reported at its place in the expression", async ({ device }) => {
  const form = {
    source: "z +\n nothing",
    operations: [
      { wgsl: "z", index: 0 },
      { wgsl: "nothing", index: 5 },
      { wgsl: "v0 + v1", index: 2 },
    ],
  };
  const call = prepareActivationMatrix(new Gpu(device), form, { twoFloat: "split", extended: false });
  await expect(call).rejects.toThrow(ShaderError);
  await expect(call).rejects.toMatchObject({ line: 2, column: 2, source: form.source });
  await expect(call).rejects.toThrow(/activation "z \+\\n nothing", line 2, column 2: [\s\S]*nothing/);
});
