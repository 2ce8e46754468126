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

/** The rows of those who wait at `t`, in the order in which they came, found by looking at all of them. */
function waitingAt({ came_at: cameAt, taken_at: takenAt, outcome }, t) {
  const rows = [];
  let inOrder = true;
  for (let row = 0; row < cameAt.length; row++) {
    if (!(cameAt[row] <= t && t < takenAt[row]) || outcome[row] === REJECTED) continue;
    inOrder &&= !rows.length || cameAt[rows[rows.length - 1]] <= cameAt[row];
    rows.push(row);
  }
  return inOrder ? rows : rows.sort((a, b) => cameAt[a] - cameAt[b] || a - b);
}

/** For each slot the row of the turn that it serves at `t` or has served last, found by looking at all; -1 for none. */
function lastAt({ slots, slot, taken_at: takenAt, outcome }, t) {
  const rows = new Int32Array(slots).fill(-1);
  for (let row = 0; row < slot.length; row++)
    if (takenAt[row] <= t && slot[row] >= 0 && holds(outcome[row])) rows[slot[row]] = row;
  return rows;
}

/** What is asked for the first time is looked for; the second time, an index is made: of a held knob's run none is. */
export class PoolView {
  /** @type {Turns} */
  #turns;
  /** @type {ReturnType<typeof lineOf> | null} */
  #line = null;
  /** @type {ReturnType<typeof bySlot> | null} */
  #slots = null;

  #asked = new Set();

  /** @param {Turns} turns */
  constructor(turns) {
    this.#turns = turns;
  }

  /** Ids of the requests that wait at `t`, in the order in which they came. */
  waiting(t) {
    const { request_id: requestId } = this.#turns;
    if (this.#isNew("line")) return Int32Array.from(waitingAt(this.#turns, t), (row) => requestId[row]);
    this.#line ??= lineOf(this.#turns);
    const { ids, came, taken, firstServed } = this.#line;
    const come = countUntil(came, t);
    if (firstServed) return ids.subarray(countUntil(taken, t), come);
    return ids.subarray(0, come).filter((_, k) => t < taken[k]);
  }

  /** For each slot the row of the turn that it serves at `t` or has served last. */
  #rowsAt(t) {
    if (this.#isNew("slots")) return lastAt(this.#turns, t);
    this.#slots ??= bySlot(this.#turns);
    return this.#slots.map(({ rows, at }) => rows[countUntil(at, t) - 1] ?? -1);
  }

  /** Whether it is asked for the first time. */
  #isNew(what) {
    if (this.#asked.has(what)) return false;
    this.#asked.add(what);
    return true;
  }

  /**
   * For each slot: {id, since, until, busy, run} of the turn that it serves at `t` or has served last; id -1: of none
   * so far.
   */
  slotsAt(t) {
    const { request_id: requestId, number, taken_at: takenAt, left_at: leftAt, outcome } = this.#turns;
    return Array.from(this.#rowsAt(t), (row) => {
      if (row < 0) return { id: -1, since: NaN, until: NaN, busy: false, run: { number: 0, isUseful: true } };
      const run = { number: number[row], isUseful: outcome[row] <= COMPLETED };
      return { id: requestId[row], since: takenAt[row], until: leftAt[row], busy: t < leftAt[row], run };
    });
  }
}
