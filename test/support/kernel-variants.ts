import { activationMatrix } from "../../shaders/activation-matrix.ts";
import { applyReflectors } from "../../shaders/apply-reflectors.ts";
import { applyRotation } from "../../shaders/apply-rotation.ts";
import { blockGram } from "../../shaders/block-gram.ts";
import { conjugateAdvance, conjugateDirection, conjugateRetreat } from "../../shaders/conjugate-update.ts";
import { countStep } from "../../shaders/count-step.ts";
import { extendedNorms } from "../../shaders/extended-norms.ts";
import { extendedProduct } from "../../shaders/extended-product.ts";
import { extendedTurn } from "../../shaders/extended-turn.ts";
import { extendedVectorProduct } from "../../shaders/extended-vector-product.ts";
import { extractExtended } from "../../shaders/extract-extended.ts";
import { extractVectors } from "../../shaders/extract-vectors.ts";
import { gradient } from "../../shaders/gradient.ts";
import { keepWeights } from "../../shaders/keep-weights.ts";
import { largestEntry } from "../../shaders/largest-entry.ts";
import { loadExtended } from "../../shaders/load-extended.ts";
import { loadTriangle } from "../../shaders/load-triangle.ts";
import { loadWorking } from "../../shaders/load-working.ts";
import { loopCheck } from "../../shaders/loop-check.ts";
import { loss } from "../../shaders/loss.ts";
import { momentumStep } from "../../shaders/momentum-step.ts";
import { narrowProduct } from "../../shaders/narrow-product.ts";
import { flooredNormSquare, normSquare } from "../../shaders/norm-square.ts";
import { pairRotation } from "../../shaders/pair-rotation.ts";
import { pivotedQr } from "../../shaders/pivoted-qr.ts";
import { powerScanEvaluate } from "../../shaders/power-scan-evaluate.ts";
import { powerScanLocal } from "../../shaders/power-scan-local.ts";
import { powerScanSpine } from "../../shaders/power-scan-spine.ts";
import { product } from "../../shaders/product.ts";
import { rowNorms } from "../../shaders/row-norms.ts";
import { scaleCoefficients } from "../../shaders/scale-coefficients.ts";
import { appendColumn, setColumn } from "../../shaders/set-column.ts";
import { type ActivationForm, activationNames } from "../../shaders/shared/activations.ts";
import type { EntrySource, PanelShape } from "../../shaders/shared/panel-product.ts";
import type { TwoFloatForm } from "../../shaders/shared/two-float.ts";
import { smallDescent } from "../../shaders/small-descent.ts";
import { smallJacobi } from "../../shaders/small-jacobi.ts";
import { stochasticDescent } from "../../shaders/stochastic-descent.ts";
import { sumShares } from "../../shaders/sum-shares.ts";
import { transposedProduct } from "../../shaders/transposed-product.ts";
import { twoFloatCheck } from "../../shaders/two-float-check.ts";
import { shapesOf } from "../../src/adapter/shapes.ts";
import { LOW_SCALE } from "../../src/gpu/matrix.ts";
import type { Kernel } from "../../src/gpu/pipelines.ts";
import { fitsSmallJacobi, smallJacobiConstants } from "../../src/svd/small-jacobi.ts";
import { parseExpression } from "../../src/theory/expression.ts";

const twoFloats: readonly TwoFloatForm[] = ["fma", "split"];
const flags = [false, true];
const powers = [0, 1, 2, 3] as const;
const ends = ["product", "residual"] as const;
const forms: readonly ActivationForm[] = [...activationNames, parseExpression("z / (1 + abs(z))")];

const nameOf = (form: ActivationForm): string => (typeof form === "string" ? form : "expression");

const sources: readonly (readonly [name: string, EntrySource])[] = [
  ["stored", "stored"],
  ...powers.map((power) => [`power ${power}`, { power }] as const),
  ...forms.flatMap((form) => twoFloats.map((twoFloat) => [`${nameOf(form)} ${twoFloat}`, { form, twoFloat }] as const)),
];

/**
 * Every kernel that the engine can choose on a device's kind of adapter, by its file in shaders/. Sizes that come from a
 * problem and only make workgroup memory larger are there at their smallest and largest.
 */
