// Turns: what one pool did, a row for each stay with it: came, was taken by a slot, left it (`sim/turns.py`).
import { codes, instants, numbers } from "rows";

// whose work was good for something, then the others; -1: not yet
export const OUTCOMES = [
  "answered",
  "completed",
  "late",
  "killed",
  "skipped",
  "rejected",
  "failed",
  "lost",
  "returned",
];
export const [ANSWERED, COMPLETED, LATE, KILLED, SKIPPED, REJECTED, FAILED, LOST, RETURNED] = OUTCOMES.keys();

/** 0, 1, 2, ...: a loop, since it is made while a knob turns. */
function upTo(count) {
  const numbered = new Int32Array(count);
  for (let n = 0; n < count; n++) numbered[n] = n;
  return numbered;
}

/** Columns in which nobody has been taken yet. */
const nobodyTaken = (count) => ({
  taken_at: instants(count),
  left_at: instants(count),
  slot: numbers(count),
  outcome: codes(count),
});

/**
 * A turn for each request at so many threads, in the order of their numbers.
 * @param {number} slots
 * @param {Float64Array} cameAt
 * @returns {Turns}
 */
export function turnsOf(slots, cameAt, taken = nobodyTaken(cameAt.length)) {
  const count = cameAt.length;
  return { slots, request_id: upTo(count), number: new Int32Array(count), came_at: cameAt, ...taken, idle: 0 };
}

/** Whether a turn holds its slot for some time; who is skipped or turned away holds nothing. */
export const holds = (outcome) => outcome !== SKIPPED && outcome !== REJECTED;

/**
 * Slot-seconds of the turns that were good for something, and of the others.
 * @param {Turns} turns
 */
export function workOf({ taken_at: takenAt, left_at: leftAt, outcome }) {
  let [useful, wasted] = [0, 0];
  for (let row = 0; row < takenAt.length; row++) {
    const held = leftAt[row] - takenAt[row];
    if (outcome[row] <= COMPLETED) useful += held;
    else wasted += held;
  }
  return [useful, wasted];
}
