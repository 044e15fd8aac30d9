import { ArgumentError } from "../index.ts";
import { overview } from "./c0-overview.ts";
import { window } from "./c1-window.ts";
import { decay } from "./c2-decay.ts";
import { bandwidth } from "./c3-bandwidth.ts";
import { scale } from "./c4-scale.ts";
import { components } from "./c5-components.ts";
import { finiteWidth } from "./c6-finite-width.ts";
import { iterationsTrack } from "./c7-iterations-track.ts";
import { scaleTracks } from "./c8-scale-tracks.ts";
import { iterations } from "./c9-iterations.ts";
import { splines } from "./c10-splines.ts";
import { directions } from "./c11-directions.ts";
import { mask } from "./c12-mask.ts";
import { sampling } from "./c13-sampling.ts";
import { powerLaw } from "./l1-power-law.ts";
import { acceleration } from "./l2-acceleration.ts";
import { earlyStopping } from "./l3-early-stopping.ts";
import { saturation } from "./l4-saturation.ts";
import { noise } from "./l5-noise.ts";
import { trainingJacobian } from "./l6-training-jacobian.ts";
import { schedules } from "./l7-schedules.ts";
import { preconditioning } from "./l8-preconditioning.ts";
import { randomFeatures } from "./l9-random-features.ts";
import { polynomials } from "./l10-polynomials.ts";
import { plane } from "./l11-plane.ts";
import { methods } from "./methods.ts";
import type { Study } from "./study.ts";

/** Every claim and law, in the order of the table and of the JSON. */
export const studies = [
  overview,
  window,
  decay,
  bandwidth,
  scale,
  components,
  finiteWidth,
  iterationsTrack,
  scaleTracks,
  iterations,
  splines,
  directions,
  mask,
  sampling,
  powerLaw,
  acceleration,
  earlyStopping,
  saturation,
  noise,
  trainingJacobian,
  schedules,
  preconditioning,
  randomFeatures,
  polynomials,
  plane,
  methods,
] as const;

/**
 * The studies that `selection` names, by id or by figure: "C11,9" are claim C11 and figure 9, "3" has 3a and 3b.
 * @throws ArgumentError where a name is none
 */
export function selectStudies(selection: string): readonly Study[] {
  const names = selection.split(",").map((name) => name.trim());
  const isNamed = ({ id, figure }: Study, name: string) =>
    [id.toLowerCase(), figure, figure.replace(/(\d)[a-z]$/, "$1")].includes(name.toLowerCase());
  for (const name of names) {
    if (studies.some((study) => isNamed(study, name))) continue;
    const ids = studies.map(({ id }) => id).join(", ");
    throw new ArgumentError(`--only: "${name}" given, one of ${ids}, or the number of a figure expected`);
  }
  return studies.filter((study) => names.some((name) => isNamed(study, name)));
}
