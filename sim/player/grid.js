// Time: every instant is a multiple of 2^-20 s, so + - and comparisons are exact and agree with the Python engines
// (R8).

export const TICKS_PER_SECOND = 1048576;
const ROUNDER = 2 ** 52; // adding and subtracting it leaves a whole number, half to even

/** Seconds rounded half to even to a multiple of 2^-20 s. */
export function toGrid(seconds) {
  const ticks = seconds * TICKS_PER_SECOND;
  return (ticks < ROUNDER ? ticks + ROUNDER - ROUNDER : ticks) / TICKS_PER_SECOND;
}
