import { Matrix, SVD } from "ml-matrix";
import { expect, test } from "vitest";
import { bandLimited, FLOAT64, sincNetwork } from "../../src/paper/c13-sampling.ts";
import { activationMatrixTwin } from "../../src/theory/activations.ts";

test.for(FLOAT64.spacings.map((spacing, i) => [spacing, FLOAT64.residuals[i] as number] as const))(
  "C13: with all components that float64 resolves a spacing of %f leaves %f",
  ([spacing, expected]) => {
    const network = sincNetwork(spacing);
    const A = Matrix.from1DArray(network.x.length, network.b.length, activationMatrixTwin(network));
    const { leftSingularVectors: U, diagonal } = new SVD(A);
    const kept = diagonal.filter((sigma) => sigma >= FLOAT64.cutoff * (diagonal[0] as number)).length;
    const basis = U.subMatrix(0, U.rows - 1, 0, kept - 1);
    const residuals = bandLimited().map((signal) => {
      const y = Matrix.columnVector(signal);
      return Matrix.sub(y, basis.mmul(basis.transpose().mmul(y))).norm("frobenius") / y.norm("frobenius");
    });
    expect(Math.abs(Math.max(...residuals) / expected - 1)).toBeLessThan(0.02); // two digits are printed
  },
);
