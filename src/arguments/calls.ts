import { shapeNames, type TunedPart, type Tuning } from "../adapter/shapes.ts";
import {
  finiteNumbers,
  notNegativeNumbers,
  refusal,
  requireBoolean,
  requireInteger,
  requireNotNegative,
  requireNumber,
  requireNumbers,
  requireObject,
  requirePositive,
  requireString,
} from "../checks/values.ts";
import type { Basis, DescentOptions, Stopping } from "../descent/descent-options.ts";
import type { DescentState } from "../descent/state.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix, type Precision } from "../gpu/matrix.ts";
import type { Progress, RunOptions } from "../gpu/schedule.ts";
import type { ActivationMatrixOptions } from "../operator/activation-matrix.ts";
import { ActivationOperator, type OperatorForm } from "../operator/activation-operator.ts";
import type { ActivationOperatorOptions } from "../operator/create-operator.ts";
import type { LinearOperator } from "../operator/linear-operator.ts";
import type { MatrixOptions } from "../operator/upload-matrix.ts";
import type { LeastSquaresOptions, RidgeRule } from "../regression/least-squares.ts";
import type { ProjectionBasis, SpectralOptions } from "../svd/project.ts";
import type { ShrinkBasis } from "../svd/shrink.ts";
import type { SvdOptions } from "../svd/svd.ts";
import type { TruncatedSvdOptions } from "../svd/truncated.ts";
import type { Activation } from "../theory/activations.ts";
import type { Mask } from "../theory/masks.ts";
import type { Iteration, Method, Preconditioner, StepCoefficients } from "../theory/methods/method.ts";
import { warmUpCalls } from "../warm-up.ts";
import {
  callback,
  many,
  members,
  numbers,
  oneOf,
  oneOrMany,
  optional,
  options,
  type Read,
  returning,
  typed,
  value,
} from "./read.ts";

/** Where an engine gets its device. */
export interface EngineOptions {
  /** Where to request a device. Default `navigator.gpu`. */
  readonly gpu?: GPU;
  /**
   * A device of your own, which the engine uses and does not destroy. Request it with `requiredLimits(adapter)`, and with the
   * feature "subgroups" where the adapter has it.
   */
  readonly device?: GPUDevice;
  /**
   * Shapes of kernels. Default: those of the kind of adapter. "measured" times the shapes that suit one GPU and not another,
   * once for each adapter, and takes the fastest. `engine.info.tuning` has them; give it to a later engine, which then
   * measures nothing.
   */
  readonly tuning?: Tuning | "measured";
}

const count = (least: number): Read<number> => value((name, given) => requireInteger(name, given, least));
const number: Read<number> = value(requireNumber);
const text: Read<string> = value(requireString);
const positive: Read<number> = value(requirePositive);
const flag: Read<boolean> = value(requireBoolean);
const precision = oneOf<Precision>("single", "extended");

/** An object of the platform, recognised by the name of one of its members. */
const having = <T>(member: string, expected: string): Read<T> =>
  value((name, given) => {
    if (typeof given !== "object" || given === null || !(member in given)) {
      throw refusal(name, given, expected);
    }
  });

const run = {
  signal: optional(having<AbortSignal>("throwIfAborted", "an AbortSignal")),
  onProgress: optional<(progress: Progress) => void>(callback),
};

const expression = members<{ wgsl: string }>({ wgsl: text });

const activation: Read<Activation> = (name, given) =>
  typeof given === "string" ? (given as Activation) : expression(name, given);

const positions = { x: numbers, b: numbers, v: optional(numbers) };

const spectrum = { singularValues: notNegativeNumbers, noiseFloor: optional(notNegativeNumbers) };

type OfRule<K extends Stopping["rule"]> = Extract<Stopping, { rule: K }>;
type OfKind<K extends Iteration["kind"]> = Extract<Iteration, { kind: K }>;

const iterations = {
  linear: members<OfKind<"linear">>({
    kind: oneOf("linear"),
    coefficients: returning(members<StepCoefficients>({ rate: number, momentum: number, extrapolation: number })),
    preconditioner: optional(returning(members<Preconditioner>({ identity: number, factors: finiteNumbers }))),
  }),
  cgls: members<OfKind<"cgls">>({ kind: oneOf("cgls") }),
  sgd: members<OfKind<"sgd">>({ kind: oneOf("sgd"), learningRate: positive, samples: count(1), seed: count(0) }),
};

const kind = oneOf(...(Object.keys(iterations) as Iteration["kind"][]));

const method = members<Method>({
  name: text,
  mask: callback,
  iteration: (name, given) => {
    requireObject(name, given);
    return iterations[kind(`${name}.kind`, (given as Iteration).kind)](name, given);
  },
  stableBelow: number,
  growth: positive,
  isMonotone: optional(flag),
  dependsOnTargets: optional(flag),
  envelope: optional<NonNullable<Method["envelope"]>>(callback),
  iterationsToKeep: optional<NonNullable<Method["iterationsToKeep"]>>(callback),
});

const state = members<DescentState>({
  methods: many(text),
  rows: count(1),
  cols: count(1),
  iterations: count(0),
  weights: typed(Float32Array),
  limits: typed(Float32Array),
  buffers: many(typed(Uint32Array)),
});

