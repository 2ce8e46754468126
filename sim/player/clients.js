// The clients: they come, wait until their deadline, try again (R12), and ask whether the report is ready (R15).
import { Agenda } from "agenda";
import { delayBefore } from "delays";
import { STREAMS } from "mishaps";
import { Line } from "pools";
import { POLL, REPORT } from "ways";

export const [OK, TIMED_OUT, REJECTED, FAILED] = [0, 1, 2, 3];
export const STATUSES = ["ok", "timed_out", "rejected", "failed"];

export class Clients {
  #rows;
  #scenario;
  #draw;
  #visits;
  #hasWorkers;
  #came = 0; // so many visits have begun, and the next one comes then
  #comes;
  #later = new Agenda(); // who comes again: a visit has one retry or one poll under way, never two
  #attempt;
  #about; // the request that a visit's next poll asks about; -1: it is a retry
  #watched = new Line(); // the requests in the order of their deadlines, which is that of their arrival
  #deadline = Infinity; // that of the first of them, who has no answer yet

  constructor(rows, scenario, draw, hasWorkers) {
    this.#rows = rows;
    this.#scenario = scenario;
    this.#draw = draw;
    this.#hasWorkers = hasWorkers;
    this.#visits = rows.count;
    this.#comes = rows.count ? rows.of.came_at[0] : Infinity;
    this.#attempt = new Int32Array(rows.count);
    this.#about = new Int32Array(rows.count).fill(-1);
  }

  /** The next instant at which somebody comes, or a deadline passes. */
  get next() {
    return Math.min(this.#comes, this.#later.next, this.#deadline);
  }

  /** Tell those whose deadline is now. */
  reap(t) {
    while (this.#deadline === t) this.answer(this.#watched.first, TIMED_OUT, t);
  }

  /** Watch nobody who has an answer. */
  #watch() {
    const { status, came_at: cameAt } = this.#rows.of;
    while (this.#watched.length && status[this.#watched.first] >= 0) this.#watched.leave();
    this.#deadline = this.#watched.length ? cameAt[this.#watched.first] + this.#scenario.timeout : Infinity;
  }

  /** Who arrives at t, by request_id: first visits, then those who come again, by visit. */
  arrive(t, arriving) {
    while (this.#comes === t) this.#come(arriving);
    while (this.#later.next === t) {
      const visit = this.#later.who;
      this.#later.drop();
      this.#stand(this.#comeAgain(visit, t), arriving);
    }
  }

  #come(arriving) {
    this.#stand(this.#came++, arriving);
    this.#comes = this.#came < this.#visits ? this.#rows.of.came_at[this.#came] : Infinity;
  }

  #stand(id, arriving) {
    this.#watched.join(id);
    if (this.#watched.length === 1) this.#deadline = this.#rows.of.came_at[id] + this.#scenario.timeout;
    arriving.join(id);
  }

  #comeAgain(visit, t) {
    const id = this.#rows.add();
    const { of } = this.#rows;
    of.visit_id[id] = visit;
    of.came_at[id] = t;
    of.attempt[id] = this.#attempt[visit];
    of.about[id] = this.#about[visit];
    of.kind[id] = this.#about[visit] < 0 ? of.kind[visit] : POLL;
    return id;
  }

  /** A client has an answer, good or bad, and may come again because of it. */
  answer(id, status, t) {
    const { of } = this.#rows;
    of.status[id] = status;
    if (this.#watched.first === id) this.#watch();
    if (of.kind[id] === POLL) this.#told(id, status, t);
    else if (status === OK) this.#served(id, t);
    else if (of.attempt[id] < this.#scenario.client_retries) this.#tryAgain(id, t);
  }

  #told(id, status, t) {
    const { of } = this.#rows;
    const about = of.about[id];
    if (status === OK && of.done[id]) of.seen_at[about] = t;
    else this.#ask(about, of.attempt[id] + 1, t);
  }

  #served(id, t) {
    const { of } = this.#rows;
    if (of.kind[id] !== REPORT) return;
    if (!this.#hasWorkers) of.seen_at[id] = t;
    else if (this.#scenario.result === "polling") this.#ask(id, 0, t);
  }

  #tryAgain(id, t) {
    const { of } = this.#rows;
    const visit = of.visit_id[id];
    const retry = of.attempt[id] + 1;
    const draw = this.#draw(STREAMS.clientRetry, retry, visit);
    this.#plan(visit, retry, -1, t + delayBefore(this.#scenario.client_retry_delay, retry, draw));
  }

  /** Poll number `number` about an accepted request; not when its client has waited long enough. */
  #ask(about, number, t) {
    const { poll_every: every, poll_for: longest } = this.#scenario;
    const { left_at: leftAt, visit_id: visitId } = this.#rows.of;
    if (t + every < leftAt[about] + longest) this.#plan(visitId[about], number, about, t + every);
  }

  #plan(visit, attempt, about, at) {
    this.#attempt[visit] = attempt;
    this.#about[visit] = about;
    this.#later.add(at, 0, visit);
  }
}
