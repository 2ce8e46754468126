// The figures of a run in which more goes wrong, equal to those of `compare`: about visits, their requests and jobs.
import { OK, REJECTED, TIMED_OUT, FAILED as TOLD_FAILED } from "clients";
import { inWindow, ledger, peak, peakOf, spread, utilisation } from "figures";
import { COMPLETED, FAILED, LOST, workOf } from "turns";
import { PAGE, POLL } from "ways";

/** The ids of `count` rows for which something is so. */
function where(count, isSo) {
  const ids = new Int32Array(count);
  let found = 0;
  for (let id = 0; id < count; id++) if (isSo(id)) ids[found++] = id;
  return ids.subarray(0, found);
}

/** Those of a column of times that stand in these rows. */
const timesOf = (rows, times) => Float64Array.from(rows, (row) => times[row]);

/** For each visit, the earliest of its requests' instants (NaN or Infinity: none); after its first arrival. */
function sinceFirst({ arrived_at: arrivedAt, lab }, visits, instant) {
  const earliest = new Float64Array(visits).fill(Infinity);
  for (let id = 0; id < arrivedAt.length; id++) {
    const at = instant(id);
    if (at < earliest[lab.visit_id[id]]) earliest[lab.visit_id[id]] = at;
  }
  for (let visit = 0; visit < visits; visit++) earliest[visit] -= arrivedAt[visit];
  return earliest;
}

/** What counts: the visits of the window, and all of a visit with it. */
function countedOf(records, workload, warmup) {
  const { lab, arrived_at: arrivedAt, at_workers: runs } = records;
  const inside = new Uint8Array(workload.arrived_at.length);
  for (const visit of inWindow(workload, warmup)) inside[visit] = 1;
  const all = where(arrivedAt.length, (id) => inside[lab.visit_id[id]]);
  return {
    inside,
    visits: where(inside.length, (visit) => inside[visit]),
    all,
    requests: all.filter((id) => lab.kind[id] !== POLL),
    runs: where(runs.request_id.length, (row) => inside[lab.visit_id[runs.request_id[row]]]),
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
  const told = { ...servedVisits(records, counted, workload).told, ...jobsOf(records, counted) };
  return { requests: counted.requests.length, ...told, goes_wrong: true };
}

function ofRequests({ arrived_at: arrivedAt, reached_at: reachedAt, lab }, { all, requests }, workload, warmup) {
  const { status, kind, responded_at: respondedAt } = lab;
  const length = workload.ends_at - warmup;
  const of = (code) => requests.filter((id) => status[id] === code);
  const late = of(TIMED_OUT);
  const timed = requests.filter((id) => status[id] !== REJECTED);
  const response = respondedAt.map((at, id) => at - arrivedAt[id]);
  const waiting = reachedAt.map((at, id) => at - arrivedAt[id]);
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
    response_time: spread(timesOf(timed, response)),
    page_response_time: spread(
      timesOf(
        timed.filter((id) => kind[id] === PAGE),
        response,
      ),
    ),
    waiting_time: spread(timesOf(timed, waiting)),
    throughput: length > 0 ? answered / length : null,
  };
}

function completionTimes(records, workload) {
  return sinceFirst(records, workload.arrived_at.length, (id) => servedAt(records, id));
}

/** How visits ended, `told`, with when each had its first good answer, and which of them asked for a report. */
function servedVisits(records, { visits }, workload) {
  const { lab } = records;
  const reports = visits.filter((visit) => workload.is_report[visit]);
  const isGood = (id) => lab.kind[id] !== POLL && lab.status[id] === OK;
  const first = sinceFirst(records, workload.arrived_at.length, (id) => (isGood(id) ? lab.responded_at[id] : NaN));
  const completed = timesOf(reports, completionTimes(records, workload));
  const told = {
    visits: visits.length,
    visits_answered: visits.filter((visit) => first[visit] < Infinity).length,
    reports: reports.length,
    reports_completed: completed.filter((time) => time < Infinity).length,
    completion_time: spread(completed),
  };
  return { told, first, reports };
}

function ofVisits(records, counted, workload) {
  const { visits, requests } = counted;
  const { told, first, reports } = servedVisits(records, counted, workload);
  const seen = sinceFirst(records, workload.arrived_at.length, (id) => records.lab.seen_at[id]);
  const sees = seen.some((time) => time < Infinity);
  return {
    ...told,
    visit_time: spread(timesOf(visits, first)),
    requests_per_visit: visits.length ? requests.length / visits.length : null,
    result_time: spread(sees ? timesOf(reports, seen) : []),
  };
}

