import { expect } from "vitest";
import { createEngine } from "../../src/index.ts";
import { test as withDevice } from "./gpu.ts";

/** `test` with an `engine` on the fixture's device, destroyed after the test. */
export const test = withDevice.extend("engine", async ({ device }, { onCleanup }) => {
  const engine = await createEngine({ device });
  onCleanup(() => {
    engine.destroy();
    expect(engine.memory, "memory after destroy").toMatchObject({ bytes: 0, buffers: 0 });
  });
  return engine;
});
