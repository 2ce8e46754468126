// The web server when more goes wrong: the door (R11), the threads, and the limits on them (R4, R13).
import { FAILED, OK, REJECTED } from "clients";
import { CUT, WAITED } from "ends";
import { limitOf, patienceOf } from "guard";
import { Line, Slots } from "pools";
import { ANSWERED, KILLED, LATE, SKIPPED, FAILED as TOLD_FAILED, REJECTED as TURNED_AWAY } from "turns";
import { CALL, COMPUTE, MARK, PUSH, WAIT, waysOf } from "ways";

export class WebServer {
  arriving = new Line(); // who has come at this instant, by request_id
  threads;
  ended = -Infinity;
  #rows;
  #agenda;
  #clients;
  #calls;
  #cores;
  #application;
  #workload;
  #ways;
  #room; // of the backlog
  #timeout;
  #patience; // seconds after its arrival at which a waiting client has gone, and at which a request is cut off (R4)
  #limit;
  #serviceTimeout;
  #backlog = new Line();
  #skipping = new Line(); // whom a thread has skipped in this step
  #calling = new Line(); // whose slow call begins in this step, by request_id

  /** `parts`: rows, agenda, clients, calls, and, where there are any, cores and the worker application. */
  constructor({ rows, agenda, clients, calls, cores, application }, workload, cycle, scenario) {
    this.#rows = rows;
    this.#agenda = agenda;
    this.#clients = clients;
    this.#calls = calls;
    this.#cores = cores;
    this.#application = application;
    this.#workload = workload;
    this.#ways = waysOf(workload, cycle, scenario);
    this.#room = scenario.backlog_limit ?? Infinity;
    this.#timeout = scenario.timeout;
    this.#patience = patienceOf(scenario);
    this.#limit = limitOf(scenario);
    this.#serviceTimeout = scenario.service_timeout ?? Infinity;
    this.threads = new Slots(scenario.threads);
  }

  /** Threads take who waited, then who has come just now; who finds neither thread nor room is turned away. */
  handOut(t) {
    while (this.#backlog.length && this.threads.free) this.#start(this.#backlog.leave(), t);
    while (this.arriving.length) {
      const id = this.arriving.leave();
      if (this.threads.free) this.#start(id, t);
      else if (this.#backlog.length < this.#room) this.#backlog.join(id);
      else this.#turnAway(id, t);
    }
  }

  #turnAway(id, t) {
    this.#holdNothing(id, TURNED_AWAY, t);
    this.#clients.answer(id, REJECTED, t);
  }

  /** Of a thread: taken and left in one instant. */
  #holdNothing(id, outcome, t) {
    const { of } = this.#rows;
    of.taken_at[id] = of.left_at[id] = t;
    of.outcome[id] = outcome;
  }

  #start(id, t) {
    const { of } = this.#rows;
    of.slot[id] = this.threads.take(t);
    if (t >= of.came_at[id] + this.#patience) return this.#skip(id, t);
    of.taken_at[id] = t;
    if (this.#cores) this.#limitOnCores(id);
    this.goOn(id, t);
  }

  /** Who computes may wait for a core when it is cut off: that is noted at once. */
  #limitOnCores(id) {
    const cutAt = this.#cutAt(id);
    this.#cores.begin(this.#rows.of.slot[id], cutAt);
    if (cutAt < Infinity) this.#agenda.add(cutAt, CUT, id);
  }

  /** It takes no time: the thread is free again when this instant goes on. */
  #skip(id, t) {
    this.ended = t;
    this.#holdNothing(id, SKIPPED, t);
    this.#skipping.join(id);
  }

  /** When the server cuts a request off that has a thread; Infinity where it lets it run. */
  #cutAt(id) {
    const { came_at: cameAt, taken_at: takenAt } = this.#rows.of;
    return Math.min(cameAt[id] + this.#limit, takenAt[id] + this.#serviceTimeout);
  }

  /** The request walks on until something takes time. */
  goOn(id, t) {
    const { of } = this.#rows;
    const way = this.#ways[of.kind[id]];
    for (;;) {
      const step = of.step[id]++;
      const what = way.what[step];
      if (what === WAIT) {
        const seconds = this.#seconds(way, step, id);
        if (seconds > 0) return this.#until(id, t + seconds);
      } else if (what === COMPUTE) return this.#cores.ask(id, t, this.#seconds(way, step, id), way.mark[step]);
      else if (what === CALL) return this.#calling.joinInOrder(id);
      else if (what === PUSH) this.#application.push(id, t);
      else if (what === MARK) this.#look(id);
      else return this.#finish(id, t);
    }
  }

  #seconds(way, step, id) {
    const { web_time: webTime } = this.#workload;
    return way.constant[step] + (way.web[step] && webTime ? webTime[this.#rows.of.visit_id[id]] : 0);
  }

  /** It waits until `end`, or until it is cut off; with cores that instant is noted already. */
  #until(id, end) {
    const cutAt = this.#cutAt(id);
    if (end < cutAt) this.#agenda.add(end, WAITED, id);
    else if (!this.#cores) this.#agenda.add(cutAt, CUT, id);
  }

  /** A poll looks whether the job is done: at the end of INBOUND. */
  #look = (id) => {
    const { of } = this.#rows;
    of.done[id] = this.#application.isDone(of.about[id]) ? 1 : 0;
  };

  /** A slice of computing is over. */
  computed(id, t) {
    if (this.#rows.of.left_at[id] >= 0) return;
    if (this.#cores.ended(id, t, this.#look)) this.goOn(id, t);
  }

  /** The slow calls that threads begin at t are counted by request_id. */
  beginCalls(t) {
    const { of } = this.#rows;
    while (this.#calling.length) {
      const id = this.#calling.leave();
      const visit = of.visit_id[id];
      const seconds = this.#calls.begin(visit, t, this.#workload.external_time[visit]);
      of.call_failed[id] = this.#calls.fails ? 1 : 0;
      if (seconds > 0) this.#until(id, t + seconds);
      else this.goOn(id, t);
    }
  }

  /** What still runs at its limit ends there, and nothing is pushed any more. */
  cut(id, t) {
    const { of } = this.#rows;
    if (of.left_at[id] >= 0) return;
    this.#cores?.leave(id, t);
    of.call_failed[id] = of.cut[id] = 1;
    this.#finish(id, t);
  }

  #finish(id, t) {
    const { of } = this.#rows;
    of.left_at[id] = this.ended = t;
    this.threads.give(of.slot[id], t);
    const deadline = of.came_at[id] + this.#timeout;
    if (t >= deadline)
      of.outcome[id] = t === of.came_at[id] + this.#limit ? KILLED : LATE; // it answers, or did: R3
    else this.#answer(id, t);
  }

  #answer(id, t) {
    const { call_failed: callFailed, outcome } = this.#rows.of;
    outcome[id] = callFailed[id] ? TOLD_FAILED : ANSWERED;
    this.#clients.answer(id, callFailed[id] ? FAILED : OK, t);
  }

  /** Whether a thread comes back from a request whose client was gone, now that the instant goes on. */
  get isSkipping() {
    return this.#skipping.length > 0;
  }

  skipped(t) {
    while (this.#skipping.length) this.threads.give(this.#rows.of.slot[this.#skipping.leave()], t);
  }
}
