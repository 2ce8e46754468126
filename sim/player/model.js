// The page's own engine: an event loop, written from the rules (docs/model.md, R1 to R10) and from nothing else.
// It is held equal to the Python engines, which are unlike it: request by request, with ==. (R11 to R19: `lab`.)
import { Agenda } from "agenda";
import { simulateLab } from "lab";
import { goesWrong } from "mishaps";
import { Line, Slots } from "pools";
import { Records } from "records";
import { instants, numbers, Rows } from "rows";
import { ANSWERED, COMPLETED, KILLED, LATE, SKIPPED, turnsOf } from "turns";

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

const jobColumns = (room) => ({
  request_id: numbers(room),
  came_at: instants(room),
  taken_at: instants(room),
  left_at: instants(room),
  slot: numbers(room),
});

/** @returns {number} */
function noDraw(stream) {
  throw new Error(`no draws for stream ${stream}`);
}

/** One cycle serving one workload. */
class Run {
  #atThreads;
  #jobs; // a row per job, in the order of the queue
  #scenario;
  #cycle;
  #workload;
  #legs;
  #agenda = new Agenda();
  #arrivals = 0; // so many requests have come
  #backlog = new Line();
  #queue = new Line();
  #joining = new Line(); // jobs that were pushed at this instant, by request_id (R1)
  #threads;
  #workers;
  #ended = -Infinity;

  constructor(workload, cycle, scenario) {
    this.#atThreads = turnsOf(scenario.threads, workload.arrived_at);
    this.#jobs = new Rows(jobColumns, workload.arrived_at.length);
    this.#scenario = scenario;
    this.#cycle = cycle;
    this.#workload = workload;
    this.#legs = [cycle.page, cycle.report].map((journey) => legsOf(journey, workload.hop_times));
    this.#threads = new Slots(scenario.threads);
    this.#workers = new Slots(hasWorkers(cycle) ? scenario.workers : 0);
  }

  /**
   * The next instant at which something happens, in the order that the contract gives to what happens at one instant;
   * whatever takes no time is found by the next call, at the same instant. False when all is done.
   */
  instant() {
    const { arrived_at: arrivedAt } = this.#workload;
    const t = Math.min(this.#agenda.next, this.#arrivals < arrivedAt.length ? arrivedAt[this.#arrivals] : Infinity);
    if (t === Infinity) return false;
    while (this.#agenda.next === t) this.#end(t); // first what ends
    while (arrivedAt[this.#arrivals] === t) this.#backlog.join(this.#arrivals++); // then who arrives
    if (this.#joining.length) this.#join(t); // then the jobs stand in line
    while (this.#backlog.length && this.#threads.free) this.#start(this.#backlog.leave(), t); // and last the hand-outs
    while (this.#queue.length && this.#workers.free) this.#pickUp(this.#queue.leave(), t);
    return true;
  }

  close() {
    const { timeout, on_timeout } = this.#scenario;
    const end = this.#ended === -Infinity ? null : this.#ended;
    const slots = this.#workers.size;
    const { count } = this.#jobs;
    const every = { number: new Int32Array(count), outcome: new Int8Array(count).fill(COMPLETED) };
    return new Records({
      ...{ cycle: this.#cycle.name, timeout, on_timeout, is_report: this.#workload.is_report, ended_at: end },
      at_threads: { ...this.#atThreads, idle: this.#threads.idleUntil(end ?? 0) },
      at_workers: { ...every, ...this.#jobs.columns(), slots, idle: this.#workers.idleUntil(end ?? 0) },
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
    return this.#scenario.on_timeout === "kill" ? this.#deadline(id) : Infinity;
  }

  #isGone(id, t) {
    return this.#scenario.on_timeout !== "finish_all" && t >= this.#deadline(id); // the deadline wins ties: R3
  }

  #deadline(id) {
    return this.#workload.arrived_at[id] + this.#scenario.timeout;
  }

  /** A thread has come to a request: it serves it, or, if the client has gone, skips it in no time. */
  #start(id, t) {
    const { taken_at: takenAt, left_at: leftAt, slot, outcome } = this.#atThreads;
    slot[id] = this.#threads.first;
    takenAt[id] = t;
    if (this.#isGone(id, t)) {
      leftAt[id] = this.#ended = t;
      outcome[id] = SKIPPED;
      return;
    }
    this.#threads.take(t);
    const { first, pushes } = this.#legsOf(id);
    const { external_time: externalTime, web_time: webTime } = this.#workload;
    const end = t + first.constant + first.external * externalTime[id] + (webTime ? webTime[id] : 0);
    const cutOff = this.#cutOff(id);
    if (pushes && end < cutOff) this.#agenda.add(end, PUSHED, id);
    else this.#agenda.add(Math.min(end, cutOff), LEFT_THREAD, id);
  }

  #legsOf(id) {
    return this.#legs[this.#workload.is_report[id]];
  }

  /** The QUEUE hop has ended: the job is in Redis, and the response walks out (R5). */
  #push(id, t) {
    this.#joining.joinInOrder(id);
    const { afterPush } = this.#legsOf(id);
    const end = t + afterPush.constant + afterPush.external * this.#workload.external_time[id];
    this.#agenda.add(Math.min(end, this.#cutOff(id)), LEFT_THREAD, id);
  }

  #finish(id, t) {
    const { left_at: leftAt, slot, outcome } = this.#atThreads;
    leftAt[id] = this.#ended = t;
    const late = this.#scenario.on_timeout === "kill" ? KILLED : LATE;
    outcome[id] = t < this.#deadline(id) ? ANSWERED : late;
    this.#threads.give(slot[id], t);
  }

  /** Jobs of one instant stand in line by request_id (R1). */
  #join(t) {
    while (this.#joining.length) {
      const id = this.#joining.leave();
      const job = this.#jobs.add();
      this.#jobs.of.request_id[job] = id;
      this.#jobs.of.came_at[job] = t;
      this.#queue.join(job);
    }
  }

  #pickUp(job, t) {
    const { request_id: requestId, taken_at: takenAt, slot } = this.#jobs.of;
    const { job: work } = this.#legsOf(requestId[job]);
    slot[job] = this.#workers.take(t);
    takenAt[job] = t;
    const end = t + work.constant + work.external * this.#workload.external_time[requestId[job]];
    if (end > t) this.#agenda.add(end, LEFT_WORKER, job);
    else this.#complete(job, t); // before the next one is handed out: the slot is idle since now, and may be taken again
  }

  #complete(job, t) {
    this.#jobs.of.left_at[job] = this.#ended = t;
    this.#workers.give(this.#jobs.of.slot[job], t);
  }
}

/**
 * The records of one run.
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
