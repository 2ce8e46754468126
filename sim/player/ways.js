// What a request does on its thread, step by step, as columns; what takes its time in one piece is one step.

export const [WAIT, COMPUTE, MARK, PUSH, CALL, DONE] = [0, 1, 2, 3, 4, 5];
export const [PAGE, REPORT, POLL] = [0, 1, 2];
export const KINDS = ["page", "report", "poll"];

const AFTER = { queue: PUSH, external: CALL };

class Way {
  /** @type {number[]} */
  what = [];
  /** @type {number[]} seconds that all requests of the kind take */
  constant = [];
  /** @type {number[]} 1 where a request's own web_time is added */
  web = [];
  /** @type {number[]} of a stretch: seconds until INBOUND is over */
  mark = [];

  get last() {
    return this.what.length - 1;
  }

  step(what, constant = 0) {
    this.what.push(what);
    this.constant.push(constant);
    this.web.push(0);
    this.mark.push(Number.NaN);
  }

  /** Waiting, or a stretch of computing: with more of the same it is one step. */
  take(what, seconds) {
    if (this.what[this.last] === what) this.constant[this.last] += seconds;
    else this.step(what, seconds);
  }

  /** The end of INBOUND, which a poll's answer depends on; it may lie in the middle of a stretch. */
  inbound() {
    if (this.what[this.last] === COMPUTE) this.mark[this.last] = this.constant[this.last];
    else this.step(MARK);
  }
}

function hop(way, name, seconds, computes) {
  if (name !== "external") way.take(computes.includes(name) ? COMPUTE : WAIT, seconds);
  if (name in AFTER) way.step(AFTER[name]);
}

/**
 * The way along these hops, of which some need a core. Of a poll: `pollTime`, what the controller takes beside its
 * hop's time, and how many hops are the way in.
 */
function wayOf(hops, hopTimes, computes, { pollTime = 0, inbound = 0 } = {}) {
  const way = new Way();
  const controller = hops.indexOf("controller");
  for (const [n, name] of hops.entries()) {
    hop(way, name, (hopTimes[name] ?? 0) + (n === controller ? pollTime : 0), computes);
    if (n === controller && !inbound) way.web[way.last] = 1;
    if (n === inbound - 1) way.inbound();
  }
  if (computes.length) way.step(COMPUTE); // once more, for no time: the answer is written
  way.step(DONE);
  return way;
}

/** The ways of a page, a report and a poll. */
export function waysOf(workload, cycle, scenario) {
  const computes = (scenario.cores ?? null) === null ? [] : cycle.computes;
  const ways = [cycle.page, cycle.report].map(({ thread }) => wayOf(thread, workload.hop_times, computes));
  const polling = { pollTime: workload.from_file ? scenario.poll_time : 0, inbound: cycle.inbound };
  return [...ways, wayOf(cycle.poll ?? [], workload.hop_times, computes, polling)];
}

/** What a worker does for a page's and a report's job: its constant seconds, and whether it makes the slow call. */
export const jobsOf = (workload, cycle) =>
  [cycle.page, cycle.report].map(({ worker }) => ({
    constant: worker.reduce((sum, name) => sum + (workload.hop_times[name] ?? 0), 0),
    calls: worker.includes("external"),
  }));
