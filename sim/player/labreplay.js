// A run in which more goes wrong, indexed: attempts and polls at the threads, several runs of a job at the workers.
import { COMPLETED, FAILED, LOST } from "application";
import { REJECTED, FAILED as TOLD_FAILED } from "clients";
import { labView } from "labview";
import { countUntil, ordered, Replay } from "replay";
import { inRetrySet } from "visits";
import { POLL } from "ways";

/** For each worker the rows of its runs. */
function byWorker(workers, runs) {
  const pool = Array.from({ length: workers }, () => ({
    rows: /** @type {number[]} */ ([]),
    at: /** @type {number[]} */ ([]),
  }));
  for (let row = 0; row < (runs?.run.length ?? 0); row++) {
    pool[runs.worker[row]].rows.push(row);
    pool[runs.worker[row]].at.push(runs.picked_up_at[row]);
  }
  return pool;
}

/** The last run of each job. */
function lastRuns(runs) {
  const last = new Map();
  for (let row = 0; row < (runs?.run.length ?? 0); row++) last.set(runs.request_id[row], row);
  return last;
}

export class LabReplay extends Replay {
  lab;

  constructor(records, workload, cycle) {
    const view = labView(records, workload, cycle);
    super(view.records, view.workload, cycle);
    this.lab = view.records.lab;
  }

  #instants(name, count, instant) {
    return this.once(name, () => ordered(count, instant));
  }

  get #requests() {
    return this.records.arrived_at.length;
  }

  get #runs() {
    return this.lab.runs?.run.length ?? 0;
  }

  isPoll(id) {
    return this.lab.kind[id] === POLL;
  }

  // -- the door ----------------------------------------------------------------------------------------------------

  /** Those who wait at the door, ever: not who is turned away. */
  get #line() {
    const { records, lab } = this;
    return this.once("line", () => {
      const ids = Array.from(records.arrived_at.keys()).filter((id) => lab.status[id] !== REJECTED);
      return { ids, came: ids.map((id) => records.arrived_at[id]), taken: ids.map((id) => this.reachedAt[id]) };
    });
  }

  waiting(t) {
    const { ids, came, taken } = this.#line;
    return ids.slice(countUntil(taken, t), countUntil(came, t));
  }

  get answered() {
    const { lab } = this;
    return this.#instants("answered", this.#requests, (id) =>
      lab.status[id] === 0 && !this.isPoll(id) ? lab.responded_at[id] : NaN,
    );
  }

  get errors() {
    const { lab } = this;
    return this.#instants("errors", this.#requests, (id) =>
      lab.status[id] > 0 && !this.isPoll(id) ? lab.responded_at[id] : NaN,
    );
  }

  get rejections() {
    const { lab } = this;
    return this.#instants("rejections", this.#requests, (id) =>
      lab.status[id] === REJECTED ? lab.responded_at[id] : NaN,
    );
  }

  get delivered() {
    const { lab, records } = this;
    return this.#instants("delivered", this.#requests, (id) => {
      if (!records.is_report[id]) return NaN;
      if (records.enqueued_at[id] >= 0) return records.completed_at[id];
      return lab.status[id] === 0 ? lab.responded_at[id] : NaN;
    });
  }

  isGone(id, t) {
    return this.lab.status[id] > 0 && t >= this.lab.responded_at[id];
  }

  /** "503" of the router, "500" of the server. */
  errorCode(id) {
    return this.lab.status[id] === TOLD_FAILED ? "500" : "503";
  }

  /** Which threads' requests hold a core at `t`. */
  computing(t) {
    const { turns } = this.lab;
    if (!turns) return new Set();
    const last = countUntil(turns.taken_at, t);
    const holds = new Set();
    for (let row = Math.max(0, last - 64); row < last; row++)
      if (t < turns.left_at[row]) holds.add(turns.request_id[row]);
    return holds;
  }

  /** With a core to wait for one cannot say where on its way a request is. */
  hopAt(id, t) {
    if (this.lab.turns || this.isPoll(id)) return null;
    return super.hopAt(id, t);
  }

  // -- the workers -------------------------------------------------------------------------------------------------

  /** Jobs that wait in a queue at `t`, those that came first before the others. */
  queue(t) {
    const { runs } = this.lab;
    const came = this.#instants("came", this.#runs, (row) => runs.came_at[row]);
    const rows = came.ids.subarray(0, countUntil(came.at, t)).filter((row) => t < runs.picked_up_at[row]);
    return rows.map((row) => runs.request_id[row]);
  }

  workersAt(t) {
    const { runs } = this.lab;
    const pool = this.once("runs by worker", () => byWorker(this.records.workers, runs));
    return pool.map(({ rows, at }) => {
      const row = rows[countUntil(at, t) - 1] ?? -1;
      if (row < 0) return { id: -1, until: NaN, busy: false };
      const [since, until] = [runs.picked_up_at[row], runs.ended_at[row]];
      const run = { number: runs.run[row], isUseful: runs.outcome[row] === COMPLETED };
      return { id: runs.request_id[row], until, busy: t < until, since, run };
    });
  }

  /** [from, until] of the stop in which the worker application is at `t`, or null. */
  stoppedAt(t) {
    return this.lab.stopped.find(([from, until]) => from <= t && t < until) ?? null;
  }

  /** How many jobs wait in the retry set at `t`, and when the next of them is in the queue again. */
  retrySet(t) {
    const [from, until] = this.once("retry set", () => inRetrySet(this.lab.runs));
    const done = countUntil(until, t);
    return { jobs: countUntil(from, t) - done, next: until[done] ?? null };
  }

  /** Jobs that are dead, and lost for good, by `t`. */
  gone(t) {
    const { runs, died_at: diedAt } = this.lab;
    const dead = this.#instants("died", this.#requests, (id) => diedAt[id]);
    const lost = this.#instants("lost", this.#runs, (row) => (this.#isLost(row) ? runs.ended_at[row] : NaN));
    return { dead: countUntil(dead.at, t), lost: countUntil(lost.at, t) };
  }

  #isLost(row) {
    const { runs } = this.lab;
    const last = this.once("last runs", () => lastRuns(runs));
    return runs.outcome[row] === LOST && last.get(runs.request_id[row]) === row;
  }

  get hasRetries() {
    const { runs } = this.lab;
    return this.once("has retries", () => runs?.outcome.some((outcome) => outcome === FAILED || outcome === LOST));
  }

  countsAt(t) {
    const counts = super.countsAt(t);
    const rejected = countUntil(this.rejections.at, t);
    if (!this.lab.runs) return { ...counts, rejected };
    return { ...counts, rejected, retry_set: this.retrySet(t).jobs, ...this.gone(t) };
  }
}
