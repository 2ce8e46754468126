// A run, indexed so that its state at any instant is a few binary searches: scrubbing backwards is exact.
// An index is made when somebody first asks for it: while a knob is held most of them are not.
import { completionTime, isTimedOut, reachedAt, respondedAt } from "fates";
import { TICKS_PER_SECOND } from "grid";
import { hopsOf, trace } from "trace";

/** How many of the sorted instants have come by `at`. */
export function countUntil(sorted, at) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Ids for which `instant(id)` is one, in its order, ties by id, with the instants themselves.
 * What has not happened (NaN) or not yet (Infinity, in a run that is still going on) has no place in it.
 * @param {number} count
 * @param {(id: number) => number} instant
 */
export function ordered(count, instant) {
  const [ids, at] = [new Int32Array(count), new Float64Array(count)];
  let [found, sorted, last] = [0, true, -Infinity];
  for (let id = 0; id < count; id++) {
    const now = instant(id);
    if (!(now < Infinity)) continue;
    [ids[found], at[found]] = [id, now];
    found++;
    sorted &&= now >= last;
    last = now;
  }
  const own = { ids: ids.subarray(0, found), at: at.subarray(0, found) };
  return sorted ? own : inOrder(own, count);
}

/**
 * Sorts by (at, id). Instant and id become one whole number where both fit into 53 bits (in ticks: 36 hours of 65,536
 * requests), because numbers sort without asking a function back and forth: four times as fast.
 */
function inOrder({ ids, at }, count) {
  const width = 2 ** Math.ceil(Math.log2(count));
  const last = at.reduce((most, now) => Math.max(most, now), 0);
  if (!((last * TICKS_PER_SECOND + 1) * width <= Number.MAX_SAFE_INTEGER)) return inOrderBySight({ ids, at });
  const keys = at.map((now, k) => now * TICKS_PER_SECOND * width + ids[k]).sort();
  return {
    ids: Int32Array.from(keys, (key) => key % width),
    at: keys.map((key) => Math.floor(key / width) / TICKS_PER_SECOND),
  };
}

function inOrderBySight({ ids, at }) {
  const order = Int32Array.from(at.keys()).sort((a, b) => at[a] - at[b] || ids[a] - ids[b]);
  return { ids: order.map((k) => ids[k]), at: Float64Array.from(order, (k) => at[k]) };
}

/** For each slot of a pool, whom it served, in order. */
function bySlot(slots, slotOf, order, startedAt) {
  const pool = Array.from({ length: slots }, () => ({
    ids: /** @type {number[]} */ ([]),
    at: /** @type {number[]} */ ([]),
  }));
  for (const id of order) {
    if (slotOf[id] < 0 || Number.isNaN(startedAt[id])) continue; // whoever was skipped held nothing
    pool[slotOf[id]].ids.push(id);
    pool[slotOf[id]].at.push(startedAt[id]);
  }
  return pool;
}

