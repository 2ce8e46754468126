// The worker application: runs that fail and are tried again (R17), and stops (R18).
import { Agenda } from "agenda";
import { delayBefore } from "delays";
import { RAN } from "ends";
import { TICKS_PER_SECOND, toGrid } from "grid";
import { jobRows, runRows } from "jobs";
import { STREAMS } from "mishaps";
import { Line } from "pools";
import { Queues } from "queues";
import { COMPLETED, FAILED, LOST, RETURNED } from "turns";
import { jobsOf } from "ways";

export class Application {
  runs;
  jobs; // a row for each that was pushed; elsewhere a job goes by the number of its request
  queues;
  up = true;
  ended = -Infinity;
  /** @type {number[][]} [gone from, back at] of each stop that was obeyed; Infinity: not back yet */
  stopped = [];
  #rows;
  #agenda;
  #calls;
  #workload;
  #scenario;
  #work; // that of a page's and of a report's job
  #draw;
  #running; // by worker: the row of its run, -1 for none
  #busy = 0;
  #joining = new Line(); // jobs that join their queue at this instant, by request_id
  /** @type {{at: number, runs: number[]}[]} interrupted runs whose jobs are put back later */
  #back = [];
  #backAt = Infinity; // the first of them
  #retrySet = new Agenda();
  #stop = 0; // so many stops there were
  #stopAt; // the next one
  #pollsAtOnce; // no looks: a failed job is pushed when it is due
  #limitAt = Infinity; // runs may go on until then
  #returnAt = Infinity;
  #lookAt = Infinity;
  #looks = 0;
  #planned = Infinity; // the first of all these

  constructor({ rows, agenda, calls }, workload, cycle, scenario, draw) {
    this.#rows = rows;
    this.#agenda = agenda;
    this.#calls = calls;
    this.#workload = workload;
    this.#scenario = scenario;
    this.#work = jobsOf(workload, cycle);
    this.#draw = draw;
    this.#stopAt = this.#stopAfter();
    this.#pollsAtOnce = !scenario.retry_poll_time;
    this.queues = new Queues(scenario, draw);
    this.#running = new Int32Array(this.queues.workers).fill(-1);
    this.jobs = jobRows(workload, cycle);
    this.runs = runRows(workload, cycle);
    this.#planLook(0);
    this.#plan();
  }

