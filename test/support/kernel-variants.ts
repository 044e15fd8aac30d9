import { activationMatrix } from "../../shaders/activation-matrix.ts";
import { loopCheck, twoFloatCheck } from "../../shaders/adapter-checks.ts";
import { applyReflectors } from "../../shaders/apply-reflectors.ts";
import { applyRotation } from "../../shaders/apply-rotation.ts";
import { blockGram } from "../../shaders/block-gram.ts";
import { conjugateAdvance, conjugateDirection, conjugateRetreat } from "../../shaders/conjugate-update.ts";
import { extendedProduct } from "../../shaders/extended-product.ts";
import { extendedTurn } from "../../shaders/extended-turn.ts";
import { extendedVectorProduct } from "../../shaders/extended-vector-product.ts";
import { extractExtended, extractVectors } from "../../shaders/extract-vectors.ts";
import { largestEntry } from "../../shaders/largest-entry.ts";
import { loadExtended, loadTriangle, loadWorking, spreadBlocks } from "../../shaders/load-working.ts";
import { keepWeights, loss } from "../../shaders/loss.ts";
import { momentumStep, scaleCoefficients } from "../../shaders/momentum-step.ts";
import { flooredNormSquare, normSquare } from "../../shaders/norm-square.ts";
import { pairRotation } from "../../shaders/pair-rotation.ts";
import { pairTurn } from "../../shaders/pair-turn.ts";
import { choosePivots, factorPanel, sketchRows } from "../../shaders/panel-qr.ts";
import { powerScanEvaluate, powerScanLocal, powerScanSpine } from "../../shaders/power-scan.ts";
import { gradient, narrowProduct, product, sumShares, transposedProduct } from "../../shaders/product.ts";
import { extendedNorms, rowNorms } from "../../shaders/row-norms.ts";
import { scaleColumns } from "../../shaders/scale-columns.ts";
import { appendColumn, setColumn } from "../../shaders/set-column.ts";
import { type ActivationForm, activationNames } from "../../shaders/shared/activations.ts";
import { areInTwoFloats, type EntrySource, slicedDimensions } from "../../shaders/shared/entries.ts";
import type { Panels } from "../../shaders/shared/panel.ts";
import type { TwoFloatForm } from "../../shaders/shared/two-float.ts";
import { smallDescent } from "../../shaders/small-descent.ts";
import { smallJacobi } from "../../shaders/small-jacobi.ts";
import { stochasticDescent } from "../../shaders/stochastic-descent.ts";
import { tiledProduct } from "../../shaders/tiled-product.ts";
import { shapesOf } from "../../src/adapter/shapes.ts";
import type { Head } from "../../src/gpu/kernel.ts";
import { LOW_SCALE } from "../../src/gpu/matrix.ts";
import type { Shader } from "../../src/gpu/pipelines.ts";
import { smallJacobiVariant } from "../../src/svd/small.ts";
import { rowLayout } from "../../src/svd/working-matrix.ts";
import { parseExpression } from "../../src/theory/expression.ts";

/** A kernel as a device compiles it. */
export interface KernelVariant extends Shader {
  readonly kernel: Head & { readonly code: string };
  readonly constants: Readonly<Record<string, number>>;
}

const twoFloats: readonly TwoFloatForm[] = ["fma", "split"];
const flags = [false, true];
const powers = [0, 1, 2, 3] as const;
const ends = ["product", "residual"] as const;
const forms: readonly ActivationForm[] = [...activationNames, parseExpression("z / (1 + abs(z))")];

const nameOf = (form: ActivationForm): string => (typeof form === "string" ? form : "expression");

const sources: readonly (readonly [name: string, EntrySource])[] = [
  ["stored", "stored"],
  ["stored vec4s", "stored vec4s"],
  ...powers.map((power) => [`power ${power}`, { power }] as const),
  ...slicedDimensions.map((dimensions) => [`power in ${dimensions} dimensions`, { dimensions }] as const),
  ...forms.flatMap((form) => twoFloats.map((twoFloat) => [`${nameOf(form)} ${twoFloat}`, { form, twoFloat }] as const)),
];

/** One variant of a kernel, with what tells it from the kernel's other variants. */
function variant(
  kernel: KernelVariant["kernel"],
  which = "",
  constants: KernelVariant["constants"] = {},
): KernelVariant {
  return { kernel, label: kernel.name + (which && `, ${which}`), code: kernel.code, constants };
}

/** A variant in each form of two-float arithmetic. */
function inTwoFloats(make: (form: TwoFloatForm) => KernelVariant["kernel"], constants = {}): KernelVariant[] {
  return twoFloats.map((form) => variant(make(form), form, constants));
}

/**
 * Every kernel that the engine can choose on a device's kind of adapter, by its file in shaders/. Sizes that come from
 * a problem and only change the workgroup memory are listed at their smallest and largest.
 */
