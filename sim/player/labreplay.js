// A run in which more goes wrong, indexed: attempts and polls at the threads, several runs of a job at the workers.
import { REJECTED, FAILED as TOLD_FAILED } from "clients";
import { hopsOnCores, turnsByRequest } from "corehops";
import { labTrace } from "labtrace";
import { labView } from "labview";
import { Replay } from "replay";
import { countUntil, ordered } from "sorted";
import { hopsOf } from "trace";
import { FAILED, LOST } from "turns";
import { inRetrySet, isLost } from "visits";
import { KINDS, POLL } from "ways";
import { seconds } from "words";

/** The request of each visit's attempts but the polls. */
function attemptsOf({ visit_id, attempt, kind }) {
  const ids = Array.from(kind.keys()).filter((id) => kind[id] !== POLL);
  return new Map(ids.map((id) => [`${visit_id[id]} ${attempt[id]}`, id]));
}

/** The hops of a way on the thread, how long each takes, and whether it needs a core. */
function timesOf({ thread }, { hop_times: hopTimes, external_time, web_time }, { computes }, id) {
  const controller = thread.indexOf("controller");
  const own = (hop, n) => (n === controller ? (web_time?.[id] ?? 0) : 0) + (hop === "external" ? external_time[id] : 0);
  const seconds = (hop, n) => (hop === "external" ? 0 : (hopTimes[hop] ?? 0)) + own(hop, n);
  return thread.map((hop, n) => ({ hop, seconds: seconds(hop, n), computes: computes.includes(hop) }));
}

const nth = (number) => `${number}${["th", "st", "nd", "rd"][number] ?? "th"}`;

export class LabReplay extends Replay {
  /** @type {Lab} */
  lab;
  #told; // the records and the workload as they were given: so they are told

  constructor(records, workload, cycle) {
    const view = labView(records, workload, cycle);
    super(view.records, view.workload, cycle);
    this.lab = /** @type {Lab} */ (view.records.lab);
    this.#told = { records, workload };
  }

  get trace() {
    const { records, workload } = this.#told;
    return this.once("trace", () => labTrace(records, workload, this.cycle));
  }

  /** Who a request of the trace is: the same person has the same number whenever they come. */
  who(id) {
    const { visit_id, attempt, kind } = this.#told.records.lab;
    const number = attempt[id];
    if (kind[id] === POLL) return `poll ${number + 1} of report ${visit_id[id]}`;
    const first = `${KINDS[kind[id]]} ${visit_id[id]}`;
    return number ? `${first}, for the ${nth(number + 1)} time,` : first;
  }

  /** After how long a request of the trace came again; "" of one that comes for the first time. */
  again(id) {
    const { arrived_at: arrivedAt, lab } = this.#told.records;
    const number = lab.attempt[id];
    if (!number || lab.kind[id] === POLL) return "";
    const before = this.once("attempts", () => attemptsOf(lab)).get(`${lab.visit_id[id]} ${number - 1}`);
    return before === undefined ? "" : ` ${seconds(arrivedAt[id] - lab.responded_at[before])} after its answer`;
  }

  #instants(name, count, instant) {
    return this.once(name, () => ordered(count, instant));
  }

  get #requests() {
    return this.records.arrived_at.length;
  }

  get #runs() {
    return this.records.at_workers;
  }

  isPoll(id) {
    return this.lab.kind[id] === POLL;
  }

  // -- the door ----------------------------------------------------------------------------------------------------

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
    const { at_cores: turns } = this.lab;
    if (!turns) return new Set();
    const last = countUntil(turns.taken_at, t);
    const computing = new Set();
    for (let row = Math.max(0, last - 64); row < last; row++)
      if (t < turns.left_at[row]) computing.add(turns.request_id[row]);
    return computing;
  }

  hopAt(id, t) {
    return this.isPoll(id) ? null : super.hopAt(id, t);
  }

  /** Where cores are few, a request also waits for one: {waits: true}. */
  hopsOf(id) {
    return this.lab.at_cores ? [...this.#onCores(id), ...this.#inWorker(id)] : super.hopsOf(id);
  }

  #onCores(id) {
    const { records, workload, lab } = this;
    const own = this.once("turns at cores", () => turnsByRequest(/** @type {any} */ (lab.at_cores))).get(id) ?? [];
    const fails = lab.status[id] === TOLD_FAILED && !lab.cut[id];
    const hops = hopsOnCores(timesOf(this.journeyOf(id), workload, this.cycle, id), records.started_at[id], own, fails);
    return hops.filter(({ at }) => at < records.finished_at[id]);
  }

  #inWorker(id) {
    return hopsOf(this.records, this.workload, { thread: [], worker: this.journeyOf(id).worker }, id);
  }

  waitForCore(t) {
    if (!this.lab.at_cores) return 0;
    return this.threadsAt(t).filter(({ id, busy }) => busy && this.hopAt(id, t)?.waits).length;
  }

  // -- the workers -------------------------------------------------------------------------------------------------

  /** [from, until] of the stop in which the worker application is at `t`, or null. */
  stoppedAt(t) {
    return this.lab.stopped.find(([from, until]) => from <= t && t < until) ?? null;
  }

  /** How many jobs wait in the retry set at `t`, and when the next of them is in the queue again. */
  retrySet(t) {
    const [from, until] = this.once("retry set", () => inRetrySet(this.records));
    const done = countUntil(until, t);
    return { jobs: countUntil(from, t) - done, next: until[done] ?? null };
  }

  /** Jobs that are dead, and lost for good, by `t`. */
  gone(t) {
    const { died_at: diedAt } = this.lab;
    const { left_at: leftAt } = this.#runs;
    const dead = this.#instants("died", this.#requests, (id) => diedAt[id]);
    const lost = this.#instants("lost", leftAt.length, (row) => (isLost(this.records, row) ? leftAt[row] : NaN));
    return { dead: countUntil(dead.at, t), lost: countUntil(lost.at, t) };
  }

  get hasRetries() {
    return this.once("has retries", () => this.#runs.outcome.some((outcome) => outcome === FAILED || outcome === LOST));
  }

  countsAt(t) {
    const counts = super.countsAt(t);
    const rejected = this.until(t, () => this.rejections);
    if (!this.records.workers) return { ...counts, rejected };
    return { ...counts, rejected, retry_set: this.retrySet(t).jobs, ...this.gone(t) };
  }
}