  #plan() {
    this.#planned = Math.min(this.#stopAt, this.#backAt, this.#limitAt, this.#returnAt, this.#lookAt);
  }

  /** The next instant at which the application, its poller or a job that is put back does something. */
  get next() {
    const due = this.#pollsAtOnce && this.up ? this.#retrySet.next : Infinity;
    return Math.min(due, this.#planned);
  }

  /** Whether a job waits for anything but the end of a run. */
  get inFlight() {
    return this.queues.waiting > 0 || this.#retrySet.size > 0 || this.#back.length > 0;
  }

  #stopAfter() {
    return this.#scenario.worker_stops?.[this.#stop]?.[0] ?? Infinity;
  }

  #planLook(t) {
    if (this.#pollsAtOnce) return;
    const wait = toGrid(this.#scenario.retry_poll_time * (0.5 + this.#draw(STREAMS.look, 0, this.#looks++)));
    this.#lookAt = t + Math.max(wait, 1 / TICKS_PER_SECOND);
  }

  // -- step 1: runs end ------------------------------------------------------------------------------------------

  /** A run has come to its end, unless it was interrupted before. */
  ran(row, t) {
    const { fails, outcome, request_id: request } = this.runs.of;
    if (outcome[row] >= 0) return;
    this.#end(row, fails[row] ? FAILED : COMPLETED, t);
    if (fails[row]) this.#fail(request[row], t);
    else this.#complete(request[row], t);
  }

  #end(row, outcome, t) {
    const { of } = this.runs;
    of.left_at[row] = this.ended = t;
    of.outcome[row] = outcome;
    this.#running[of.slot[row]] = -1;
    this.#busy--;
    if (this.up) this.queues.give(of.slot[row], t);
  }

  #complete(id, t) {
    const { job, seen_at: seenAt } = this.#rows.of;
    this.jobs.of.done[job[id]] = 1;
    if (this.#scenario.result === "push") seenAt[id] = t;
  }

  /** Whether the job of a request has completed. */
  isDone(id) {
    return this.jobs.of.done[this.#rows.of.job[id]] === 1;
  }

  /** Into the retry set, or, after the last retry, dead (R17). */
  #fail(id, t) {
    const { visit_id: visitId, job } = this.#rows.of;
    const { retries, died_at: diedAt } = this.jobs.of;
    if (retries[job[id]] >= this.#scenario.job_retries) {
      diedAt[job[id]] = t;
      return;
    }
    const retry = ++retries[job[id]];
    const draw = this.#draw(STREAMS.jobRetry, retry, visitId[id]);
    this.#retrySet.add(t + delayBefore(this.#scenario.job_retry_delay, retry, draw), 0, id);
  }

  // -- step 2: the application stops and starts ------------------------------------------------------------------

  obey(t) {
    if (this.up && this.#stopAt !== t) return;
    if (this.#limitAt === t) this.#return(t);
    if (this.#returnAt === t) this.#start(t);
    if (this.#stopAt === t) this.#halt(this.#scenario.worker_stops[this.#stop++][1], t);
    if (!this.up && !this.#busy && this.#returnAt === Infinity) this.#begone(t);
    this.#plan();
  }

  #halt(how, t) {
    this.#stopAt = this.#stopAfter();
    this.up = false;
    this.stopped.push([t, Infinity]);
    this.#lookAt = Infinity;
    this.queues.close(t);
    if (how === "kill") this.#kill(t);
    else if (this.#scenario.shutdown_time) this.#limitAt = t + this.#scenario.shutdown_time;
    else this.#return(t);
  }

  /** The runs in progress end here; in the order in which they were handed out. */
  #interrupt(outcome, t) {
    const rows = this.#running.filter((row) => row >= 0).sort();
    for (const row of rows) this.#end(row, outcome, t);
    return Array.from(rows);
  }

  #kill(t) {
    const { fetch, recovery_time: recovery, restart_time: restart } = this.#scenario;
    const runs = this.#interrupt(LOST, t);
    if (fetch === "reliable" && runs.length) this.#putBackAt(t + Math.max(recovery, restart), runs);
  }

  #return(t) {
    const runs = this.#interrupt(RETURNED, t);
    if (runs.length) this.#putBackAt(t, runs);
  }

  #putBackAt(at, runs) {
    this.#back.push({ at, runs });
    this.#backAt = Math.min(this.#backAt, at);
  }

  #begone(t) {
    this.#limitAt = Infinity;
    this.#returnAt = t + this.#scenario.restart_time;
  }

  #start(t) {
    this.up = true;
    this.#returnAt = Infinity;
    this.stopped[this.stopped.length - 1][1] = t;
    this.queues.open(t);
    this.#planLook(t);
  }

  // -- step 4: jobs join their queue -----------------------------------------------------------------------------

  push(id, t) {
    const { job, visit_id: visitId } = this.#rows.of;
    const row = this.jobs.add();
    const { of } = this.jobs;
    job[id] = row;
    of.request_id[row] = id;
    of.enqueued_at[row] = of.joined_at[row] = of.came_at[row] = t;
    of.queue[row] = this.#workload.queue?.[visitId[id]] ?? 0;
    this.#joining.joinInOrder(id);
  }

  join(t) {
    if (this.#backAt === t) this.#putBack(t);
    if (this.#pollsAtOnce && this.up && this.#retrySet.next <= t)
      this.#takeDue(t, (id) => this.#joining.joinInOrder(id));
    while (this.#joining.length) this.#stand(this.#joining.leave());
    if (this.#lookAt === t) this.#look(t);
  }

  #look(t) {
    this.#takeDue(t, (id) => this.#stand(id));
    this.#planLook(t);
    this.#plan();
  }

  #stand(id) {
    this.queues.join(this.jobs.of.queue[this.#rows.of.job[id]], id);
  }

  /** What is due leaves the retry set, by (due, request_id). */
  #takeDue(t, each) {
    while (this.#retrySet.next <= t) {
      const id = this.#retrySet.who;
      this.#retrySet.drop();
      const { joined_at: joinedAt, came_at: cameAt } = this.jobs.of;
      const job = this.#rows.of.job[id];
      joinedAt[job] = cameAt[job] = t;
      each(id);
    }
  }

  /** All jobs put back at t are one group, and go to the head: what was handed out first is the next one. */
  #putBack(t) {
    const runs = this.#back.filter(({ at }) => at === t).flatMap((group) => group.runs);
    this.#back = this.#back.filter(({ at }) => at !== t);
    this.#backAt = Math.min(...this.#back.map(({ at }) => at));
    this.#plan();
    const { request_id: request, queue } = this.runs.of;
    const { job } = this.#rows.of;
    for (const row of runs.sort((a, b) => b - a)) {
      this.jobs.of.came_at[job[request[row]]] = t;
      this.queues.putBack(queue[row], request[row]);
    }
  }

  // -- step 5: workers take jobs ---------------------------------------------------------------------------------

  handOut(t) {
    if (!this.queues.waiting || !this.up) return;
    const first = this.runs.count;
    for (const pool of this.queues.pools) {
      for (let queue = 0; pool.slots.free && queue >= 0; ) {
        queue = this.queues.choose(pool);
        if (queue >= 0) this.#take(queue, pool, t);
      }
    }
    if (this.runs.count > first) this.#begin(first, t);
  }

  #take(queue, pool, t) {
    const id = this.queues.leave(queue);
    const job = this.#rows.of.job[id];
    const { of: jobs } = this.jobs;
    const row = this.runs.add();
    const { of } = this.runs;
    this.#busy++;
    of.request_id[row] = id;
    of.number[row] = jobs.runs[job]++;
    of.queue[row] = queue;
    of.enqueued_at[row] = jobs.joined_at[job];
    of.came_at[row] = jobs.came_at[job];
    of.taken_at[row] = t;
    of.slot[row] = pool.first + pool.slots.take(t);
    this.#running[of.slot[row]] = row;
  }

  /** The runs from row `first` on begin at t; their slow calls are counted by request_id. */
  #begin(first, t) {
    if (this.runs.count === first + 1) return this.#agenda.add(t + this.#seconds(first, t), RAN, first);
    const { request_id: request } = this.runs.of;
    const rows = Array.from({ length: this.runs.count - first }, (_, n) => first + n);
    for (const row of rows.sort((a, b) => request[a] - request[b]))
      this.#agenda.add(t + this.#seconds(row, t), RAN, row);
  }

  #seconds(row, t) {
    const { visit_id: visitId, kind } = this.#rows.of;
    const { request_id: request, fails } = this.runs.of;
    const visit = visitId[request[row]];
    const { constant, calls } = this.#work[kind[request[row]]];
    if (!calls) return constant;
    const seconds = this.#calls.begin(visit, t, this.#workload.external_time[visit]);
    fails[row] = this.#calls.fails ? 1 : 0;
    return constant + seconds;
  }
}