export function kernelVariants(device: GPUDevice): Record<string, readonly KernelVariant[]> {
  const { rowThreads: threads, reflectors, sweep, panel, scan, tile } = shapesOf({ device });
  const { panelThreads, parts, panel: size } = reflectors;

  /** A variant for each source of entries and the panels that the engine takes it by. */
  const byPanels = (make: (panels: Panels) => KernelVariant["kernel"]): KernelVariant[] =>
    sources.flatMap(([name, source]) =>
      [1, panel.runs].map((runs) => {
        const rows = areInTwoFloats(source) ? 1 : panel.rows;
        return variant(make({ source, shape: { ...panel, rows, runs } }), `${name}, ${rows} × ${runs}`);
      }),
    );

  return {
    "activation-matrix": forms.flatMap((form) =>
      flags.flatMap((extended) =>
        twoFloats.map((twoFloat) =>
          variant(
            activationMatrix(form, { twoFloat, extended }),
            `${nameOf(form)} ${twoFloat}${extended ? ", extended" : ""}`,
          ),
        ),
      ),
    ),
    "adapter-checks": [variant(loopCheck), ...inTwoFloats(twoFloatCheck)],
    "apply-reflectors": [
      variant(applyReflectors(reflectors), "", {
        threads: reflectors.threads,
        lanes: reflectors.threads / parts,
      }),
    ],
    "apply-rotation": [variant(applyRotation({ ...sweep, threads: sweep.turners }))],
    "block-gram": [variant(blockGram)],
    "conjugate-update": [conjugateAdvance, conjugateDirection, conjugateRetreat].map((one) => variant(one)),
    "extended-product": inTwoFloats(extendedProduct),
    "extended-turn": inTwoFloats(extendedTurn, { threads }),
    "extended-vector-product": inTwoFloats(extendedVectorProduct, { low_unit: 1 / LOW_SCALE }),
    "extract-vectors": [variant(extractVectors), ...inTwoFloats(extractExtended, { low_scale: LOW_SCALE })],
    "largest-entry": [variant(largestEntry)],
    "scale-columns": [variant(scaleColumns)],
    "load-working": [
      variant(loadWorking),
      variant(loadExtended, "", { low_unit: 1 / LOW_SCALE }),
      variant(loadTriangle),
      variant(spreadBlocks),
    ],
    loss: [variant(loss), variant(keepWeights)],
    "momentum-step": [
      ...flags.map((preconditioned) =>
        variant(momentumStep({ preconditioned }), preconditioned ? "preconditioned" : ""),
      ),
      variant(scaleCoefficients),
    ],
    "norm-square": [normSquare, flooredNormSquare].map((one) => variant(one)),
    "pair-rotation": [variant(pairRotation(sweep))],
    "pair-turn": [variant(pairTurn)],
    "panel-qr": [
      variant(sketchRows),
      variant(choosePivots({ panel: size }), "", { threads: panelThreads }),
      variant(factorPanel({ panel: size }), "", { threads: panelThreads, lanes: panelThreads / parts }),
    ],
    "power-scan": [
      ...powers.map((power) =>
        variant(powerScanLocal(power, scan.isGrouped), `power ${power}`, { threads: scan.threads, items: scan.items }),
      ),
      ...powers.map((power) => variant(powerScanSpine(power), `power ${power}`, { threads: scan.spineThreads })),
      ...powers.flatMap((power) =>
        ends.flatMap((end) =>
          (scan.isGrouped ? (["groups", "few groups"] as const) : (["segments"] as const)).map((parts) =>
            variant(powerScanEvaluate(power, end, parts), `power ${power}, ${end}, ${parts}`, {
              threads: scan.threads,
              items: scan.items,
            }),
          ),
        ),
      ),
    ],
    product: [
      ...ends.flatMap((end) => byPanels((panels) => product({ ...panels, end }))),
      ...ends.map((end) => variant(narrowProduct(end), end)),
      ...byPanels(transposedProduct),
      ...byPanels(gradient),
      variant(sumShares),
    ],
    "row-norms": [variant(rowNorms, "", { threads }), ...inTwoFloats(extendedNorms)],
    "set-column": [setColumn, appendColumn].map((one) => variant(one)),
    "small-descent": [
      [16, 16],
      [16, 512],
      [512, 16],
    ].map(([most_rows = 0, most_cols = 0]) =>
      variant(smallDescent, `up to ${most_rows} × ${most_cols}`, { threads, most_rows, most_cols }),
    ),
    "small-jacobi": (
      [
        [1, false],
        [48, false],
        [48, true],
        [64, true],
      ] as const
    ).map(([n, withVectors]) => {
      const { shape, constants } = smallJacobiVariant({ device }, rowLayout(n, n, 1, withVectors));
      return variant(smallJacobi(shape), `${n} × ${n}${withVectors ? ", with vectors" : ""}`, constants);
    }),
    "tiled-product": ([...ends, "shares"] as const).flatMap((end) =>
      (["numbers", "vec4s", ...(tile.isTextured ? (["texels"] as const) : [])] as const).map((source) =>
        variant(tiledProduct({ end, shape: tile, source }), `${end}, ${source}`),
      ),
    ),
    "stochastic-descent": [variant(stochasticDescent, "", { threads })],
  };
}
