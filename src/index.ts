/// <reference lib="esnext.disposable" preserve="true" />
export type { Tuning } from "./adapter/shapes.ts";
export type { EngineOptions } from "./arguments/calls.ts";
export type { NumberRange } from "./checks/values.ts";
export type { Basis, DescentOptions, Stopping } from "./descent/descent-options.ts";
export type { Descent, Stopped } from "./descent/result.ts";
export type { DescentState } from "./descent/state.ts";
export { createEngine, Engine, type EngineInfo } from "./engine.ts";
export {
  ArgumentError,
  DestroyedError,
  DeviceLostError,
  DivergedError,
  GpuError,
  LimitError,
  NoAdapterError,
  NotFiniteError,
  PrecisionError,
  ShaderError,
  SpectralError,
} from "./errors.ts";
export { type DeviceInfo, requiredLimits } from "./gpu/device.ts";
export { Matrix, type Precision } from "./gpu/matrix.ts";
export type { MemoryUse } from "./gpu/memory.ts";
export type { Progress, RunOptions } from "./gpu/schedule.ts";
export type { ActivationMatrixOptions } from "./operator/activation-matrix.ts";
export { ActivationOperator, type OperatorForm } from "./operator/activation-operator.ts";
export type { ActivationOperatorOptions } from "./operator/create-operator.ts";
export type { LinearOperator } from "./operator/linear-operator.ts";
export type { MatrixOptions } from "./operator/upload-matrix.ts";
export type { LeastSquares, LeastSquaresOptions, RidgeRule } from "./regression/least-squares.ts";
export type { Projection, ProjectionBasis, SpectralOptions } from "./svd/project.ts";
export type { Shrinkage, ShrinkBasis } from "./svd/shrink.ts";
export type { Svd } from "./svd/singular-vectors.ts";
export type { Spectrum } from "./svd/spectrum.ts";
export type { SvdOptions } from "./svd/svd.ts";
export type { TruncatedSvd, TruncatedSvdOptions } from "./svd/truncated.ts";
export {
  type Activation,
  type ActivationMatrixInput,
  type ActivationName,
  activationFunction,
  activationNames,
  parseActivation,
} from "./theory/activations.ts";
export { type DstKind, dst1Basis, dst7Basis, dstBaseline } from "./theory/dst.ts";
export { type Mask, masks } from "./theory/masks.ts";
export { type ChooseOptions, type ChosenMethod, chooseMethod } from "./theory/methods/choose.ts";
export {
  type Choice,
  defineMethod,
  type MethodArguments,
  type MethodDefinition,
  type MethodDraft,
  type MethodParameter,
} from "./theory/methods/definition.ts";
export { type IterationsRequest, iterationsToKeep } from "./theory/methods/iterations.ts";
export {
  assertStable,
  type Iteration,
  type KeepRequest,
  type Method,
  type Preconditioner,
  type SpectralProblem,
  type StepCoefficients,
} from "./theory/methods/method.ts";
export { type MethodName, methodDefinitions, methods } from "./theory/methods/registry.ts";
export type { TwoStepParameters } from "./theory/methods/two-step.ts";
export {
  type DirectionLaw,
  fourierFeatures,
  type Neurons,
  type NeuronsOptions,
  randomNeurons,
} from "./theory/neurons.ts";
export {
  componentsFor,
  efficientLearningRate,
  iterationsAt,
  iterationsFor,
  type LawSettings,
  type ShrinkageLaw,
  type SpectrumSettings,
  thresholdAt,
  transitionWidth,
} from "./theory/proposition.ts";
export { psnr } from "./theory/psnr.ts";
export { type RandomSplit, randomSplit } from "./theory/random-split.ts";
export { gridCentres, linspace, offsetBiases, offsetSamples } from "./theory/sample-grids.ts";
export { differenceOperator, integrationOperator, splineSmooth } from "./theory/spline.ts";
export { discrepancyIterations, gcvIterations, type StoppingProblem } from "./theory/stopping.ts";
export type { WarmUpCall } from "./warm-up.ts";
