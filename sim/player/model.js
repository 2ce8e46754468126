// The exact recursion (rules R1 to R10): who waits for whom, first come, first served, over a heap of free times.
// Every instant is a multiple of 2^-20 s, so + - and comparisons are exact and agree with the Python engines.

export const TICKS_PER_SECOND = 1048576;
const ROUNDER = 2 ** 52; // adding and subtracting it leaves a whole number, half to even

/** Seconds rounded half to even to a multiple of 2^-20 s. */
export function toGrid(seconds) {
  const ticks = seconds * TICKS_PER_SECOND;
  return (ticks < ROUNDER ? ticks + ROUNDER - ROUNDER : ticks) / TICKS_PER_SECOND;
}

/** Slots of one pool; the next one taken is the longest idle, ties by lowest number (R10). */
export class Pool {
  constructor(size) {
    this.size = size;
    this.freeSince = new Float64Array(size);
    this.number = Int32Array.from({ length: size }, (_, slot) => slot);
    this.idleTime = 0;
  }

  /** When the first slot is free for a request that comes at `at`. */
  readyAt(at) {
    return Math.max(at, this.freeSince[0]);
  }

  /** The number of the slot that is taken next. */
  get next() {
    return this.number[0];
  }

  /** Occupy the first free slot from `start` to `end`; returns its number. */
  take(start, end) {
    const slot = this.number[0];
    this.idleTime += start - this.freeSince[0];
    this.freeSince[0] = end;
    this.#sift();
    return slot;
  }

  /** Idle slot-seconds up to `end`, gathered gap by gap. */
  idleUntil(end) {
    return this.freeSince.reduce((sum, since) => sum + (end - since), this.idleTime);
  }

  #before(a, b) {
    return (
      this.freeSince[a] < this.freeSince[b] ||
      (this.freeSince[a] === this.freeSince[b] && this.number[a] < this.number[b])
    );
  }

  #sift() {
    for (let at = 0; ; ) {
      let first = 2 * at + 1;
      if (first >= this.size) return;
      if (first + 1 < this.size && this.#before(first + 1, first)) first++;
      if (!this.#before(first, at)) return;
      [this.freeSince[at], this.freeSince[first]] = [this.freeSince[first], this.freeSince[at]];
      [this.number[at], this.number[first]] = [this.number[first], this.number[at]];
      at = first;
    }
  }
}

/** Seconds of the constant hops of a way, and whether the slow external call is one of them. */
function timeOf(hops, hopTimes) {
  const constant = hops.filter((hop) => hop !== "external").reduce((sum, hop) => sum + hopTimes[hop], 0);
  return { constant, external: hops.includes("external") ? 1 : 0 };
}

/** One journey as durations: thread time until the push, thread time after it, worker time. */
export function legsOf(journey, hopTimes) {
  const cut = journey.thread.indexOf("queue") + 1 || journey.thread.length;
  return {
    first: timeOf(journey.thread.slice(0, cut), hopTimes),
    afterPush: timeOf(journey.thread.slice(cut), hopTimes),
    job: timeOf(journey.worker, hopTimes),
    pushes: journey.thread.includes("queue"),
  };
}

const blank = (count) => new Float64Array(count).fill(NaN);

function emptyRecords(workload, cycle, scenario) {
  const count = workload.arrived_at.length;
  return {
    cycle: cycle.name,
    threads: scenario.threads,
    workers: hasWorkers(cycle) ? scenario.workers : 0,
    timeout: scenario.timeout,
    on_timeout: scenario.on_timeout,
    arrived_at: workload.arrived_at,
    is_report: workload.is_report,
    started_at: blank(count),
    enqueued_at: blank(count),
    finished_at: blank(count),
    skipped_at: blank(count),
    picked_up_at: blank(count),
    completed_at: blank(count),
    thread: new Int32Array(count).fill(-1),
    worker: new Int32Array(count).fill(-1),
  };
}

