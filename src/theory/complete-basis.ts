/**
 * Completes an orthonormal basis in place: columns `known` … `count` − 1 of `basis` (length × count, row-major, with
 * count ≤ length) become orthonormal to the first `known` columns and to each other, by Gram–Schmidt in float64, done
 * twice, which is enough (Kahan). Each new column starts from the unit vector that has the shortest projection on the
 * columns so far, so that at least √((length − known)/length) of its length remains.
 */
export function completeBasis(basis: Float64Array, length: number, count: number, known: number): void {
  const reached = new Float64Array(length); // squared norms of the rows: how much of each unit vector the columns span
  for (let row = 0; row < length; row++) {
    for (let col = 0; col < known; col++) reached[row] = (reached[row] ?? 0) + (basis[row * count + col] ?? 0) ** 2;
  }
  for (let next = known; next < count; next++) {
    const vector = new Float64Array(length);
    vector[reached.reduce((least, value, row) => (value < (reached[least] ?? 0) ? row : least), 0)] = 1;
    for (let pass = 0; pass < 2; pass++) removeProjections(vector, basis, count, next);
    const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    vector.forEach((value, row) => {
      basis[row * count + next] = value / norm;
      reached[row] = (reached[row] ?? 0) + (value / norm) ** 2;
    });
  }
}

function removeProjections(vector: Float64Array, basis: Float64Array, count: number, known: number): void {
  const coefficients = new Float64Array(known);
  vector.forEach((value, row) => {
    if (value === 0) return;
    for (let col = 0; col < known; col++) {
      coefficients[col] = (coefficients[col] ?? 0) + (basis[row * count + col] ?? 0) * value;
    }
  });
  for (let row = 0; row < vector.length; row++) {
    let projection = 0;
    for (let col = 0; col < known; col++) projection += (basis[row * count + col] ?? 0) * (coefficients[col] ?? 0);
    vector[row] = (vector[row] ?? 0) - projection;
  }
}
