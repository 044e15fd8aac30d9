/**
 * Round-robin tournament by the circle method: `players` (even) meet pairwise in `players − 1` rounds of `players / 2`
 * disjoint pairs. The last player stays, the others turn. The smaller index
 * stands first.
 */
export const tournament = /* wgsl */ `
fn tournament_pair(players: u32, round: u32, slot: u32) -> vec2u {
  let turning = players - 1;
  let after = round + slot;
  let before = round + turning - slot;
  let a = after - select(0u, turning, after >= turning);
  let b = select(before - select(0u, turning, before >= turning), turning, slot == 0);
  return vec2u(min(a, b), max(a, b));
}
`;
