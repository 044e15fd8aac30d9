/**
 * Householder reflectors as a QR from the right leaves them behind: reflector k, I − 2vvᵀ/(v·v), has
 * v = (0, …, 0, x[k] − β, x[k+1], …) with x the row that step k took, β = −sign(x[k])·|x[k…]| the diagonal's entry k,
 * and v·v = 2·|β|·|x[k] − β|. β = 0 stands for no reflector.
 */
export const reflector = /* wgsl */ `
/// Entry col of v from that of x; head = x[k] − β.
fn reflector_entry(entry: f32, col: u32, k: u32, head: f32) -> f32 {
  return select(select(0.0, entry, col > k), head, col == k);
}

/// 2(y·v)/(v·v), the multiple of v by which the reflector shortens y; 0 where there is no reflector.
fn reflector_factor(product: f32, beta: f32, head: f32) -> f32 {
  return select(product / (abs(beta) * abs(head)), 0.0, beta == 0);
}
`;