/** Whether a job was lost with this run, for good. */
export const isLost = ({ at_workers: turns, runs }, row) =>
  turns.outcome[row] === LOST && runs.last[turns.request_id[row]] === row;

/** What became of the jobs, in numbers. */
function jobsOf(records, { all, runs: counted, inside }) {
  const { at_workers: turns, lab } = records;
  const { visit_id: visitId, died_at: diedAt } = lab;
  const done = new Uint32Array(inside.length);
  for (const row of counted) if (turns.outcome[row] === COMPLETED) done[visitId[turns.request_id[row]]]++;
  return {
    job_runs: counted.length,
    jobs_dead: all.filter((id) => diedAt[id] >= 0).length,
    jobs_lost: counted.filter((row) => isLost(records, row)).length,
    jobs_done_twice: done.filter((times) => times > 1).length,
  };
}

/** From when until when jobs waited in the retry set: from a run that failed until they joined their queue anew. */
export function inRetrySet({ at_workers: turns, lab }) {
  /** @type {number[][]} */
  const [from, until] = [[], []];
  const before = new Map();
  turns.request_id.forEach((id, row) => {
    const last = before.get(id);
    if (last !== undefined && turns.outcome[last] === FAILED) {
      from.push(turns.left_at[last]);
      until.push(lab.run_enqueued_at[row]);
    }
    before.set(id, row);
  });
  return [Float64Array.from(from).sort(), Float64Array.from(until).sort()];
}

/** How long a job waited for each run of it, since it was pushed. */
const jobWaits = ({ at_workers: turns, lab }) => turns.taken_at.map((at, row) => at - lab.run_enqueued_at[row]);

function ofQueues(records, counted, workload, names) {
  const { queue, run_queue: runQueue } = records.lab;
  if (!records.workers) return {};
  const [completion, waits] = [completionTimes(records, workload), jobWaits(records)];
  const figures = (number) => {
    const isOf = (visit) => workload.is_report[visit] && (workload.queue?.[visit] ?? 0) === number;
    return {
      jobs: counted.all.filter((id) => queue[id] === number).length,
      waiting_time: spread(
        timesOf(
          counted.runs.filter((row) => runQueue[row] === number),
          waits,
        ),
      ),
      completion_time: spread(timesOf(counted.visits.filter(isOf), completion)),
    };
  };
  return Object.fromEntries(names.map((name, number) => [name, figures(number)]));
}

/** Worker-seconds without a run: free, and not there, by the gaps of every slot. */
export function gapsOf({ at_workers: runs, ended_at: endedAt, lab: { stopped } }) {
  const since = new Float64Array(runs.slots);
  const end = endedAt ?? 0;
  let [idle, down] = [0, 0];
  const gap = (from, until) => {
    const gone = stopped.map(([stop, back]) => Math.max(0, Math.min(back, until) - Math.max(stop, from)));
    const away = gone.reduce((sum, time) => sum + time, 0);
    [idle, down] = [idle + (until - from - away), down + away];
  };
  runs.slot.forEach((worker, row) => {
    gap(since[worker], runs.taken_at[row]);
    since[worker] = runs.left_at[row];
  });
  for (const free of since) gap(free, end);
  return { worker_idle_time: idle, worker_down_time: down };
}

function ofPools(records, workload, warmup) {
  const { at_threads: threads, at_workers: workers, lab } = records;
  const [done, undone] = workOf(workers);
  return {
    thread_utilisation: utilisation(threads, workload, warmup),
    worker_utilisation: utilisation(workers, workload, warmup),
    core_utilisation: lab.at_cores ? utilisation(lab.at_cores, workload, warmup) : null,
    peak_backlog: peakOf(threads),
    peak_queue: peakOf(workers),
    peak_retry_set: peak(...inRetrySet(records)),
    ...ledger(records),
    worker_useful_time: done,
    worker_wasted_time: undone,
    ...gapsOf(records),
    ended_at: records.ended_at,
  };
}

/** The figures of a run in the window from `warmup`; `queues`: the names of the queues. */
export function summariseVisits(records, workload, warmup, queues = ["default"]) {
  const counted = countedOf(records, workload, warmup);
  return {
    ...ofRequests(records, counted, workload, warmup),
    ...ofVisits(records, counted, workload),
    ...jobsOf(records, counted),
    job_waiting_time: spread(timesOf(counted.runs, jobWaits(records))),
    queues: ofQueues(records, counted, workload, queues),
    ...ofPools(records, workload, warmup),
  };
}
