import { ArgumentError } from "../errors.ts";

/** @throws ArgumentError unless `value` is an integer and at least `least`. */
export function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new ArgumentError(`${name}: ${value} given, an integer of at least ${least} expected`);
  }
}

/** @throws ArgumentError unless `value` is a finite number above 0. */
export function requirePositive(name: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError(`${name}: ${value} given, a finite number above 0 expected`);
  }
}

/** @throws ArgumentError unless `value` is a finite number of at least 0. */
export function requireNotNegative(name: string, value: number): void {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError(`${name}: ${value} given, a finite number of at least 0 expected`);
  }
}

/** @throws ArgumentError unless `value` is one of `choices`. */
export function requireOneOf(name: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) {
    throw new ArgumentError(
      `${name}: "${value}" given, one of ${choices.map((one) => `"${one}"`).join(", ")} expected`,
    );
  }
}
