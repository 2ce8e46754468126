// A pool's turns, indexed: who waits for a slot, and whom each slot serves, at any instant.
import { countUntil, ordered } from "sorted";
import { COMPLETED, holds, REJECTED } from "turns";

/** For each slot the rows of its turns in order, and when it took them. */
function bySlot({ slots, slot, taken_at: takenAt, outcome }) {
  const counts = new Int32Array(slots);
  const served = (row) => slot[row] >= 0 && holds(outcome[row]);
  for (let row = 0; row < slot.length; row++) if (served(row)) counts[slot[row]]++;
  const pool = Array.from(counts, (count) => ({ rows: new Int32Array(count), at: new Float64Array(count) }));
  counts.fill(0);
  for (let row = 0; row < slot.length; row++) {
    if (!served(row)) continue;
    const { rows, at } = pool[slot[row]];
    const place = counts[slot[row]]++;
    [rows[place], at[place]] = [row, takenAt[row]];
  }
  return pool;
}

function isSorted(column) {
  for (let k = 1; k < column.length; k++) if (!(column[k - 1] <= column[k])) return false;
  return true;
}

/** Those who wait, ever, in the order in which they come: not who is turned away. */
function lineOf({ request_id: requestId, came_at: cameAt, taken_at: takenAt, outcome }) {
  if (isSorted(cameAt) && isSorted(takenAt) && !outcome.includes(REJECTED))
    return { ids: requestId, came: cameAt, taken: takenAt, firstServed: true };
  const { ids: rows, at: came } = ordered(cameAt.length, (row) => (outcome[row] === REJECTED ? NaN : cameAt[row]));
  const taken = Float64Array.from(rows, (row) => takenAt[row]);
  return { ids: Int32Array.from(rows, (row) => requestId[row]), came, taken, firstServed: isSorted(taken) };
}

export class PoolView {
  /** @type {Turns} */
  #turns;
  /** @type {ReturnType<typeof lineOf> | null} */
  #line = null;
  /** @type {ReturnType<typeof bySlot> | null} */
  #slots = null;

  /** @param {Turns} turns */
  constructor(turns) {
    this.#turns = turns;
  }

  /** Ids of the requests that wait at `t`, in the order in which they came. */
  waiting(t) {
    this.#line ??= lineOf(this.#turns);
    const { ids, came, taken, firstServed } = this.#line;
    const come = countUntil(came, t);
    if (firstServed) return ids.subarray(countUntil(taken, t), come);
    return ids.subarray(0, come).filter((_, k) => t < taken[k]);
  }

  /**
   * For each slot: {id, since, until, busy, run} of the turn that it serves at `t` or has served last; id -1: of none
   * so far.
   */
  slotsAt(t) {
    this.#slots ??= bySlot(this.#turns);
    const { request_id: requestId, number, taken_at: takenAt, left_at: leftAt, outcome } = this.#turns;
    return this.#slots.map(({ rows, at }) => {
      const row = rows[countUntil(at, t) - 1] ?? -1;
      if (row < 0) return { id: -1, since: NaN, until: NaN, busy: false, run: { number: 0, isUseful: true } };
      const run = { number: number[row], isUseful: outcome[row] <= COMPLETED };
      return { id: requestId[row], since: takenAt[row], until: leftAt[row], busy: t < leftAt[row], run };
    });
  }
}