/** Running totals of thread-seconds, in the order in which threads were given back. */
function totals(finished, records, counts) {
  const sums = new Float64Array(finished.ids.length + 1);
  finished.ids.forEach((id, k) => {
    sums[k + 1] = sums[k] + (counts(id) ? records.finished_at[id] - records.started_at[id] : 0);
  });
  return sums;
}

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

  /** When a thread reached each request: to serve it or to skip it. */
  get reachedAt() {
    const { records } = this;
    return this.once("reached", () => records.started_at.map((_, id) => reachedAt(records, id)));
  }

  /** For each request, when it and all before it have an answer. */
  get #settled() {
    const { records } = this;
    return this.once("settled", () => {
      let last = 0;
      return records.arrived_at.map((_, id) => {
        last = Math.max(last, respondedAt(records, id));
        return last;
      });
    });
  }

  /** How long the oldest of those waits that have no answer at `t`; 0 if all have one. */
  longestWait(t) {
    const oldest = countUntil(this.#settled, t);
    return oldest < this.#settled.length ? Math.max(0, t - this.records.arrived_at[oldest]) : 0;
  }

  get answered() {
    return this.#inOrder("answered", (id) => (this.#late(id) ? NaN : this.records.finished_at[id]));
  }

  get errors() {
    return this.#inOrder("errors", (id) => (this.#late(id) ? respondedAt(this.records, id) : NaN));
  }

  get responses() {
    return this.#inOrder("responses", (id) => respondedAt(this.records, id));
  }

  get finished() {
    return this.#inOrder("finished", (id) => this.records.finished_at[id]);
  }

  /** When each client's report existed, whatever brought it. */
  get delivered() {
    const { records } = this;
    return this.#inOrder("delivered", (id) =>
      records.is_report[id] ? records.arrived_at[id] + completionTime(records, id) : records.completed_at[id],
    );
  }

  /** The jobs in the order of the queue, and when they came and went. */
  get jobs() {
    return this.once("jobs", () => ordered(this.records.arrived_at.length, (id) => this.records.enqueued_at[id]).ids);
  }

  get enqueuedAt() {
    return this.once("enqueued", () => Float64Array.from(this.jobs, (id) => this.records.enqueued_at[id]));
  }

  get pickedUpAt() {
    return this.once("picked up", () => Float64Array.from(this.jobs, (id) => this.records.picked_up_at[id]));
  }

  get threads() {
    const { threads, thread, arrived_at: arrivedAt, started_at: startedAt } = this.records;
    return this.once("threads", () => bySlot(threads, thread, arrivedAt.keys(), startedAt));
  }

  get workers() {
    const { workers, worker, picked_up_at: pickedUpAt } = this.records;
    return this.once("workers", () => bySlot(workers, worker, this.jobs, pickedUpAt));
  }

  get usefulUntil() {
    return this.once("useful", () => totals(this.finished, this.records, (id) => !this.#late(id)));
  }

  get wastedUntil() {
    return this.once("wasted", () => totals(this.finished, this.records, this.#late));
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
    const first = countUntil(this.reachedAt, t);
    return Array.from({ length: countUntil(this.records.arrived_at, t) - first }, (_, k) => first + k);
  }

  /** Ids of the jobs in the queue at `t`, next one first. */
  queue(t) {
    return this.jobs.subarray(countUntil(this.pickedUpAt, t), countUntil(this.enqueuedAt, t));
  }

  /** For each slot: {id, until} of the one it serves at `t` or has served last; id -1 for none so far. */
  slots(pool, until, t) {
    return pool.map(({ ids, at }) => {
      const id = ids[countUntil(at, t) - 1] ?? -1;
      return { id, until: id < 0 ? NaN : until[id], busy: id >= 0 && t < until[id] };
    });
  }

  threadsAt(t) {
    return this.slots(this.threads, this.records.finished_at, t);
  }

  workersAt(t) {
    return this.slots(this.workers, this.records.completed_at, t);
  }

  /** Whose requests hold a core at `t`, where cores are few. */
  computing(_) {
    return /** @type {Set<number>} */ (new Set());
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

  /** The hop at which a request is at `t`, and the one that follows: {hop, at, until, next}; null when at none. */
  hopAt(id, t) {
    const journey = this.records.is_report[id] ? this.cycle.report : this.cycle.page;
    const hops = hopsOf(this.records, this.workload, journey, id);
    const here = hops.findLastIndex(({ at }) => at <= t);
    return here >= 0 && t < hops[here].until ? { ...hops[here], next: hops[here + 1]?.hop ?? null } : null;
  }

  /** Thread-seconds up to `t`: useful, wasted, running (not yet decided) and idle. */
  ledgerAt(t) {
    const done = countUntil(this.finished.at, t);
    const sums = { useful: this.usefulUntil[done], wasted: this.wastedUntil[done], running: 0 };
    for (const { id, busy } of this.threadsAt(t)) {
      if (busy) sums[this.isGone(id, t) ? "wasted" : "running"] += t - this.records.started_at[id];
    }
    return { ...sums, idle: this.records.threads * t - sums.useful - sums.wasted - sums.running };
  }

  /** What a bystander could count at `t`. */
  countsAt(t) {
    return {
      arrived: countUntil(this.records.arrived_at, t),
      answered: countUntil(this.answered.at, t),
      timed_out: countUntil(this.errors.at, t),
      backlog: this.waiting(t).length,
      threads_busy: this.threadsAt(t).filter(({ busy }) => busy).length,
      queue: this.queue(t).length,
      workers_busy: this.workersAt(t).filter(({ busy }) => busy).length,
      reports_done: countUntil(this.delivered.at, t),
    };
  }
}