const hasWorkers = (cycle) => cycle.page.worker.length + cycle.report.worker.length > 0;

/**
 * The records of one run: a column per instant (NaN = has not happened), a row per request.
 * `workload`: columns arrived_at, is_report, external_time (s), web_time (or null), and hop_times;
 * `cycle`: {name, page, report}, each journey {thread: [hops], worker: [hops]};
 * `scenario`: threads, workers, timeout, on_timeout.
 */
export function simulate(workload, cycle, scenario) {
  const records = emptyRecords(workload, cycle, scenario);
  const legs = [cycle.page, cycle.report].map((journey) => legsOf(journey, workload.hop_times));
  const threads = new Pool(scenario.threads);
  const workers = new Pool(records.workers);
  serveRequests(records, workload, legs, threads);
  if (hasWorkers(cycle)) serveJobs(records, workload, legs, workers);
  records.ended_at = endOf(records);
  records.thread_idle_time = threads.idleUntil(records.ended_at ?? 0);
  records.worker_idle_time = workers.idleUntil(records.ended_at ?? 0);
  return records;
}

function serveRequests(records, workload, legs, threads) {
  const { timeout, on_timeout: onTimeout } = records;
  const { arrived_at: arrivedAt, is_report: isReport, external_time: externalTime, web_time: webTime } = workload;
  for (let id = 0; id < arrivedAt.length; id++) {
    const { first, afterPush, pushes } = legs[isReport[id] ? 1 : 0];
    const deadline = arrivedAt[id] + timeout;
    const start = threads.readyAt(arrivedAt[id]);
    if (start >= deadline && onTimeout !== "finish_all") {
      records.skipped_at[id] = start; // its client has gone: R4
      records.thread[id] = threads.next;
      continue;
    }
    const pushed = start + first.constant + first.external * externalTime[id] + (webTime ? webTime[id] : 0);
    const end = pushed + afterPush.constant + afterPush.external * externalTime[id];
    const killed = onTimeout === "kill" && end >= deadline;
    const finish = killed ? deadline : end;
    records.started_at[id] = start;
    records.finished_at[id] = finish;
    records.thread[id] = threads.take(start, finish);
    if (pushes && !(killed && pushed >= deadline)) records.enqueued_at[id] = pushed;
  }
}

/** Ids of the pushed jobs in the order of the queue: by (enqueued_at, request_id). */
export function jobsInOrder(records) {
  const { enqueued_at: enqueuedAt } = records;
  const jobs = [];
  let sorted = true;
  for (let id = 0; id < enqueuedAt.length; id++) {
    if (Number.isNaN(enqueuedAt[id])) continue;
    sorted &&= !jobs.length || enqueuedAt[jobs[jobs.length - 1]] <= enqueuedAt[id];
    jobs.push(id);
  }
  return Int32Array.from(sorted ? jobs : jobs.sort((a, b) => enqueuedAt[a] - enqueuedAt[b] || a - b));
}

function serveJobs(records, workload, legs, workers) {
  for (const id of jobsInOrder(records)) {
    const { job } = legs[records.is_report[id] ? 1 : 0];
    const start = workers.readyAt(records.enqueued_at[id]);
    const end = start + job.constant + job.external * workload.external_time[id];
    records.picked_up_at[id] = start;
    records.completed_at[id] = end;
    records.worker[id] = workers.take(start, end);
  }
}

function endOf(records) {
  let last = -Infinity;
  for (const name of ["finished_at", "skipped_at", "completed_at"])
    for (const at of records[name]) if (at > last) last = at;
  return last === -Infinity ? null : last;
}

/** Whether the client got an error: skipped, or finished at its deadline or later (the deadline wins ties: R3). */
export function isTimedOut(records, id) {
  return !(records.finished_at[id] - records.arrived_at[id] < records.timeout);
}

/** When the browser has an answer, good or bad. */
export function respondedAt(records, id) {
  return isTimedOut(records, id) ? records.arrived_at[id] + records.timeout : records.finished_at[id];
}
