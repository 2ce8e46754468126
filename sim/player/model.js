// The page's own engine: an event loop, written from the rules (docs/model.md, R1 to R10) and from nothing else.
// It is held equal to the Python engines, which are unlike it: request by request, with ==. (R11 to R19: `lab`.)
import { Agenda } from "agenda";
import { simulateLab } from "lab";
import { goesWrong } from "mishaps";
import { Line, Slots } from "pools";

/** What can end: the push, a stay on a thread, a run in a worker. */
const [PUSHED, LEFT_THREAD, LEFT_WORKER] = [0, 1, 2];

/** Seconds of the constant hops of a way, and whether the slow external call is one of them. */
function timeOf(hops, hopTimes) {
  const constant = hops.filter((hop) => hop !== "external").reduce((sum, hop) => sum + hopTimes[hop], 0);
  return { constant, external: hops.includes("external") ? 1 : 0 };
}

/** One journey as durations: thread time until the push, thread time after it, worker time. */
function legsOf(journey, hopTimes) {
  const cut = journey.thread.indexOf("queue") + 1 || journey.thread.length;
  return {
    first: timeOf(journey.thread.slice(0, cut), hopTimes),
    afterPush: timeOf(journey.thread.slice(cut), hopTimes),
    job: timeOf(journey.worker, hopTimes),
    pushes: journey.thread.includes("queue"),
  };
}

const hasWorkers = (cycle) => cycle.page.worker.length + cycle.report.worker.length > 0;
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

/** @returns {number} */
function noDraw(stream) {
  throw new Error(`no draws for stream ${stream}`);
}

/** One cycle serving one workload. */
class Run {
  records;
  #workload;
  #legs;
  #agenda = new Agenda();
  #arrivals = 0; // so many requests have come
  #backlog = new Line();
  #queue = new Line();
  /** @type {number[]} */
  #joining = []; // jobs that were pushed at this instant
  #threads;
  #workers;
  #ended = -Infinity;

  constructor(workload, cycle, scenario) {
    this.records = emptyRecords(workload, cycle, scenario);
    this.#workload = workload;
    this.#legs = [cycle.page, cycle.report].map((journey) => legsOf(journey, workload.hop_times));
    this.#threads = new Slots(this.records.threads);
    this.#workers = new Slots(this.records.workers);
  }

  /**
   * The next instant at which something happens, in the order that the contract gives to what happens at one instant;
   * whatever takes no time is found by the next call, at the same instant. False when all is done.
   */
  instant() {
    const { arrived_at: arrivedAt } = this.records;
    const t = Math.min(this.#agenda.next, this.#arrivals < arrivedAt.length ? arrivedAt[this.#arrivals] : Infinity);
    if (t === Infinity) return false;
    while (this.#agenda.next === t) this.#end(t); // first what ends
    while (arrivedAt[this.#arrivals] === t) this.#backlog.join(this.#arrivals++); // then who arrives
    if (this.#joining.length) this.#join(); // then the jobs stand in line
    while (this.#backlog.length && this.#threads.free) this.#start(this.#backlog.leave(), t); // and last the hand-outs
    while (this.#queue.length && this.#workers.free) this.#pickUp(this.#queue.leave(), t);
    return true;
  }

  close() {
    const { records } = this;
    const end = this.#ended === -Infinity ? null : this.#ended;
    return Object.assign(records, {
      ended_at: end,
      thread_idle_time: this.#threads.idleUntil(end ?? 0),
      worker_idle_time: this.#workers.idleUntil(end ?? 0),
    });
  }

  #end(t) {
    const { what, who } = this.#agenda;
    this.#agenda.drop();
    if (what === LEFT_THREAD) this.#finish(who, t);
    else if (what === PUSHED) this.#push(who, t);
    else this.#complete(who, t);
  }

  /** When the server cuts a request off (R4); Infinity where it lets it run. */
  #cutOff(id) {
    const { on_timeout: onTimeout, arrived_at: arrivedAt, timeout } = this.records;
    return onTimeout === "kill" ? arrivedAt[id] + timeout : Infinity;
  }

  #isGone(id, t) {
    const { on_timeout: onTimeout, arrived_at: arrivedAt, timeout } = this.records;
    return onTimeout !== "finish_all" && t >= arrivedAt[id] + timeout; // the deadline wins ties: R3
  }

  /** A thread has come to a request: it serves it, or, if the client has gone, skips it in no time. */
  #start(id, t) {
    const { records } = this;
    records.thread[id] = this.#threads.first;
    if (this.#isGone(id, t)) {
      records.skipped_at[id] = this.#ended = t;
      return;
    }
    this.#threads.take(t);
    records.started_at[id] = t;
    const { first, pushes } = this.#legs[records.is_report[id]];
    const { external_time: externalTime, web_time: webTime } = this.#workload;
    const end = t + first.constant + first.external * externalTime[id] + (webTime ? webTime[id] : 0);
    const cutOff = this.#cutOff(id);
    if (pushes && end < cutOff) this.#agenda.add(end, PUSHED, id);
    else this.#agenda.add(Math.min(end, cutOff), LEFT_THREAD, id);
  }

  /** The QUEUE hop has ended: the job is in Redis, and the response walks out (R5). */
  #push(id, t) {
    const { records } = this;
    records.enqueued_at[id] = t;
    this.#joining.push(id);
    const { afterPush } = this.#legs[records.is_report[id]];
    const end = t + afterPush.constant + afterPush.external * this.#workload.external_time[id];
    this.#agenda.add(Math.min(end, this.#cutOff(id)), LEFT_THREAD, id);
  }

  #finish(id, t) {
    this.records.finished_at[id] = this.#ended = t;
    this.#threads.give(this.records.thread[id], t);
  }

  /** Jobs of one instant stand in line by request_id (R1). */
  #join() {
    if (this.#joining.length > 1) this.#joining.sort((a, b) => a - b);
    for (const id of this.#joining) this.#queue.join(id);
    this.#joining.length = 0;
  }

  #pickUp(id, t) {
    const { records } = this;
    const { job } = this.#legs[records.is_report[id]];
    records.worker[id] = this.#workers.take(t);
    records.picked_up_at[id] = t;
    const end = t + job.constant + job.external * this.#workload.external_time[id];
    if (end > t) this.#agenda.add(end, LEFT_WORKER, id);
    else this.#complete(id, t); // before the next one is handed out: the slot is idle since now, and may be taken again
  }

  #complete(id, t) {
    this.records.completed_at[id] = this.#ended = t;
    this.#workers.give(this.records.worker[id], t);
  }
}

/**
 * The records of one run: a column per instant (NaN = has not happened), a row per request.
 * @param {Workload} workload
 * @param {Cycle} cycle
 * @param {Server} scenario
 * @param {Draw} draw the luck of what goes wrong; not asked where nothing does
 * @returns {Records}
 */
export function simulate(workload, cycle, scenario, draw = noDraw) {
  if (goesWrong(scenario)) return simulateLab(workload, cycle, scenario, draw);
  const run = new Run(workload, cycle, scenario);
  while (run.instant());
  return run.close();
}
