import { acceleratedNesterov } from "./accelerated-nesterov.ts";
import { cgls } from "./cgls.ts";
import { chebyshev } from "./chebyshev.ts";
import { eigenPro } from "./eigen-pro.ts";
import { gradientDescent } from "./gradient-descent.ts";
import { heavyBall } from "./heavy-ball.ts";
import { iteratedTikhonov } from "./iterated-tikhonov.ts";
import { nesterov } from "./nesterov.ts";
import { nuMethod } from "./nu-method.ts";
import { preconditioned } from "./preconditioned.ts";
import { sgd } from "./sgd.ts";

/** The optimisers: a new one is a file and an entry here. Tables compare each with the first. */
export const methodDefinitions = [
  gradientDescent,
  heavyBall,
  nesterov,
  acceleratedNesterov,
  chebyshev,
  nuMethod,
  iteratedTikhonov,
  preconditioned,
  eigenPro,
  cgls,
  sgd,
] as const;

/** The names of the optimisers of this package. */
export type MethodName = (typeof methodDefinitions)[number]["name"];

/** The optimisers as factories, each under its name: from parameters to a `Method`. */
export const methods = Object.fromEntries(methodDefinitions.map(({ name, create }) => [name, create])) as {
  readonly [D in (typeof methodDefinitions)[number] as D["name"]]: D["create"];
};