export function kernelVariants(device: GPUDevice): Record<string, readonly Kernel[]> {
  const { rowThreads: threads, reflectorRows, rotationColumns, panel, scan } = shapesOf(device);

  /** One kernel for all sources and the panels that they take. */
  const products = (label: string, code: (source: EntrySource, shape: PanelShape) => string): Kernel[] =>
    sources.flatMap(([name, source]) =>
      [1, panel.runs].map((runs) => {
        const rows = source !== "stored" && "form" in source ? 1 : panel.rows;
        return {
          label: `${label} of ${name}, ${rows} × ${runs}`,
          code: code(source, { rows, runs }),
          constants: { threads: panel.threads },
        };
      }),
    );
  const inTwoFloats = (label: string, code: (form: TwoFloatForm) => string, constants = {}): Kernel[] =>
    twoFloats.map((form) => ({ label: `${label} ${form}`, code: code(form), constants }));

  return {
    "activation-matrix": forms.flatMap((form) =>
      flags.flatMap((extended) =>
        inTwoFloats(
          `activation-matrix of ${nameOf(form)}${extended ? ", extended" : ""}`,
          (twoFloat) => activationMatrix(form, { twoFloat, extended }).code,
        ),
      ),
    ),
    "apply-reflectors": [labelled(applyReflectors({ rows: reflectorRows }), { threads })],
    "apply-rotation": [labelled(applyRotation({ columns: rotationColumns }))],
    "block-gram": [labelled(blockGram)],
    "conjugate-update": [conjugateAdvance, conjugateDirection, conjugateRetreat].map((one) => labelled(one)),
    "count-step": [labelled(countStep)],
    "extended-norms": inTwoFloats("extended-norms", (form) => extendedNorms(form).code),
    "extended-product": inTwoFloats("extended-product", (form) => extendedProduct(form).code),
    "extended-turn": inTwoFloats("extended-turn", (form) => extendedTurn(form).code, { threads }),
    "extended-vector-product": inTwoFloats("extended-vector-product", (form) => extendedVectorProduct(form).code, {
      low_unit: 1 / LOW_SCALE,
    }),
    "extract-extended": inTwoFloats("extract-extended", (form) => extractExtended(form).code, { low_scale: LOW_SCALE }),
    "extract-vectors": [labelled(extractVectors)],
    gradient: products("gradient", (source, shape) => gradient({ source, shape }).code),
    "keep-weights": [labelled(keepWeights)],
    "largest-entry": [labelled(largestEntry)],
    "load-extended": [labelled(loadExtended, { low_unit: 1 / LOW_SCALE })],
    "load-triangle": [labelled(loadTriangle)],
    "load-working": [labelled(loadWorking)],
    loss: [labelled(loss)],
    "momentum-step": flags.map((preconditioned) => ({
      label: `momentum-step${preconditioned ? ", preconditioned" : ""}`,
      code: momentumStep({ preconditioned }).code,
    })),
    "narrow-product": ends.map((end) => ({ label: `narrow ${end}`, code: narrowProduct(end).code })),
    "norm-square": [normSquare, flooredNormSquare].map((one) => labelled(one)),
    "pair-rotation": [labelled(pairRotation, { threads })],
    "pivoted-qr": [labelled(pivotedQr({ rows: reflectorRows }), { threads })],
    "power-scan-evaluate": powers.flatMap((power) =>
      flags.map((residual) => ({
        label: `power-scan-evaluate ${power}${residual ? ", residual" : ""}`,
        code: powerScanEvaluate(power, { residual }).code,
      })),
    ),
    "power-scan-local": powers.map((power) => ({
      label: `power-scan-local ${power}`,
      code: powerScanLocal(power).code,
      constants: { threads: scan.threads, items: scan.items },
    })),
    "power-scan-spine": powers.map((power) => ({
      label: `power-scan-spine ${power}`,
      code: powerScanSpine(power).code,
      constants: { threads: scan.spineThreads },
    })),
    product: ends.flatMap((end) => products(end, (source, shape) => product({ source, shape, end }).code)),
    "row-norms": [labelled(rowNorms, { threads })],
    "scale-coefficients": [labelled(scaleCoefficients)],
    "set-column": [setColumn, appendColumn].map((one) => labelled(one)),
    "small-descent": [
      [16, 16],
      [16, 512],
      [512, 16],
    ].map(([most_rows = 0, most_cols = 0]) => ({
      label: `small-descent up to ${most_rows} × ${most_cols}`,
      code: smallDescent.code,
      constants: { threads, most_rows, most_cols },
    })),
    "small-jacobi": smallestAndLargest(device).map((shape) => ({
      label: `small-jacobi of ${shape.rows} rows of ${shape.rowStride} vec4s`,
      code: smallJacobi.code,
      constants: smallJacobiConstants(device, shape),
    })),
    "stochastic-descent": [labelled(stochasticDescent, { threads })],
    "sum-shares": [labelled(sumShares)],
    "transposed-product": products("transposed-product", (source, shape) => transposedProduct({ source, shape }).code),
    "loop-check": [labelled(loopCheck)],
    "two-float-check": inTwoFloats("two-float-check", (form) => twoFloatCheck(form).code),
  };
}

function labelled({ name, code }: { readonly name: string; readonly code: string }, constants = {}): Kernel {
  return { label: name, code, constants };
}

/** A single row of one vec4, and 64 rows as long as fit. */
function smallestAndLargest(device: GPUDevice): { rows: number; rowStride: number }[] {
  const rows = 64;
  let rowStride = 1;
  while (fitsSmallJacobi(device, { rows, rowStride: rowStride + 1 })) rowStride++;
  return [
    { rows: 1, rowStride: 1 },
    { rows, rowStride },
  ];
}
