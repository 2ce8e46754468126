// The figures of a run, equal to those of `compare`: sums as whole ticks, percentiles as numpy's "linear".
import { completionTime, isTimedOut } from "fates";
import { TICKS_PER_SECOND } from "grid";
import { inOrderOf } from "sorted";
import { ANSWERED, workOf } from "turns";

// per cent, and the fewest values that support it
const PERCENTILES = { p50: [50, 1], p95: [95, 20], p99: [99, 100] };

/**
 * numpy's linear percentile of sorted values of which the first `finite` happen at all; null where it falls on another.
 */
function percentile(sorted, percent, finite) {
  const last = sorted.length - 1;
  if (!(Math.ceil((last * percent) / 100) < finite)) return null;
  const at = last * (percent / 100);
  const below = Math.floor(at);
  const [low, high] = [sorted[below], sorted[Math.min(below + 1, finite - 1)]];
  const part = at - below;
  return part >= 0.5 ? high - (high - low) * (1 - part) : low + (high - low) * part;
}

/** mean, p50, p95, p99 and max of a column of seconds; null where there is nothing, too little, or "never". */
export function spread(seconds) {
  const sorted = new Float64Array(seconds).sort();
  const count = sorted.length;
  const infinite = sorted.indexOf(Infinity);
  const finite = infinite < 0 ? count : infinite;
  const complete = count > 0 && finite === count;
  const figures = { mean: complete ? sumTicks(sorted) / TICKS_PER_SECOND / count : null };
  for (const [name, [percent, fewest]] of Object.entries(PERCENTILES))
    figures[name] = count < fewest ? null : percentile(sorted, percent, finite);
  figures.max = complete ? sorted[count - 1] : null;
  return figures;
}

function sumTicks(seconds) {
  let sum = 0;
  for (const second of seconds) sum += second * TICKS_PER_SECOND;
  return sum;
}

/** Slot-seconds between `from` and `to` in which somebody was served. */
export function busy({ taken_at: takenAt, left_at: leftAt }, from = -Infinity, to = Infinity) {
  let sum = 0;
  for (let row = 0; row < takenAt.length; row++) {
    const time = Math.min(leftAt[row], to) - Math.max(takenAt[row], from);
    if (time > 0) sum += time;
  }
  return sum;
}

/** The share of the slots' time in the window that was spent serving; null without slots or without a window. */
export function utilisation(turns, workload, warmup) {
  const length = workload.ends_at - warmup;
  return turns.slots && length > 0 ? busy(turns, warmup, workload.ends_at) / (turns.slots * length) : null;
}

/** The most that were there at once: from <= t < until, both columns in order. */
export function peak(from, until) {
  let most = 0;
  for (let came = 0, gone = 0; came < from.length; came++) {
    while (gone < until.length && until[gone] <= from[came]) gone++;
    most = Math.max(most, came + 1 - gone);
  }
  return most;
}

/** The most that waited for a slot of a pool at once. Who is turned away has not waited: it comes and goes at once. */
export const peakOf = ({ came_at: cameAt, taken_at: takenAt }) => peak(inOrderOf(cameAt), inOrderOf(takenAt));

/** Thread-seconds of the whole run: in time, for nothing, and unused. */
export function ledger({ at_threads: turns }) {
  const [useful, wasted] = workOf(turns);
  return { useful_time: useful, wasted_time: wasted, idle_time: turns.idle };
}

/** Which requests count: those that arrived in [warmup, end of arrivals), a file's last row included. */
export function inWindow({ arrived_at: arrivedAt, ends_at: endsAt, from_file: fromFile }, warmup) {
  const counted = new Int32Array(arrivedAt.length);
  let count = 0;
  for (let id = 0; id < arrivedAt.length; id++) {
    const at = arrivedAt[id];
    if (at >= warmup && (at < endsAt || (fromFile && at === endsAt))) counted[count++] = id;
  }
  return counted.subarray(0, count);
}

/** The jobs' work that arrives per worker-second of the window; null without workers or without a window. */
export function offeredLoad(records, workload, warmup) {
  const length = workload.ends_at - warmup;
  if (!records.workers || length <= 0) return null;
  const { at_workers: jobs } = records;
  if (records.lab) return busy(jobs) / (records.workers * length);
  const inside = new Uint8Array(workload.arrived_at.length);
  for (const id of inWindow(workload, warmup)) inside[id] = 1;
  let work = 0;
  for (let row = 0; row < jobs.request_id.length; row++)
    if (inside[jobs.request_id[row]]) work += jobs.left_at[row] - jobs.taken_at[row];
  return work / (records.workers * length);
}

/** The few figures that are said of a run at once, while a knob is turned too. */
export function headFigures(records, workload, warmup) {
  const counted = inWindow(workload, warmup);
  const times = new Float64Array(counted.length);
  let [late, reports, completed] = [0, 0, 0];
  const { outcome } = records.at_threads;
  for (let n = 0; n < counted.length; n++) {
    const id = counted[n];
    if (outcome[id] !== ANSWERED) late++;
    if (!records.is_report[id]) continue;
    times[reports] = completionTime(records, id);
    if (times[reports++] < Infinity) completed++;
  }
  return {
    requests: counted.length,
    timed_out: late,
    reports,
    reports_completed: completed,
    completion_time: spread(times.subarray(0, reports)),
  };
}

/**
 * The figures of a run over the window from `warmup` to the workload's end, by the names that `compare --json` uses.
 */
export function summarise(records, workload, warmup) {
  const { at_threads: atThreads, at_workers: atWorkers } = records;
  const counted = inWindow(workload, warmup);
  const length = workload.ends_at - warmup;
  const late = counted.filter((id) => isTimedOut(records, id));
  const reports = counted.filter((id) => records.is_report[id]);
  const timesOf = (ids, time) => Float64Array.from(ids, time);
  const responseTime = (id) =>
    isTimedOut(records, id) ? records.timeout : atThreads.left_at[id] - records.arrived_at[id];
  const answered = counted.length - late.length;
  return {
    requests: counted.length,
    answered,
    reports: reports.length,
    reports_completed: reports.filter((id) => completionTime(records, id) < Infinity).length,
    timed_out: late.length,
    timeout_fraction: counted.length ? late.length / counted.length : null,
    timed_out_pages: late.filter((id) => !records.is_report[id]).length,
    timed_out_reports: late.filter((id) => records.is_report[id]).length,
    response_time: spread(timesOf(counted, responseTime)),
    page_response_time: spread(
      timesOf(
        counted.filter((id) => !records.is_report[id]),
        responseTime,
      ),
    ),
    completion_time: spread(timesOf(reports, (id) => completionTime(records, id))),
    waiting_time: spread(timesOf(counted, (id) => atThreads.taken_at[id] - records.arrived_at[id])),
    throughput: length > 0 ? answered / length : null,
    thread_utilisation: utilisation(atThreads, workload, warmup),
    worker_utilisation: utilisation(atWorkers, workload, warmup),
    peak_backlog: peakOf(atThreads),
    peak_queue: peakOf(atWorkers),
    ...ledger(records),
    ended_at: records.ended_at,
  };
}
