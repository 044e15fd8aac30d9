import { unroll } from "./compilers.ts";
import { PAIR_ROWS } from "./sweep.ts";

/**
 * The product W of the rotations in a sweep of two-sided Jacobi: WGSL for before its first round, after each round, and
 * after the last. It is in `sh_w` at the end. The names are those of `findRotation`.
 */
interface RotationProduct {
  readonly begin: string;
  readonly afterRound: string;
  readonly end: string;
}

const SIZE = PAIR_ROWS;
const HALF = SIZE / 2;

/** For a GPU: W is in workgroup memory, and all threads turn it in each round. */
export const inMemory: RotationProduct = {
  begin: /* wgsl */ `
  for (var entry = thread; entry < SIZE * SIZE; entry += threads) {
    sh_w[entry / SIZE * PITCH + entry % SIZE] = select(0.0, 1.0, entry / SIZE == entry % SIZE);
  }`,
  afterRound: /* wgsl */ `
    // W ← JᵀW
    for (var slot = thread / lanes; slot < HALF; slot += threads / lanes) {
      let row = sh_pairs[slot] * PITCH;
      let by = sh_turns[slot];
      let by_other = second(by);
      for (var col = thread % lanes; col < SIZE; col += lanes) {
        let w = vec2f(sh_w[row.x + col], sh_w[row.y + col]);
        sh_w[row.x + col] = dot(by, w);
        sh_w[row.y + col] = dot(by_other, w);
      }
    }`,
  end: "",
};

/**
 * WGSL for the rounds of a sweep, of one column of W. The registers `row0` … are places. In each round slot i turns the rows
 * in the places `pairs[i]`. Then each row in `ring` moves to the place before its own, as in the tournament. No compiler
 * knows how many rounds there are: Mesa's would unroll the loop.
 */
function turnColumn(rounds: number, pairs: readonly (readonly [number, number])[], ring: readonly number[]): string {
  const next = (place: number) => {
    const at = ring.indexOf(place);
    return at < 0 ? place : ring.at(at - 1);
  };
  const each = (code: (slot: number, a: number, b: number) => string) =>
    pairs.map(([a, b], slot) => code(slot, a, b)).join("\n");
  return `
      for (var round = params.opaque_zero; round < ${rounds}; round++) {
        ${unroll(HALF / 4, (q) => {
          const at = `2 * (round * HALF + ${4 * q} + place_in_quad)`;
          return `let own${q} = vec2f(sh_h[${at}], sh_h[${at} + 1]);`;
        })}
        ${each(
          (slot, a, b) => `
        let by${slot} = quadBroadcast(own${Math.floor(slot / 4)}, ${slot % 4});
        let rows${slot} = vec2f(row${a}, row${b});
        let turned${slot} = vec2f(dot(by${slot}, rows${slot}), dot(second(by${slot}), rows${slot}));`,
        )}
        ${each((slot, a, b) => `row${next(a)} = turned${slot}.x; row${next(b)} = turned${slot}.y;`)}
      }`;
}

const places = Array.from({ length: SIZE - 1 }, (_, i) => i);
const slots = places.slice(0, HALF);

/**
 * For a CPU, where a read of memory takes as long as dozens of products: `sh_h` keeps all rotations. At the end each thread
 * turns one column of W after another, in registers.
 */
export const inRegisters: RotationProduct = {
  begin: "",
  // The tournament may name the rows of a slot in the other order than their places have. The angle is then the opposite.
  afterRound: /* wgsl */ `
    for (var slot = thread; slot < HALF; slot += threads) {
      let by = sh_turns[slot];
      let opposite = select(vec2f(-by.x, by.y), vec2f(by.x, -by.y), is_direct(by));
      let is_reversed = !cross && sh_pairs[slot].x != (round + slot) % (SIZE - 1);
      let own = select(by, opposite, is_reversed);
      sh_h[2 * (round * HALF + slot)] = own.x;
      sh_h[2 * (round * HALF + slot) + 1] = own.y;
    }`,
  end: /* wgsl */ `
  for (var first = 0u; first < SIZE; first += threads) {
    let col = first + thread;
    ${unroll(SIZE, (row) => `var row${row} = select(0.0, 1.0, col == ${row});`)}
    if (cross) {
      ${turnColumn(
        HALF,
        slots.map((slot) => [slot, HALF + slot]),
        [...places.slice(HALF), SIZE - 1],
      )}
    } else {
      ${turnColumn(
        SIZE - 1,
        slots.map((slot) => [slot, SIZE - 1 - slot]),
        places,
      )}
    }
    ${unroll(SIZE, (row) => `sh_w[${row} * PITCH + col] = row${row};`)}
  }
  workgroupBarrier(); // W is complete`,
};
