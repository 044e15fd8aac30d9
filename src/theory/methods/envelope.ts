import type { Method } from "./method.ts";

/** A method whose residual oscillates, with what it stays below. */
export interface EnvelopedMethod extends Method {
  /**
   * By σ, what |r_T(σ²)| stays below from T = `iterations` steps on: where it has fallen to some ε < 1, it remains below
   * ε. Absent where |r_T| itself falls with T.
   */
  envelope?(iterations: number): (singularValue: number) => number;
}
