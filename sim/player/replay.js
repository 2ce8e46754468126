// A run, indexed so that its state at any instant is a few binary searches: scrubbing backwards is exact.

import { completionTime } from "figures";
import { isTimedOut, jobsInOrder, respondedAt } from "model";
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

/** Ids for which `instant(id)` is one, in its order, with the instants themselves. */
function ordered(count, instant) {
  const all = Float64Array.from({ length: count }, (_, id) => instant(id));
  const ids = Int32Array.from(all.keys()).filter((id) => !Number.isNaN(all[id]));
  ids.sort((a, b) => all[a] - all[b] || a - b);
  return { ids, at: Float64Array.from(ids, (id) => all[id]) };
}

/** For each slot of a pool, whom it served, in order. */
function bySlot(slots, slotOf, order, startedAt) {
  const pool = Array.from({ length: slots }, () => ({ ids: [], at: [] }));
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
  #trace = null;

  constructor(records, workload, cycle) {
    Object.assign(this, { records, workload, cycle });
    const count = records.arrived_at.length;
    const late = (id) => isTimedOut(records, id);
    this.reachedAt = records.started_at.map((at, id) => (Number.isNaN(at) ? records.skipped_at[id] : at));
    this.answered = ordered(count, (id) => (late(id) ? NaN : records.finished_at[id]));
    this.errors = ordered(count, (id) => (late(id) ? respondedAt(records, id) : NaN));
    this.responses = ordered(count, (id) => respondedAt(records, id));
    this.finished = ordered(count, (id) => records.finished_at[id]);
    this.jobs = jobsInOrder(records);
    this.enqueuedAt = Float64Array.from(this.jobs, (id) => records.enqueued_at[id]);
    this.pickedUpAt = Float64Array.from(this.jobs, (id) => records.picked_up_at[id]);
    this.completed = ordered(count, (id) => records.completed_at[id]);
    this.delivered = ordered(count, (id) => this.#deliveredAt(id));
    this.threads = bySlot(records.threads, records.thread, records.arrived_at.keys(), records.started_at);
    this.workers = bySlot(records.workers, records.worker, this.jobs, records.picked_up_at);
    this.usefulUntil = totals(this.finished, records, (id) => !late(id));
    this.wastedUntil = totals(this.finished, records, late);
    this.endedAt = Math.max(records.ended_at ?? 0, this.responses.at.at(-1) ?? 0);
  }

  #deliveredAt(id) {
    const time = this.records.is_report[id] ? completionTime(this.records, id) : Infinity;
    return time < Infinity ? this.records.arrived_at[id] + time : NaN;
  }

  /** The events of the run, told when somebody first asks. */
  get trace() {
    this.#trace ??= trace(this.records, this.workload, this.cycle);
    return this.#trace;
  }

  /** Ids that wait for a thread at `t`: [first, beyond the last). */
  backlog(t) {
    return [countUntil(this.reachedAt, t), countUntil(this.records.arrived_at, t)];
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
    const [first, last] = this.backlog(t);
    return {
      arrived: last,
      answered: countUntil(this.answered.at, t),
      timed_out: countUntil(this.errors.at, t),
      backlog: last - first,
      threads_busy: this.threadsAt(t).filter(({ busy }) => busy).length,
      queue: this.queue(t).length,
      workers_busy: this.workersAt(t).filter(({ busy }) => busy).length,
      reports_done: countUntil(this.delivered.at, t),
    };
  }
}
