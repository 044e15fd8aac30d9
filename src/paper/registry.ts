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
import { mask } from "./c12-mask.ts";
import { earlyStopping } from "./l3-early-stopping.ts";
import { trainingJacobian } from "./l6-training-jacobian.ts";
import { schedules } from "./l7-schedules.ts";
import { methods } from "./methods.ts";

/** Every claim and law, in the order of the table and of the JSON. */
export const studies = [
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
  mask,
  earlyStopping,
  trainingJacobian,
  schedules,
  methods,
] as const;
