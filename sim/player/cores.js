// Few cores compute for all threads: first come, first served, a quantum at a time (R14).
import { COMPUTED } from "ends";
import { TICKS_PER_SECOND } from "grid";
import { instants, numbers, Rows } from "rows";

const QUANTUM = 104858 / TICKS_PER_SECOND; // Ruby's 100 ms

const turnColumns = (room) => ({
  request_id: numbers(room),
  taken_at: instants(room),
  left_at: instants(room),
});

export class Cores {
  cores;
  turns;
  #rows;
  #agenda;
  #free;
  /** @type {number[]} who waits, by (asked_at, request_id) */
  #line = [];
  /** @type {number[]} whose quantum has just ended in the middle of a stretch */
  #over = [];

  constructor(rows, agenda, cores) {
    this.#rows = rows;
    this.#agenda = agenda;
    this.#free = this.cores = cores;
    this.turns = new Rows(turnColumns, 4 * rows.count);
  }

  /** A stretch of `seconds` asks for a core; INBOUND is over `mark` seconds after its beginning (NaN: not in it). */
  ask(id, t, seconds, mark) {
    const { of } = this.#rows;
    of.left[id] = seconds;
    of.mark[id] = mark;
    this.#queue(id, t);
  }

  #queue(id, t) {
    const { asked_at: askedAt } = this.#rows.of;
    askedAt[id] = t;
    let place = this.#line.length;
    while (place > 0 && askedAt[this.#line[place - 1]] === t && this.#line[place - 1] > id) place--;
    this.#line.splice(place, 0, id);
  }

  /** Whether somebody waits who could be given a core at once. */
  get isWanted() {
    return this.#free > 0 && this.#line.length > 0;
  }

  /** Whose quantum is over gives way if others wait; then the free cores are given out. */
  handOut(t) {
    if (this.#over.length) this.#takeTurns(t);
    while (this.#line.length && this.#free) {
      const id = /** @type {number} */ (this.#line.shift());
      this.#take(id, t);
      this.#begin(id, t);
    }
  }

  #takeTurns(t) {
    const others = this.#line.length > 0;
    for (const id of this.#over) {
      if (!others) this.#begin(id, t);
      else {
        this.#release(id, t);
        this.#queue(id, t);
      }
    }
    this.#over.length = 0;
  }

  #take(id, t) {
    this.#free--;
    const turn = this.turns.add();
    this.turns.of.request_id[turn] = id;
    this.turns.of.taken_at[turn] = t;
    this.#rows.of.turn[id] = turn;
  }

  #release(id, t) {
    this.#free++;
    this.turns.of.left_at[this.#rows.of.turn[id]] = t;
    this.#rows.of.turn[id] = -1;
  }

  #begin(id, t) {
    const { of } = this.#rows;
    of.quantum[id] = QUANTUM;
    this.#compute(id, t);
  }

  /** Until the quantum, INBOUND or the stretch ends; nothing beyond the instant at which the request is cut off. */
  #compute(id, t) {
    const { of } = this.#rows;
    let slice = Math.min(of.left[id], of.quantum[id]);
    if (of.mark[id] < slice) slice = of.mark[id];
    of.slice[id] = slice;
    if (t + slice < of.cut_at[id]) this.#agenda.add(t + slice, COMPUTED, id);
  }

  /** A slice is over; true when all of the stretch is. `inbound` is called where INBOUND ends. */
  ended(id, t, inbound) {
    const { of } = this.#rows;
    of.left[id] -= of.slice[id];
    of.quantum[id] -= of.slice[id];
    of.mark[id] -= of.slice[id];
    if (of.mark[id] === 0) {
      of.mark[id] = Number.NaN;
      inbound(id);
    }
    if (of.left[id] === 0) this.leave(id, t);
    else if (of.quantum[id] === 0) this.#over.push(id);
    else this.#compute(id, t);
    return of.left[id] === 0;
  }

  /** The request computes no more, or waits no more. */
  leave(id, t) {
    if (this.#rows.of.turn[id] >= 0) this.#release(id, t);
    else if (this.#line.includes(id)) this.#line.splice(this.#line.indexOf(id), 1);
  }
}
