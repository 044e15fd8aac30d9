/** The transpose of a row-major matrix of rows × cols: libraries that multiply matrices take a right-hand side a column. */
export function transpose(values: Float32Array, rows: number, cols: number): Float32Array<ArrayBuffer> {
  const transposed = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) transposed[col * rows + row] = values[row * cols + col] ?? 0;
  }
  return transposed;
}
