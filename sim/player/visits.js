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

/** Those of some ids for which something is so; a typed array's own `filter` takes three times as long. */
function those(ids, isSo) {
  const kept = new Int32Array(ids.length);
  let found = 0;
  for (let n = 0; n < ids.length; n++) if (isSo(ids[n])) kept[found++] = ids[n];
  return kept.subarray(0, found);
}

const howMany = (ids, isSo) => those(ids, isSo).length;

/** Those of a column of times that stand in these rows. */
function timesOf(rows, times) {
  const own = new Float64Array(rows.length);
  for (let n = 0; n < rows.length; n++) own[n] = times[rows[n]];
  return own;
}

/** For each visit, the earliest of its requests' instants (NaN or Infinity: none); after its first arrival. */
function sinceFirst({ arrived_at: arrivedAt, lab: { visit_id: visitId } }, visits, instant) {
  const earliest = new Float64Array(visits).fill(Infinity);
  for (let id = 0; id < arrivedAt.length; id++) {
    const at = instant(id);
    if (at < earliest[visitId[id]]) earliest[visitId[id]] = at;
  }
  for (let visit = 0; visit < visits; visit++) earliest[visit] -= arrivedAt[visit];
  return earliest;
}

/** What counts: the visits of the window, and all of a visit with it. */
function countedOf(records, workload, warmup) {
  const { arrived_at: arrivedAt, at_workers: runs } = records;
  const { visit_id: visitId, kind } = records.lab;
  const { request_id: requestId } = runs;
  const inside = new Uint8Array(workload.arrived_at.length);
  const visits = inWindow(workload, warmup);
  for (let n = 0; n < visits.length; n++) inside[visits[n]] = 1;
  const all = where(arrivedAt.length, (id) => inside[visitId[id]]);
  return {
    inside,
    visits,
    all,
    requests: those(all, (id) => kind[id] !== POLL),
    runs: where(requestId.length, (row) => inside[visitId[requestId[row]]]),
  };
}

/** By request, when its report exists: with its job's end, or, where it has no job, with a good answer. */
function servedAt({ enqueued_at: enqueuedAt, completed_at: completedAt, lab }) {
  const { kind, status, responded_at: respondedAt } = lab;
  return (id) => {
    if (kind[id] === POLL) return NaN;
    if (enqueuedAt[id] >= 0) return completedAt[id];
    return status[id] === OK ? respondedAt[id] : NaN;
  };
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

/** When each visit's report exists, after it came. */
function completionTimes(records, workload) {
  return sinceFirst(records, workload.arrived_at.length, servedAt(records));
}

/** How visits ended, `told`, with when each had its first good answer, and which of them asked for a report. */
function servedVisits(records, { visits }, workload) {
  const { lab } = records;
  const { kind, status, responded_at: respondedAt } = lab;
  const { is_report: isReport } = workload;
  const reports = those(visits, (visit) => isReport[visit]);
  const isGood = (id) => kind[id] !== POLL && status[id] === OK;
  const first = sinceFirst(records, workload.arrived_at.length, (id) => (isGood(id) ? respondedAt[id] : NaN));
  const completed = timesOf(reports, completionTimes(records, workload));
  const told = {
    visits: visits.length,
    visits_answered: howMany(visits, (visit) => first[visit] < Infinity),
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
  const { outcome, request_id: requestId } = turns;
  for (let n = 0; n < counted.length; n++) {
    const row = counted[n];
    if (outcome[row] === COMPLETED) done[visitId[requestId[row]]]++;
  }
  return {
    job_runs: counted.length,
    jobs_dead: howMany(all, (id) => diedAt[id] >= 0),
    jobs_lost: howMany(counted, (row) => isLost(records, row)),
    jobs_done_twice: where(done.length, (visit) => done[visit] > 1).length,
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
