import { createRandom } from "./random.ts";

/** Columns of a random orthonormal basis, rows × count, row-major: Gram–Schmidt, twice, on normal numbers. */
function orthonormal(rows: number, count: number, normals: (count: number) => Float64Array): Float64Array {
  const columns = Array.from({ length: count }, () => normals(rows));
  columns.forEach((column, k) => {
    for (let pass = 0; pass < 2; pass++) {
      for (const other of columns.slice(0, k)) {
        const share = column.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);
        column.forEach((value, i) => {
          column[i] = value - share * (other[i] ?? 0);
        });
      }
    }
    const norm = Math.hypot(...column);
    column.forEach((value, i) => {
      column[i] = value / norm;
    });
  });
  return Float64Array.from({ length: rows * count }, (_, i) => columns[i % count]?.[Math.floor(i / count)] ?? 0);
}

/** U·diag(values)·Vᵀ with random orthonormal U and V, in float64, row-major; as many values as min(rows, cols). */
export function withSpectrum(rows: number, cols: number, values: ArrayLike<number>, seed = 1): Float64Array {
  const { normals } = createRandom(seed * 7919 + rows * 131 + cols);
  const count = Math.min(rows, cols);
  const [u, v] = [orthonormal(rows, count, normals), orthonormal(cols, count, normals)];
  return Float64Array.from({ length: rows * cols }, (_, i) => {
    const [row, col] = [Math.floor(i / cols), i % cols];
    let sum = 0;
    for (let k = 0; k < count; k++) sum += (u[row * count + k] ?? 0) * (values[k] ?? 0) * (v[col * count + k] ?? 0);
    return sum;
  });
}
