// Few cores compute for all threads: first come, first served, a quantum at a time (R14).
import { COMPUTED } from "ends";
import { TICKS_PER_SECOND } from "grid";
import { Line, Slots } from "pools";
import { ids, instants, numbers, Rows, times } from "rows";

const QUANTUM = 104858 / TICKS_PER_SECOND; // Ruby's 100 ms

/** The stretch that the request on a thread computes: a row per thread. */
const stretchColumns = (threads) => ({
  cut_at: instants(threads), // when the request is cut off
  asked_at: instants(threads),
  turn: numbers(threads), // the row in the cores' turns, while the request has a core
  left: instants(threads),
  mark: instants(threads),
  quantum: instants(threads),
  slice: instants(threads),
});

const turnColumns = (room) => ({
  request_id: ids(room),
  slot: ids(room),
  taken_at: times(room),
  left_at: times(room),
});

export class Cores {
  cores;
  turns;
  #rows;
  #of;
  #agenda;
  #slots;
  #line = new Line(); // who waits, by (asked_at, request_id)
  #over = new Line(); // whose quantum has just ended in the middle of a stretch

  constructor(rows, agenda, { threads, cores }) {
    this.#rows = rows;
    this.#of = stretchColumns(threads);
    this.#agenda = agenda;
    this.cores = cores;
    this.#slots = new Slots(cores);
    this.turns = new Rows(turnColumns, 4 * rows.count);
  }

  #threadOf(id) {
    return this.#rows.of.slot[id];
  }

  /** Who has been given this thread is going to be cut off at `cutAt`. */
  begin(thread, cutAt) {
    this.#of.cut_at[thread] = cutAt;
  }

  /** A stretch of `seconds` asks for a core; INBOUND is over `mark` seconds after its beginning (NaN: not in it). */
  ask(id, t, seconds, mark) {
    const thread = this.#threadOf(id);
    this.#of.left[thread] = seconds;
    this.#of.mark[thread] = mark;
    this.#queue(id, t);
  }

  #queue(id, t) {
    const { asked_at: askedAt } = this.#of;
    askedAt[this.#threadOf(id)] = t;
    let from = this.#line.length;
    while (from > 0 && askedAt[this.#threadOf(this.#line.at(from - 1))] === t) from--;
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
        this.#release(this.#threadOf(id), t);
        this.#queue(id, t);
      }
    }
  }

  #take(id, t) {
    const turn = this.turns.add();
    this.turns.of.slot[turn] = this.#slots.take(t);
    this.turns.of.request_id[turn] = id;
    this.turns.of.taken_at[turn] = t;
    this.#of.turn[this.#threadOf(id)] = turn;
  }

  #release(thread, t) {
    const turn = this.#of.turn[thread];
    this.#slots.give(this.turns.of.slot[turn], t);
    this.turns.of.left_at[turn] = t;
    this.#of.turn[thread] = -1;
  }

  #begin(id, t) {
    const thread = this.#threadOf(id);
    this.#of.quantum[thread] = QUANTUM;
    this.#compute(id, thread, t);
  }

  /** Until the quantum, INBOUND or the stretch ends; nothing beyond the instant at which the request is cut off. */
  #compute(id, thread, t) {
    const { left, quantum, mark, slice, cut_at: cutAt } = this.#of;
    let seconds = Math.min(left[thread], quantum[thread]);
    if (mark[thread] < seconds) seconds = mark[thread];
    slice[thread] = seconds;
    if (t + seconds < cutAt[thread]) this.#agenda.add(t + seconds, COMPUTED, id);
  }

  /** A slice is over; true when all of the stretch is. `inbound` is called where INBOUND ends. */
  ended(id, t, inbound) {
    const { left, quantum, mark, slice } = this.#of;
    const thread = this.#threadOf(id);
    const seconds = slice[thread];
    left[thread] -= seconds;
    quantum[thread] -= seconds;
    mark[thread] -= seconds;
    if (mark[thread] === 0) {
      mark[thread] = Number.NaN;
      inbound(id);
    }
    if (left[thread] === 0) this.#release(thread, t);
    else if (quantum[thread] === 0) this.#over.join(id);
    else this.#compute(id, thread, t);
    return left[thread] === 0;
  }

  /** The request computes no more, or waits no more. */
  leave(id, t) {
    const thread = this.#threadOf(id);
    if (this.#of.turn[thread] >= 0) this.#release(thread, t);
    else this.#line.drop(id);
  }
}
