// A run, indexed so that its state at any instant is a few binary searches: scrubbing backwards is exact.
// An index is made when somebody first asks for it: while a knob is held most of them are not.
import { completionTime, isTimedOut, respondedAt } from "fates";
import { PoolView } from "poolview";
import { countUntil, ordered } from "sorted";
import { hopsOf, trace } from "trace";
import { COMPLETED, holds } from "turns";

const NOTHING_SPENT = { at: new Float64Array(0), useful: [0], wasted: [0] };

export class Replay {
  /** @type {Lab | undefined} what else there is where more goes wrong */
  lab;
  /** @type {Map<string, any>} */
  #made = new Map();
  records;
  workload;
  cycle;

  /**
   * @param {Records} records
   * @param {Workload} workload
   * @param {Cycle} cycle
   */
  constructor(records, workload, cycle) {
    this.records = records;
    this.workload = workload;
    this.cycle = cycle;
  }

  /** What is worked out when somebody first asks for it. */
  once(name, make) {
    if (!this.#made.has(name)) this.#made.set(name, make());
    return this.#made.get(name);
  }

  #inOrder(name, instant) {
    return this.once(name, () => ordered(this.records.arrived_at.length, instant));
  }

  #late = (id) => isTimedOut(this.records, id);

  /** For each request, when it and all before it have an answer. */
  get #settled() {
    const { records } = this;
    return this.once("settled", () => {
      const settled = records.responded_at.slice();
      let last = 0;
      for (let id = 0; id < settled.length; id++) settled[id] = last = Math.max(last, settled[id]);
      return settled;
    });
  }

  /** How long the oldest of those waits that have no answer at `t`; 0 if all have one. */
  longestWait(t) {
    const oldest = countUntil(this.#settled, t);
    return oldest < this.#settled.length ? Math.max(0, t - this.records.arrived_at[oldest]) : 0;
  }

  get answered() {
    return this.#inOrder("answered", (id) => (this.#late(id) ? NaN : this.records.at_threads.left_at[id]));
  }

  get errors() {
    return this.#inOrder("errors", (id) => (this.#late(id) ? respondedAt(this.records, id) : NaN));
  }

  get responses() {
    return this.#inOrder("responses", (id) => respondedAt(this.records, id));
  }

  /** When each client's report existed, whatever brought it. */
  get delivered() {
    const { records } = this;
    return this.#inOrder("delivered", (id) =>
      records.is_report[id] ? records.arrived_at[id] + completionTime(records, id) : records.completed_at[id],
    );
  }

  get #threads() {
    return this.once("threads", () => new PoolView(this.records.at_threads));
  }

  get #workers() {
    return this.once("workers", () => new PoolView(this.records.at_workers));
  }

  /** When threads were given back, and the thread-seconds so far: for something, and for nothing. */
  get #spent() {
    const { taken_at: takenAt, left_at: leftAt, outcome } = this.records.at_threads;
    return this.once("spent", () => {
      const { ids: rows, at } = ordered(leftAt.length, (row) => (holds(outcome[row]) ? leftAt[row] : NaN));
      const [useful, wasted] = [new Float64Array(at.length + 1), new Float64Array(at.length + 1)];
      rows.forEach((row, k) => {
        const [held, isUseful] = [leftAt[row] - takenAt[row], outcome[row] <= COMPLETED];
        useful[k + 1] = useful[k] + (isUseful ? held : 0);
        wasted[k + 1] = wasted[k] + (isUseful ? 0 : held);
      });
      return { at, useful, wasted };
    });
  }

  get endedAt() {
    return Math.max(this.records.ended_at ?? 0, this.#settled.at(-1) ?? 0);
  }

  /** The events of the run. */
  get trace() {
    return this.once("trace", () => trace(this.records, this.workload, this.cycle));
  }

  /** Ids that wait for a thread at `t`, next one first. */
  waiting(t) {
    return this.#threads.waiting(t);
  }

  /** Ids of the jobs that wait in a queue at `t`, in the order in which they came. */
  queue(t) {
    return this.#workers.waiting(t);
  }

  /** For each thread: {id, since, until, busy, run} of the one it serves at `t` or has served last; id -1 for none. */
  threadsAt(t) {
    return this.#threads.slotsAt(t);
  }

  workersAt(t) {
    return this.#workers.slotsAt(t);
  }

  /** Who a request of the trace is, and, of one that comes again, after how long. */
  who(id) {
    return `${this.records.is_report[id] ? "report" : "page"} ${id}`;
  }

  again(_) {
    return "";
  }

  /** Whose requests hold a core at `t`, where cores are few. */
  computing(_) {
    return /** @type {Set<number>} */ (new Set());
  }

  /** How many requests on a thread wait for a core at `t`. */
  waitForCore(_) {
    return 0;
  }

  /** [from, until] of the stop in which the worker application is at `t`, or null. */
  stoppedAt(_) {
    return /** @type {number[] | null} */ (null);
  }

  /** The status that a client with an error was told. */
  errorCode(_) {
    return "503";
  }

  /** Whether the client has its error at `t`. */
  isGone(id, t) {
    return t >= this.records.arrived_at[id] + this.records.timeout && isTimedOut(this.records, id);
  }

  journeyOf(id) {
    return this.records.is_report[id] ? this.cycle.report : this.cycle.page;
  }

  /** The hops of a request: [{hop, at, until}, ...]. */
  hopsOf(id) {
    return hopsOf(this.records, this.workload, this.journeyOf(id), id);
  }

  /** The hop at which a request is at `t`, and the one that follows: {hop, at, until, next}; null when at none. */
  hopAt(id, t) {
    /** @type {any[]} */
    const hops = this.hopsOf(id);
    const here = hops.findLastIndex(({ at }) => at <= t);
    return here >= 0 && t < hops[here].until ? { ...hops[here], next: hops[here + 1]?.hop ?? null } : null;
  }

  /** Whether anybody has come by `t`; before that nothing has happened, and nothing is sorted to find what has. */
  begun(t) {
    return t >= this.records.arrived_at[0];
  }

  /** How many of these instants have come by `t`. */
  until(t, instants) {
    return this.begun(t) ? countUntil(instants().at, t) : 0;
  }

  /** Thread-seconds up to `t`: useful, wasted, running (not yet decided) and idle. */
  ledgerAt(t) {
    const { at, useful, wasted } = this.begun(t) ? this.#spent : NOTHING_SPENT;
    const done = countUntil(at, t);
    const sums = { useful: useful[done], wasted: wasted[done], running: 0 };
    for (const { id, since, busy } of this.threadsAt(t)) {
      if (busy) sums[this.isGone(id, t) ? "wasted" : "running"] += t - since;
    }
    return { ...sums, idle: this.records.threads * t - sums.useful - sums.wasted - sums.running };
  }

  /** What a bystander could count at `t`. */
  countsAt(t) {
    return {
      arrived: countUntil(this.records.arrived_at, t),
      answered: this.until(t, () => this.answered),
      timed_out: this.until(t, () => this.errors),
      backlog: this.waiting(t).length,
      threads_busy: this.threadsAt(t).filter(({ busy }) => busy).length,
      queue: this.queue(t).length,
      workers_busy: this.workersAt(t).filter(({ busy }) => busy).length,
      reports_done: this.until(t, () => this.delivered),
    };
  }
}
