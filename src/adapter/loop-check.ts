import { loopCheck } from "../../shaders/adapter-checks.ts";
import { NoAdapterError } from "../errors.ts";
import { describeDevice } from "../gpu/device.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { oncePerDevice } from "../gpu/once.ts";
import { readBack, words } from "../gpu/read-back.ts";

/** Twice as many iterations as llvmpipe of Mesa 22 runs in all loops of a thread together. */
const TURNS = 2 ** 17;

const once = oncePerDevice<void>();

/**
 * Checks, once for each device, that loops run all their iterations. llvmpipe of Mesa 22.3 silently ends the loops of a
 * thread after 65535 iterations in all, which makes long sums and many steps wrong.
 * @throws NoAdapterError where loops end early.
 */
export function requireLoops(gpu: Gpu): Promise<void> {
  return once(gpu.device, () => requireAllTurns(gpu));
}

async function requireAllTurns(gpu: Gpu): Promise<void> {
  const turn = await loopCheck.on(gpu);
  await gpu.withArena(async (arena) => {
    const { step, last } = await gpu.guard("loop check", () => {
      const last = arena.storage("last number", 4);
      return { step: turn(arena, { turns: TURNS, last }), last };
    });
    await execute(gpu, [step]);
    const [[given]] = await readBack(gpu, [words(last, 1)]);
    if (given === lastNumber()) return;
    throw new NoAdapterError(
      `${describeDevice(gpu.device).adapterName}: this driver ends loops early, as llvmpipe of Mesa 22 does, so that ` +
        "results would be wrong; a newer driver expected (Mesa 25 is right)",
    );
  });
}

function lastNumber(): number {
  let state = 0;
  for (let turn = 0; turn < TURNS; turn++) state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state;
}
