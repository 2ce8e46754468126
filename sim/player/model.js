// The page's own engine: an event loop, written from the rules (docs/model.md, R1 to R10) and from nothing else.
// It is held equal to the Python engines, which are unlike it: request by request, with ==. (R11 to R19: `lab`.)
import { Agenda } from "agenda";
import { goesWrong, limitOf, patienceOf } from "guard";
import { simulateLab } from "lab";
import { Slots } from "pools";
import { Records } from "records";
import { firstOf } from "rows";
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

/** A row per job in the order of the queue; there are at most so many. */
const jobsOf = (most) => ({
  request_id: new Int32Array(most),
  came_at: new Float64Array(most),
  taken_at: new Float64Array(most),
  left_at: new Float64Array(most),
  slot: new Int32Array(most),
});

/** @returns {number} */
function noDraw(stream) {
  throw new Error(`no draws for stream ${stream}`);
}

/** One cycle serving one workload. */
class Run {
  #atThreads;
  #jobs;
  #scenario;
  #cycle;
  #workload;
  #legs;
  #patience; // seconds after its arrival at which a waiting client has gone, and at which a request is cut off (R4)
  #limit;
  #agenda = new Agenda();
  #arrivals = 0; // so many requests have come, and the next one comes then
  #arrival;
  #reached = 0; // threads have come to so many; the others wait in the backlog, which is in the order of arrival (R1)
  #pushed = 0; // so many jobs are in Redis
  #joined = 0; // so many of them stand in line, or did; the others were pushed at this instant
  #picked = 0; // workers have taken so many
  #threads;
  #workers;
  #ended = -Infinity;

  constructor(workload, cycle, scenario) {
    const { arrived_at: arrivedAt } = workload;
    const slots = hasWorkers(cycle) ? scenario.workers : 0;
    this.#atThreads = turnsOf(scenario.threads, arrivedAt);
    this.#jobs = jobsOf(slots ? arrivedAt.length : 0);
    this.#scenario = scenario;
    this.#cycle = cycle;
    this.#workload = workload;
    this.#legs = [cycle.page, cycle.report].map((journey) => legsOf(journey, workload.hop_times));
    this.#patience = patienceOf(scenario);
    this.#limit = limitOf(scenario);
    this.#arrival = arrivedAt.length ? arrivedAt[0] : Infinity;
    this.#threads = new Slots(scenario.threads);
    this.#workers = new Slots(slots);
  }

  /**
   * The next instant at which something happens, in the order that the contract gives to what happens at one instant;
   * whatever takes no time is found by the next call, at the same instant. False when all is done.
   */
  instant() {
    const t = Math.min(this.#agenda.next, this.#arrival);
    if (t === Infinity) return false;
    while (this.#agenda.next === t) this.#end(t); // first what ends
    while (this.#arrival === t) this.#arrive(); // then who arrives
    this.#joined = this.#pushed; // then the jobs stand in line
    while (this.#reached < this.#arrivals && this.#threads.free) this.#start(this.#reached++, t); // last the hand-outs
    while (this.#picked < this.#joined && this.#workers.free) this.#pickUp(this.#picked++, t);
    return true;
  }

  close() {
    const { timeout, on_timeout } = this.#scenario;
    const end = this.#ended === -Infinity ? null : this.#ended;
    const slots = this.#workers.size;
    const count = this.#pushed;
    const every = { number: new Int32Array(count), outcome: new Int8Array(count).fill(COMPLETED) };
    return new Records({
      ...{ cycle: this.#cycle.name, timeout, on_timeout, is_report: this.#workload.is_report, ended_at: end },
      at_threads: { ...this.#atThreads, idle: this.#threads.idleUntil(end ?? 0) },
      at_workers: { ...every, ...firstOf(this.#jobs, count), slots, idle: this.#workers.idleUntil(end ?? 0) },
    });
  }

  #end(t) {
    const { what, who } = this.#agenda;
    this.#agenda.drop();
    if (what === LEFT_THREAD) this.#finish(who, t);
    else if (what === PUSHED) this.#push(who, t);
    else this.#complete(who, t);
  }

  #arrive() {
    const { arrived_at: arrivedAt } = this.#workload;
    this.#arrival = ++this.#arrivals < arrivedAt.length ? arrivedAt[this.#arrivals] : Infinity;
  }

  /** A thread has come to a request: it serves it, or, if the client has gone, skips it in no time. */
  #start(id, t) {
    const { taken_at: takenAt, left_at: leftAt, slot, outcome } = this.#atThreads;
    const arrivedAt = this.#workload.arrived_at[id];
    slot[id] = this.#threads.first;
    takenAt[id] = t;
    if (t >= arrivedAt + this.#patience) {
      leftAt[id] = this.#ended = t;
      outcome[id] = SKIPPED;
      return;
    }
    this.#threads.take(t);
    const { first, pushes } = this.#legsOf(id);
    const { external_time: externalTime, web_time: webTime } = this.#workload;
    const end = t + first.constant + first.external * externalTime[id] + (webTime ? webTime[id] : 0);
    const cutOff = arrivedAt + this.#limit;
    if (pushes && end < cutOff) this.#agenda.add(end, PUSHED, id);
    else this.#agenda.add(Math.min(end, cutOff), LEFT_THREAD, id);
  }

  #legsOf(id) {
    return this.#legs[this.#workload.is_report[id]];
  }

  /** The QUEUE hop has ended: the job is in Redis, and the response walks out (R5). */
  #push(id, t) {
    this.#join(id, t);
    const { afterPush } = this.#legsOf(id);
    const { arrived_at: arrivedAt, external_time: externalTime } = this.#workload;
    const end = t + afterPush.constant + afterPush.external * externalTime[id];
    this.#agenda.add(Math.min(end, arrivedAt[id] + this.#limit), LEFT_THREAD, id);
  }

  /** Jobs of one instant stand in line by request_id (R1). */
  #join(id, t) {
    const { request_id: requestId, came_at: cameAt } = this.#jobs;
    let row = this.#pushed++;
    cameAt[row] = t;
    for (; row > this.#joined && requestId[row - 1] > id; row--) requestId[row] = requestId[row - 1];
    requestId[row] = id;
  }

  #finish(id, t) {
    const { left_at: leftAt, slot, outcome } = this.#atThreads;
    leftAt[id] = this.#ended = t;
    const deadline = this.#workload.arrived_at[id] + this.#scenario.timeout; // it wins ties: R3
    const late = this.#limit < Infinity ? KILLED : LATE;
    outcome[id] = t < deadline ? ANSWERED : late;
    this.#threads.give(slot[id], t);
  }

  #pickUp(job, t) {
    const { request_id: requestId, taken_at: takenAt, slot } = this.#jobs;
    const { job: work } = this.#legsOf(requestId[job]);
    slot[job] = this.#workers.take(t);
    takenAt[job] = t;
    const end = t + work.constant + work.external * this.#workload.external_time[requestId[job]];
    if (end > t) this.#agenda.add(end, LEFT_WORKER, job);
    // before the next one is handed out: the slot is idle since now, and may be taken again
    else this.#complete(job, t);
  }

  #complete(job, t) {
    this.#jobs.left_at[job] = this.#ended = t;
    this.#workers.give(this.#jobs.slot[job], t);
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
