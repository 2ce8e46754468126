// The figures of a run in which more goes wrong, equal to those of `compare`: about visits, their requests and jobs.
import { COMPLETED, FAILED, LOST } from "application";
import { OK, REJECTED, TIMED_OUT, FAILED as TOLD_FAILED } from "clients";
import { busy, happened, inWindow, peak, spread } from "figures";
import { PAGE, POLL } from "ways";

/** The ids of `count` rows for which something is so. */
function where(count, isSo) {
  const ids = [];
  for (let id = 0; id < count; id++) if (isSo(id)) ids.push(id);
  return ids;
}

/** For each visit, the earliest of its requests' instants (NaN or Infinity: none); after its first arrival. */
function sinceFirst({ arrived_at: arrivedAt, lab }, visits, instant) {
  const earliest = new Float64Array(visits).fill(Infinity);
  for (let id = 0; id < arrivedAt.length; id++) {
    const at = instant(id);
    if (at < earliest[lab.visit_id[id]]) earliest[lab.visit_id[id]] = at;
  }
  return earliest.map((at, visit) => at - arrivedAt[visit]);
}

/** What counts: the visits of the window, and all of a visit with it. */
function countedOf(records, workload, warmup) {
  const { lab, arrived_at: arrivedAt } = records;
  const inside = new Uint8Array(workload.arrived_at.length);
  for (const visit of inWindow(workload, warmup)) inside[visit] = 1;
  const all = where(arrivedAt.length, (id) => inside[lab.visit_id[id]]);
  const { runs } = lab;
  return {
    inside,
    visits: where(inside.length, (visit) => inside[visit]),
    all,
    requests: all.filter((id) => lab.kind[id] !== POLL),
    runs: runs ? where(runs.run.length, (row) => inside[lab.visit_id[runs.request_id[row]]]) : [],
  };
}

/** When a request's report exists: with its job's end, or, where it has no job, with a good answer. */
function servedAt({ enqueued_at: enqueuedAt, completed_at: completedAt, lab }, id) {
  if (lab.kind[id] === POLL) return NaN;
  if (enqueuedAt[id] >= 0) return completedAt[id];
  return lab.status[id] === OK ? lab.responded_at[id] : NaN;
}

/** The figures that are said of such a run at once. */
export function headVisits(records, workload, warmup) {
  const counted = countedOf(records, workload, warmup);
  const { requests, answered, timed_out, rejected, failed, polls } = ofRequests(records, counted, workload, warmup);
  const visits = ofVisits(records, counted, workload);
  const told = { requests, answered, timed_out, rejected, failed, polls, ...visits, ...jobsOf(records, counted) };
  return { ...told, goes_wrong: true };
}

function ofRequests({ arrived_at: arrivedAt, started_at, skipped_at, lab }, { all, requests }, workload, warmup) {
  const { status, kind, responded_at: respondedAt } = lab;
  const length = workload.ends_at - warmup;
  const of = (code) => requests.filter((id) => status[id] === code);
  const late = of(TIMED_OUT);
  const timed = requests.filter((id) => status[id] !== REJECTED);
  const response = (id) => respondedAt[id] - arrivedAt[id];
  const answered = of(OK).length;
  return {
    requests: requests.length,
    answered,
    timed_out: late.length,
    timeout_fraction: requests.length ? late.length / requests.length : null,
    timed_out_pages: late.filter((id) => kind[id] === PAGE).length,
    timed_out_reports: late.filter((id) => kind[id] !== PAGE).length,
    rejected: of(REJECTED).length,
    failed: of(TOLD_FAILED).length,
    polls: all.length - requests.length,
    response_time: spread(timed.map(response)),
    page_response_time: spread(timed.filter((id) => kind[id] === PAGE).map(response)),
    waiting_time: spread(timed.map((id) => (started_at[id] >= 0 ? started_at : skipped_at)[id] - arrivedAt[id])),
    throughput: length > 0 ? answered / length : null,
  };
}

function completionTimes(records, workload) {
  return sinceFirst(records, workload.arrived_at.length, (id) => servedAt(records, id));
}

function ofVisits(records, { visits, requests }, workload) {
  const { lab } = records;
  const reports = visits.filter((visit) => workload.is_report[visit]);
  const count = workload.arrived_at.length;
  const isGood = (id) => lab.kind[id] !== POLL && lab.status[id] === OK;
  const first = sinceFirst(records, count, (id) => (isGood(id) ? lab.responded_at[id] : NaN));
  const completion = completionTimes(records, workload);
  const seen = sinceFirst(records, count, (id) => lab.seen_at[id]);
  const sees = seen.some((time) => time < Infinity);
  const completed = reports.map((visit) => completion[visit]);
  return {
    visits: visits.length,
    visits_answered: visits.filter((visit) => first[visit] < Infinity).length,
    visit_time: spread(visits.map((visit) => first[visit])),
    requests_per_visit: visits.length ? requests.length / visits.length : null,
    reports: reports.length,
    reports_completed: completed.filter((time) => time < Infinity).length,
    completion_time: spread(completed),
    result_time: spread(sees ? reports.map((visit) => seen[visit]) : []),
  };
}

