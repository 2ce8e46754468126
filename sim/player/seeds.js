// The seeds of a scenario's other luck: those that `python -m sim ... --seed` takes (`sim.studies.seeds`), as texts.

const BLOCK = 100_000n; // seeds that belong to one seed
const BOUND = 2n ** 63n;
const OTHERS = 20;

/** The seed with number `number` of a scenario's; its own is number 0. */
export function seedOf(own, number) {
  return number ? String(((BigInt(own) + 1n) * BLOCK + BigInt(number)) % BOUND) : String(own);
}

/** Which of a scenario's seeds it is; -1 for one that does not belong to it. */
export function numberOf(own, seed) {
  if (seed === String(own)) return 0;
  const number = Number(BigInt(seed) - BigInt(seedOf(own, 1))) + 1;
  return number > 0 && number < BLOCK ? number : -1;
}

/** The seed that comes after `seed` among a scenario's. */
export const nextSeed = (own, seed) => seedOf(own, numberOf(own, seed) + 1);

/** What one calls it: "luck 3", or the seed itself where it belongs to another scenario. */
export function luckName(own, seed) {
  const number = numberOf(own, seed);
  return number < 0 ? `seed ${seed}` : `luck ${number}`;
}

/** So many seeds of a scenario's that are not `seed`, its own first. */
export function othersOf(own, seed, count = OTHERS) {
  const all = Array.from({ length: count + 1 }, (_, number) => seedOf(own, number));
  return all.filter((other) => other !== seed).slice(0, count);
}

/** Whether a text says a seed. */
export const isSeed = (text) => /^\d{1,19}$/.test(text) && BigInt(text) < BOUND;
