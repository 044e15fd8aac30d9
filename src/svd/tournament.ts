/** The pair that meets in `slot` of `round`: twin of `tournament_pair` in shaders/shared/tournament.ts. */
export function tournamentPair(players: number, round: number, slot: number): [first: number, second: number] {
  const turning = players - 1;
  const a = (round + slot) % turning;
  const b = slot === 0 ? turning : (round + turning - slot) % turning;
  return [Math.min(a, b), Math.max(a, b)];
}
