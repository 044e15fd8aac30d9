import { NotFiniteError } from "../errors.ts";

/** `values`, of which all are finite. @throws NotFiniteError that names the first which is not. */
export function requireAllFinite<T extends ArrayLike<number>>(name: string, values: T, origin = "given"): T {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new NotFiniteError(`${name}[${i}]: ${values[i]} ${origin}, a finite number expected`);
    }
  }
  return values;
}
