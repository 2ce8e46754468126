// What happened to each request: the turns at the pools, and the columns derived from them (`sim/records.py`).
import { ANSWERED, COMPLETED, holds, SKIPPED } from "turns";

/** Of each request the first and the last row of its turns; -1: it has none. */
function rowsOf({ request_id: requestId }, count) {
  const [first, last] = [new Int32Array(count).fill(-1), new Int32Array(count).fill(-1)];
  for (let row = 0; row < requestId.length; row++) {
    const id = requestId[row];
    if (first[id] < 0) first[id] = row;
    last[id] = row;
  }
  return { first, last };
}

/** A column of turns as one of requests, by the row of each; NaN where a request has none. */
function perRequest(column, rows) {
  const spreadOut = new Float64Array(rows.length).fill(Number.NaN);
  for (let id = 0; id < rows.length; id++) if (rows[id] >= 0) spreadOut[id] = column[rows[id]];
  return spreadOut;
}

/** When each request's last run ended; NaN where it did not complete, or where there is none. */
function ofCompleted({ left_at: leftAt, outcome }, last) {
  const completed = new Float64Array(last.length).fill(Number.NaN);
  for (let id = 0; id < last.length; id++)
    if (last[id] >= 0 && outcome[last[id]] === COMPLETED) completed[id] = leftAt[last[id]];
  return completed;
}

/** When the thread let go of each request, or its client had waited long enough. */
function answersOf({ came_at: cameAt, left_at: leftAt, outcome }, timeout) {
  const answered = new Float64Array(leftAt.length);
  for (let id = 0; id < answered.length; id++)
    answered[id] = outcome[id] === ANSWERED ? leftAt[id] : cameAt[id] + timeout;
  return answered;
}

/** A column of the turns at the threads without those who held nothing: a loop, since it is made while a knob turns. */
function unlessSkipped(column, { outcome }) {
  const held = new Float64Array(column.length);
  for (let id = 0; id < held.length; id++) held[id] = holds(outcome[id]) ? column[id] : Number.NaN;
  return held;
}

/** A row per request; what stands in columns of instants is NaN where it has not happened. */
export class Records {
  cycle;
  timeout;
  on_timeout;
  is_report;
  /** @type {Turns} a turn of every request */
  at_threads;
  /** @type {Turns} one of every run of a job; of no slots where a cycle has no workers */
  at_workers;
  ended_at;
  /** @type {Lab | undefined} what stands in a request's row beside its turns, where more goes wrong */
  lab;
  // columns, once somebody has asked for them
  /** @type {Float64Array | undefined} */
  #started;
  /** @type {Float64Array | undefined} */
  #responded;
  /** @type {Float64Array | undefined} */
  #finished;
  /** @type {Float64Array | undefined} */
  #skipped;
  /** @type {Float64Array | undefined} */
  #enqueued;
  /** @type {Float64Array | undefined} */
  #pickedUp;
  /** @type {Float64Array | undefined} */
  #completed;
  /** @type {ReturnType<typeof rowsOf> | undefined} */
  #runs;

  /** @param {Told} told */
  constructor({ cycle, timeout, on_timeout, is_report, at_threads, at_workers, ended_at, lab }) {
    this.cycle = cycle;
    this.timeout = timeout;
    this.on_timeout = on_timeout;
    this.is_report = is_report;
    this.at_threads = at_threads;
    this.at_workers = at_workers;
    this.ended_at = ended_at;
    this.lab = lab;
  }

  get threads() {
    return this.at_threads.slots;
  }

  get workers() {
    return this.at_workers.slots;
  }

  get arrived_at() {
    return this.at_threads.came_at;
  }

  /** When a thread reached each request, to start it or to skip it. */
  get reached_at() {
    return this.at_threads.taken_at;
  }

  get started_at() {
    this.#started ??= unlessSkipped(this.at_threads.taken_at, this.at_threads);
    return this.#started;
  }

  /** When each browser has an answer, good or bad. */
  get responded_at() {
    this.#responded ??= this.lab ? this.lab.responded_at : answersOf(this.at_threads, this.timeout);
    return this.#responded;
  }

  get finished_at() {
    this.#finished ??= unlessSkipped(this.at_threads.left_at, this.at_threads);
    return this.#finished;
  }

  get skipped_at() {
    const { taken_at: takenAt, outcome } = this.at_threads;
    this.#skipped ??= takenAt.map((at, id) => (outcome[id] === SKIPPED ? at : Number.NaN));
    return this.#skipped;
  }

  get enqueued_at() {
    this.#enqueued ??= this.lab ? this.lab.enqueued_at : perRequest(this.at_workers.came_at, this.runs.first);
    return this.#enqueued;
  }

  get picked_up_at() {
    this.#pickedUp ??= perRequest(this.at_workers.taken_at, this.runs.first);
    return this.#pickedUp;
  }

  get completed_at() {
    this.#completed ??= ofCompleted(this.at_workers, this.runs.last);
    return this.#completed;
  }

  /** Of each request the first and the last run of its job, as rows of `at_workers`. */
  get runs() {
    this.#runs ??= rowsOf(this.at_workers, this.at_threads.came_at.length);
    return this.#runs;
  }
}