const shape = <P extends TunedPart>(part: P) => optional(oneOf<NonNullable<Tuning[P]>>(...shapeNames(part)));

const tuning = members<Tuning>({ sweep: shape("sweep"), qr: shape("qr"), products: shape("products") });

/**
 * Reads the options of `createEngine`. A device or a GPU in place of the options is refused: otherwise it would count as
 * options without any set.
 */
export const readEngineOptions = (given: unknown): EngineOptions => {
  const own = options<EngineOptions>({
    gpu: optional(having<GPU>("requestAdapter", "a GPU")),
    device: optional(having<GPUDevice>("createBuffer", "a GPUDevice")),
    tuning: optional<Tuning | "measured">((name, shapes) => (shapes === "measured" ? shapes : tuning(name, shapes))),
  })(given);
  for (const [member, type] of Object.entries({ createBuffer: "GPUDevice", requestAdapter: "GPU" })) {
    if (member in (given as object)) {
      throw new ArgumentError(`options: a ${type} given, { ${type === "GPU" ? "gpu" : "device"} } expected`);
    }
  }
  return own;
};

/**
 * The readers of all arguments of an engine's calls. A call reads them before its first await, into copies of its own.
 * It checks itself whether they fit together.
 */
export function createReaders(gpu: Gpu) {
  const own = <T extends LinearOperator>(isOne: (given: unknown) => given is T, expected: string): Read<T> => {
    return (name, given) => {
      if (!isOne(given)) throw refusal(name, given, expected);
      if (given.belongsTo(gpu)) return given;
      throw new ArgumentError(`${name}: one of another engine given, ${expected} of this engine expected`);
    };
  };
  const isMatrix = (given: unknown) => given instanceof Matrix;
  const matrix = own(isMatrix, "a Matrix");
  const operator = own<LinearOperator>(
    (given) => isMatrix(given) || given instanceof ActivationOperator,
    "a Matrix or an ActivationOperator",
  );

  const stoppings = {
    heldOut: members<OfRule<"heldOut">>({ rule: oneOf("heldOut"), matrix: operator, y: numbers }),
    discrepancy: members<OfRule<"discrepancy">>({
      rule: oneOf("discrepancy"),
      noise: positive,
      tau: optional(positive),
    }),
  };
  const rule = oneOf(...(Object.keys(stoppings) as Stopping["rule"][]));
  const stopping: Read<Stopping> = (name, given) => {
    requireObject(name, given);
    return stoppings[rule(`${name}.rule`, (given as Stopping).rule)](name, given);
  };

  return {
    matrix,
    operator,
    numbers,
    warmUp: many(oneOf(...warmUpCalls)),
    mask: oneOrMany<Mask>(returning(number)),
    matrixOptions: options<MatrixOptions>({
      data: value(requireNumbers), // not copied: they are rounded before the call's first await
      rows: count(0),
      cols: count(0),
      batch: optional(count(1)),
      precision: optional(precision),
    }),
    activationMatrix: options<ActivationMatrixOptions>({
      ...positions,
      ...run,
      activation: oneOrMany(activation),
      scale: optional(oneOrMany(number)),
      precision: optional(precision),
    }),
    activationOperator: options<ActivationOperatorOptions>({
      ...positions,
      ...run,
      activation,
      scale: optional(number),
      form: optional(oneOf<OperatorForm | "auto">("auto", "scan", "generated", "stored")),
      runs: optional(count(1)),
    }),
    svd: options<SvdOptions>({ ...run, precision: optional(precision), maxSweeps: optional(count(1)) }),
    truncatedSvd: options<TruncatedSvdOptions>({ ...run, components: count(1), maxRestarts: optional(count(0)) }),
    largestSingularValue: options<RunOptions>(run),
    descend: options<DescentOptions>({
      ...run,
      learningRate: optional<number | ArrayLike<number>>((name, given) =>
        typeof given === "number" ? given : numbers(name, given),
      ),
      method: optional(oneOrMany(method)),
      basis: optional(members<Basis>({ V: matrix, singularValues: numbers })),
      iterations: count(0),
      initialWeights: optional(numbers),
      resume: optional(state),
      onAbort: optional<(state: DescentState) => void>(callback),
      recordAt: optional(many(count(0))),
      stopping: optional(stopping),
    }),
    shrink: members<ShrinkBasis>({ ...spectrum, U: matrix, V: matrix }),
    leastSquares: options<LeastSquaresOptions>({
      ...run,
      precision: optional(precision),
      rcond: optional(value(requireNotNegative)),
      ridge: optional<number | RidgeRule>((name, given) =>
        typeof given === "number" ? given : oneOf<RidgeRule>("gcv", "loo", "discrepancy")(name, given),
      ),
      noise: optional(positive),
      mask: optional<Mask>(returning(number)),
      method: optional(method),
      iterations: optional(count(0)),
      scaling: optional(oneOf<"columns" | "none">("columns", "none")),
    }),
    spectral: options<SpectralOptions>({ ...run, cutoff: optional(value(requireNotNegative)) }),
    project: members<ProjectionBasis>({ ...spectrum, U: matrix }),
  };
}
