// The yardstick of the page's event loop: a bare recursion for first come, first served (R1 to R10 with the default
// on_timeout), over a heap of free times. It knows no retries, and no other rule of what goes wrong could be added to
// it.

class Pool {
  constructor(size) {
    this.free = new Float64Array(size);
    this.slot = Int32Array.from({ length: size }, (_, slot) => slot);
    this.idle = 0;
  }

  take(start, end) {
    const slot = this.slot[0];
    this.idle += start - this.free[0];
    this.free[0] = end;
    this.#sift();
    return slot;
  }

  #before(a, b) {
    return this.free[a] < this.free[b] || (this.free[a] === this.free[b] && this.slot[a] < this.slot[b]);
  }

  #sift() {
    for (let at = 0; ; ) {
      let first = 2 * at + 1;
      if (first >= this.free.length) return;
      if (first + 1 < this.free.length && this.#before(first + 1, first)) first++;
      if (!this.#before(first, at)) return;
      [this.free[at], this.free[first]] = [this.free[first], this.free[at]];
      [this.slot[at], this.slot[first]] = [this.slot[first], this.slot[at]];
      at = first;
    }
  }
}

const timeOf = (hops, hopTimes) => ({
  constant: hops.filter((hop) => hop !== "external").reduce((sum, hop) => sum + hopTimes[hop], 0),
  external: hops.includes("external") ? 1 : 0,
});

function legsOf(journey, hopTimes) {
  const pushes = journey.thread.includes("queue");
  const cut = pushes ? journey.thread.indexOf("queue") + 1 : journey.thread.length;
  const [first, back] = [journey.thread.slice(0, cut), journey.thread.slice(cut)].map((leg) => timeOf(leg, hopTimes));
  return { first, back, job: timeOf(journey.worker, hopTimes), pushes };
}

const blank = (count) => new Float64Array(count).fill(NaN);
const INSTANTS = ["started_at", "enqueued_at", "finished_at", "skipped_at", "picked_up_at", "completed_at"];

/** The records of one run, as the page's model has them. */
export function recursion(workload, cycle, { threads, workers, timeout }) {
  const count = workload.arrived_at.length;
  const records = Object.fromEntries(INSTANTS.map((name) => [name, blank(count)]));
  records.thread = new Int32Array(count).fill(-1);
  records.worker = new Int32Array(count).fill(-1);
  const legs = [cycle.page, cycle.report].map((journey) => legsOf(journey, workload.hop_times));
  atThreads(records, workload, legs, new Pool(threads), timeout);
  if (cycle.report.worker.length) atWorkers(records, workload, legs, new Pool(workers));
  return records;
}

function atThreads(records, workload, legs, pool, timeout) {
  const { arrived_at: arrivedAt, is_report: isReport, external_time: externalTime } = workload;
  for (let id = 0; id < arrivedAt.length; id++) {
    const { first, back, pushes } = legs[isReport[id]];
    const start = Math.max(arrivedAt[id], pool.free[0]);
    if (start >= arrivedAt[id] + timeout) {
      records.skipped_at[id] = start;
      records.thread[id] = pool.slot[0];
      continue;
    }
    const pushed = start + first.constant + first.external * externalTime[id];
    const end = pushed + back.constant + back.external * externalTime[id];
    records.started_at[id] = start;
    records.finished_at[id] = end;
    records.thread[id] = pool.take(start, end);
    if (pushes) records.enqueued_at[id] = pushed;
  }
}

function atWorkers(records, workload, legs, pool) {
  const { enqueued_at: enqueuedAt } = records;
  const jobs = Array.from(enqueuedAt.keys()).filter((id) => enqueuedAt[id] >= 0);
  for (const id of jobs.sort((a, b) => enqueuedAt[a] - enqueuedAt[b] || a - b)) {
    const { job } = legs[workload.is_report[id]];
    const start = Math.max(enqueuedAt[id], pool.free[0]);
    records.picked_up_at[id] = start;
    records.completed_at[id] = start + job.constant + job.external * workload.external_time[id];
    records.worker[id] = pool.take(start, records.completed_at[id]);
  }
}
