import { join } from "node:path";
import { Command } from "commander";
import { ArgumentError, type Matrix, type Precision } from "../index.ts";
import { makeFolder } from "./files.ts";
import { requireFits } from "./limits.ts";
import { openNpy, toNpy } from "./npy.ts";
import { jsonOption, precisionOption } from "./options.ts";
import { requireWritable, writeOutputs } from "./outputs.ts";
import { report, spectrumFields, withEngine } from "./session.ts";

/** `svd`: writes U, S and V of a .npy matrix or batch. */
export function svdCommand(): Command {
  return new Command("svd")
    .description("singular value decomposition A = U·diag(S)·Vᵀ of a matrix, or of each matrix of a batch")
    .argument("<A.npy>", "float32 or float64; rows × columns, or batch × rows × columns")
    .option("--out <folder>", "where U.npy, S.npy and V.npy are written", ".")
    .addOption(precisionOption())
    .addOption(jsonOption())
    .action(runSvd);
}

async function runSvd(path: string, { out, precision }: { out: string; precision: Precision }): Promise<void> {
  const { shape, read } = openNpy(path);
  const batched = shape.length === 3;
  const [rows = 0, cols = 0] = shape.slice(-2);
  const batch = batched ? (shape[0] as number) : 1;
  if (shape.length !== 2 && !batched) {
    throw new ArgumentError(`${path} is ${shape.length}-D; expected 2-D, or 3-D for a batch of matrices`);
  }
  if (batch === 0) throw new ArgumentError(`${path} holds no matrix; expected a batch of at least one`);
  const files = { U: join(out, "U.npy"), S: join(out, "S.npy"), V: join(out, "V.npy") };
  makeFolder(out);
  requireWritable(Object.values(files), [path]);

  const result = await withEngine(async (engine, run) => {
    requireFits(engine, path, shape);
    const matrix = await engine.matrix({ data: read(), rows, cols, batch, precision });
    const svd = await engine.svd(matrix, run);
    const count = Math.min(rows, cols);
    const outer = batched ? [batch] : [];
    const outputs = [
      { path: files.U, data: toNpy(await entries(svd.U), [...outer, rows, count]) },
      { path: files.S, data: toNpy(svd.singularValues, [...outer, count]) },
      { path: files.V, data: toNpy(await entries(svd.V), [...outer, cols, count]) },
    ];
    writeOutputs(outputs, run.signal);
    const fields = spectrumFields(engine, svd, precision);
    const singularValues = Array.from({ length: batch }, (_, i) =>
      svd.singularValues.subarray(i * count, (i + 1) * count),
    );
    return batched ? { ...fields, singularValues, noiseFloor: svd.noiseFloor } : fields;
  });
  await report(result);
}

/** float32 or, of an extended matrix, float64. */
function entries(matrix: Matrix): Promise<Float32Array | Float64Array> {
  return matrix.precision === "extended" ? matrix.readExtended() : matrix.read();
}
