/**
 * Householder reflectors as a QR from the right leaves them behind: reflector k, I − 2vvᵀ/(v·v), has
 * v = (0, …, 0, x[k] − β, x[k+1], …) with x the row that step k took, β = −sign(x[k])·|x[k…]| the diagonal's entry k,
 * and v·v = 2·|β|·|x[k] − β|. β = 0 stands for no reflector.
 */
export const reflector = /* wgsl */ `
/// v of reflector k in vec4 k/4, where it begins, of x's values there; beyond it v is x.
fn reflector_head(values: vec4f, k: u32, beta: f32) -> vec4f {
  let entries = vec4u(0, 1, 2, 3);
  let lane = vec4u(k % 4);
  return select(select(vec4f(0), values - beta, entries == lane), values, entries > lane);
}
`;
