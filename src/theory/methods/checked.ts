import {
  finiteNumbers,
  notNegativeNumbers,
  requireFinite,
  requireInteger,
  requireObject,
} from "../../checks/values.ts";
import { ofSingularValues } from "../masks.ts";
import type { EnvelopedMethod } from "./envelope.ts";
import type { Iteration } from "./method.ts";

/**
 * Adds to a factory of methods the checks that all of them share: parameters are an object, a method takes only numbers of
 * steps and singular values, and its coefficients are finite.
 */
export function checked<Parameters extends object, M extends EnvelopedMethod>(
  make: (parameters: Parameters) => M,
): (parameters: Parameters) => M {
  return (parameters) => {
    requireObject("parameters", parameters);
    const method = make(parameters);
    const { envelope } = method;
    return {
      ...method,
      mask: (iterations) => ofSingularValues(method.mask(iterations)),
      iteration: checkedIteration(method.iteration),
      ...(envelope && {
        envelope: (iterations: number) => {
          requireInteger("iterations", iterations, 0);
          return ofSingularValues(envelope(iterations));
        },
      }),
    };
  };
}

function checkedIteration(iteration: Iteration): Iteration {
  if (iteration.kind !== "linear") return iteration;
  const { coefficients, preconditioner } = iteration;
  return {
    ...iteration,
    coefficients: (step) => {
      requireInteger("step", step, 1);
      const found = coefficients(step);
      for (const [name, value] of Object.entries(found)) requireFinite(`${name} of step ${step}`, value);
      return found;
    },
    ...(preconditioner && {
      preconditioner: (singularValues: ArrayLike<number>) => {
        const { identity, factors } = preconditioner(notNegativeNumbers("singularValues", singularValues));
        return { identity, factors: finiteNumbers("factors", factors) };
      },
    }),
  };
}