/** What became of the jobs, in numbers. */
function jobsOf({ lab }, { all, runs: counted, inside }) {
  const { runs, visit_id: visitId, died_at: diedAt } = lab;
  const done = new Uint32Array(inside.length);
  const last = new Map();
  for (let row = 0; row < (runs?.run.length ?? 0); row++) last.set(runs.request_id[row], row);
  for (const row of counted) if (runs.outcome[row] === COMPLETED) done[visitId[runs.request_id[row]]]++;
  const isLost = (row) => runs.outcome[row] === LOST && last.get(runs.request_id[row]) === row;
  return {
    job_runs: counted.length,
    jobs_dead: all.filter((id) => diedAt[id] >= 0).length,
    jobs_lost: counted.filter(isLost).length,
    jobs_done_twice: done.filter((times) => times > 1).length,
  };
}

/** From when until when jobs waited in the retry set: from a run that failed until they joined their queue anew. */
export function inRetrySet(runs) {
  /** @type {number[][]} */
  const [from, until] = [[], []];
  const before = new Map();
  for (let row = 0; row < (runs?.run.length ?? 0); row++) {
    const last = before.get(runs.request_id[row]);
    if (last !== undefined && runs.outcome[last] === FAILED) {
      from.push(runs.ended_at[last]);
      until.push(runs.enqueued_at[row]);
    }
    before.set(runs.request_id[row], row);
  }
  return [Float64Array.from(from).sort(), Float64Array.from(until).sort()];
}

function ofQueues(records, counted, workload, names) {
  const { runs, queue } = records.lab;
  if (!runs) return {};
  const completion = completionTimes(records, workload);
  const wait = (row) => runs.picked_up_at[row] - runs.enqueued_at[row];
  const figures = (number) => {
    const isOf = (visit) => workload.is_report[visit] && (workload.queue?.[visit] ?? 0) === number;
    return {
      jobs: counted.all.filter((id) => queue[id] === number).length,
      waiting_time: spread(counted.runs.filter((row) => runs.queue[row] === number).map(wait)),
      completion_time: spread(counted.visits.filter(isOf).map((visit) => completion[visit])),
    };
  };
  return Object.fromEntries(names.map((name, number) => [name, figures(number)]));
}

/** Slot-seconds of a table of turns by whether they were good for something. */
function work(takenAt, leftAt, isUseful) {
  const sums = [0, 0];
  for (let row = 0; row < takenAt.length; row++)
    if (leftAt[row] > takenAt[row]) sums[isUseful(row) ? 0 : 1] += leftAt[row] - takenAt[row];
  return sums;
}

/** Worker-seconds without a run: free, and not there, by the gaps of every slot. */
export function gapsOf({ workers, ended_at: endedAt, lab: { runs, stopped } }) {
  const since = new Float64Array(workers);
  const end = endedAt ?? 0;
  let [idle, down] = [0, 0];
  const gap = (from, until) => {
    const gone = stopped.map(([stop, back]) => Math.max(0, Math.min(back, until) - Math.max(stop, from)));
    const away = gone.reduce((sum, time) => sum + time, 0);
    [idle, down] = [idle + (until - from - away), down + away];
  };
  for (let row = 0; row < (runs?.run.length ?? 0); row++) {
    gap(since[runs.worker[row]], runs.picked_up_at[row]);
    since[runs.worker[row]] = runs.ended_at[row];
  }
  for (const free of since) gap(free, end);
  return { worker_idle_time: idle, worker_down_time: down };
}

function ofPools(records, workload, warmup) {
  const { lab, started_at: startedAt, finished_at: finishedAt, skipped_at: skippedAt, arrived_at: arrivedAt } = records;
  const { runs, turns } = lab;
  const length = workload.ends_at - warmup;
  const use = (from, to, slots) =>
    slots && length > 0 ? busy(from, to, warmup, workload.ends_at) / (slots * length) : null;
  const [useful, wasted] = work(startedAt, finishedAt, (id) => lab.status[id] === OK);
  const [done, undone] = runs
    ? work(runs.picked_up_at, runs.ended_at, (row) => runs.outcome[row] === COMPLETED)
    : [0, 0];
  const reachedAt = startedAt.map((at, id) => (at >= 0 ? at : skippedAt[id]));
  return {
    thread_utilisation: use(startedAt, finishedAt, records.threads),
    worker_utilisation: runs ? use(runs.picked_up_at, runs.ended_at, records.workers) : null,
    core_utilisation: turns ? use(turns.taken_at, turns.left_at, lab.cores) : null,
    peak_backlog: peak(arrivedAt.filter((_, id) => reachedAt[id] >= 0).sort(), happened(reachedAt)),
    peak_queue: runs ? peak(runs.came_at.slice().sort(), runs.picked_up_at.slice().sort()) : 0,
    peak_retry_set: peak(...inRetrySet(runs)),
    useful_time: useful,
    wasted_time: wasted,
    idle_time: records.thread_idle_time,
    worker_useful_time: done,
    worker_wasted_time: undone,
    ...gapsOf(records),
    ended_at: records.ended_at,
  };
}

/** The figures of a run in the window from `warmup`; `queues`: the names of the queues. */
export function summariseVisits(records, workload, warmup, queues = ["default"]) {
  const counted = countedOf(records, workload, warmup);
  const { runs } = records.lab;
  const waits = counted.runs.map((row) => runs.picked_up_at[row] - runs.enqueued_at[row]);
  return {
    ...ofRequests(records, counted, workload, warmup),
    ...ofVisits(records, counted, workload),
    ...jobsOf(records, counted),
    job_waiting_time: spread(waits),
    queues: ofQueues(records, counted, workload, queues),
    ...ofPools(records, workload, warmup),
  };
}
