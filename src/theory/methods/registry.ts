import { acceleratedNesterov } from "./accelerated-nesterov.ts";
import { cgls } from "./cgls.ts";
import { chebyshev } from "./chebyshev.ts";
import { checked } from "./checked.ts";
import { eigenPro } from "./eigen-pro.ts";
import { gradientDescent } from "./gradient-descent.ts";
import { heavyBall } from "./heavy-ball.ts";
import type { Method, MethodName } from "./method.ts";
import { nesterov } from "./nesterov.ts";
import { nuMethod } from "./nu-method.ts";
import { iteratedTikhonov, preconditioned } from "./preconditioned.ts";
import { sgd } from "./sgd.ts";

/** The optimisers, each a factory under its name: a new one is a file and an entry here. */
export const methods = {
  gradientDescent: checked(gradientDescent),
  heavyBall: checked(heavyBall),
  nesterov: checked(nesterov),
  acceleratedNesterov: checked(acceleratedNesterov),
  chebyshev: checked(chebyshev),
  nuMethod: checked(nuMethod),
  iteratedTikhonov: checked(iteratedTikhonov),
  preconditioned: checked(preconditioned),
  eigenPro: checked(eigenPro),
  cgls,
  sgd: checked(sgd),
} as const satisfies { readonly [name in MethodName]: (parameters: never) => Method };
