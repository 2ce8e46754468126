// Few cores compute for all threads: first come, first served, a quantum at a time (R14).
import { COMPUTED } from "ends";
import { TICKS_PER_SECOND } from "grid";
import { Line, Slots } from "pools";
import { instants, numbers, Rows } from "rows";

const QUANTUM = 104858 / TICKS_PER_SECOND; // Ruby's 100 ms

/** The stretch that a request computes. */
const stretchColumns = (room) => ({
  asked_at: instants(room),
  turn: numbers(room), // the row in the cores' turns, while the request has a core
  left: instants(room),
  mark: instants(room),
  quantum: instants(room),
  slice: instants(room),
});

const turnColumns = (room) => ({
  request_id: numbers(room),
  slot: numbers(room),
  taken_at: instants(room),
  left_at: instants(room),
});

export class Cores {
  cores;
  turns;
  #rows;
  #stretches; // a row per request
  #agenda;
  #slots;
  #line = new Line(); // who waits, by (asked_at, request_id)
  #over = new Line(); // whose quantum has just ended in the middle of a stretch

  constructor(rows, agenda, cores) {
    this.#rows = rows;
    this.#stretches = new Rows(stretchColumns, rows.count);
    this.#agenda = agenda;
    this.cores = cores;
    this.#slots = new Slots(cores);
    this.turns = new Rows(turnColumns, 4 * rows.count);
  }

  /** A stretch of `seconds` asks for a core; INBOUND is over `mark` seconds after its beginning (NaN: not in it). */
  ask(id, t, seconds, mark) {
    while (this.#stretches.count <= id) this.#stretches.add();
    const { of } = this.#stretches;
    of.left[id] = seconds;
    of.mark[id] = mark;
    this.#queue(id, t);
  }

  #queue(id, t) {
    const { asked_at: askedAt } = this.#stretches.of;
    askedAt[id] = t;
    let from = this.#line.length;
    while (from > 0 && askedAt[this.#line.at(from - 1)] === t) from--;
    this.#line.joinInOrder(id, from);
  }

  /** Whether somebody waits who could be given a core at once. */
  get isWanted() {
    return this.#slots.free > 0 && this.#line.length > 0;
  }

  /** Whose quantum is over gives way if others wait; then the free cores are given out. */
  handOut(t) {
    if (this.#over.length) this.#takeTurns(t);
    while (this.#line.length && this.#slots.free) {
      const id = this.#line.leave();
      this.#take(id, t);
      this.#begin(id, t);
    }
  }

  #takeTurns(t) {
    const others = this.#line.length > 0;
    while (this.#over.length) {
      const id = this.#over.leave();
      if (!others) this.#begin(id, t);
      else {
        this.#release(id, t);
        this.#queue(id, t);
      }
    }
  }

  #take(id, t) {
    const turn = this.turns.add();
    this.turns.of.slot[turn] = this.#slots.take(t);
    this.turns.of.request_id[turn] = id;
    this.turns.of.taken_at[turn] = t;
    this.#stretches.of.turn[id] = turn;
  }

  #release(id, t) {
    const turn = this.#stretches.of.turn[id];
    this.#slots.give(this.turns.of.slot[turn], t);
    this.turns.of.left_at[turn] = t;
    this.#stretches.of.turn[id] = -1;
  }

  #begin(id, t) {
    const { of } = this.#stretches;
    of.quantum[id] = QUANTUM;
    this.#compute(id, t);
  }

  /** Until the quantum, INBOUND or the stretch ends; nothing beyond the instant at which the request is cut off. */
  #compute(id, t) {
    const { of } = this.#stretches;
    let slice = Math.min(of.left[id], of.quantum[id]);
    if (of.mark[id] < slice) slice = of.mark[id];
    of.slice[id] = slice;
    if (t + slice < this.#rows.of.cut_at[id]) this.#agenda.add(t + slice, COMPUTED, id);
  }

  /** A slice is over; true when all of the stretch is. `inbound` is called where INBOUND ends. */
  ended(id, t, inbound) {
    const { of } = this.#stretches;
    of.left[id] -= of.slice[id];
    of.quantum[id] -= of.slice[id];
    of.mark[id] -= of.slice[id];
    if (of.mark[id] === 0) {
      of.mark[id] = Number.NaN;
      inbound(id);
    }
    if (of.left[id] === 0) this.leave(id, t);
    else if (of.quantum[id] === 0) this.#over.join(id);
    else this.#compute(id, t);
    return of.left[id] === 0;
  }

  /** The request computes no more, or waits no more. */
  leave(id, t) {
    if (this.#stretches.of.turn[id] >= 0) this.#release(id, t);
    else this.#line.drop(id);
  }
}
