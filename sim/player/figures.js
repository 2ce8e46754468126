// The figures of a run, equal to those of `compare`: sums as whole ticks, percentiles as numpy's "linear".
import { completionTime, isTimedOut, reachedAt } from "fates";
import { TICKS_PER_SECOND } from "grid";

// per cent, and the fewest values that support it
const PERCENTILES = { p50: [50, 1], p95: [95, 20], p99: [99, 100] };

/** numpy's linear percentile of sorted values of which the first `finite` happen at all; null where it falls on another. */
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
  const sorted = Float64Array.from(seconds).sort();
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
export function busy(startedAt, finishedAt, from, to) {
  let sum = 0;
  for (let id = 0; id < startedAt.length; id++) {
    const time = Math.min(finishedAt[id], to) - Math.max(startedAt[id], from);
    if (time > 0) sum += time;
  }
  return sum;
}

/** The most that were waiting at once: came_at <= t < taken_at, both columns in order. */
export function peak(cameAt, takenAt) {
  let most = 0;
  for (let came = 0, taken = 0; came < cameAt.length; came++) {
    while (taken < takenAt.length && takenAt[taken] <= cameAt[came]) taken++;
    most = Math.max(most, came + 1 - taken);
  }
  return most;
}

export const happened = (column) => column.filter((at) => !Number.isNaN(at)).sort();
/** Thread-seconds of the whole run: in time, for nothing, and unused. */
export function ledger(records) {
  let [useful, wasted] = [0, 0];
  for (let id = 0; id < records.started_at.length; id++) {
    const time = records.finished_at[id] - records.started_at[id];
    if (Number.isNaN(time)) continue;
    if (isTimedOut(records, id)) wasted += time;
    else useful += time;
  }
  return { useful_time: useful, wasted_time: wasted, idle_time: records.thread_idle_time };
}

/** Which requests count: those that arrived in [warmup, end of arrivals), a file's last row included. */
export function inWindow({ arrived_at: arrivedAt, ends_at: endsAt, from_file: fromFile }, warmup) {
  const counted = [];
  arrivedAt.forEach((at, id) => {
    if (at >= warmup && (at < endsAt || (fromFile && at === endsAt))) counted.push(id);
  });
  return counted;
}

/** The jobs' work that arrives per worker-second of the window; null without workers or without a window. */
export function offeredLoad(records, workload, warmup) {
  const length = workload.ends_at - warmup;
  if (!records.workers || length <= 0) return null;
  let work = 0;
  const { runs } = records.lab ?? {};
  if (runs) return busy(runs.picked_up_at, runs.ended_at, -Infinity, Infinity) / (records.workers * length);
  for (const id of inWindow(workload, warmup)) work += records.completed_at[id] - records.picked_up_at[id] || 0; // NaN: no job
  return work / (records.workers * length);
}

/** The few figures that are said of a run at once, while a knob is turned too. */
export function headFigures(records, workload, warmup) {
  const counted = inWindow(workload, warmup);
  const reports = counted.filter((id) => records.is_report[id]);
  const times = reports.map((id) => completionTime(records, id));
  return {
    requests: counted.length,
    timed_out: counted.filter((id) => isTimedOut(records, id)).length,
    reports: reports.length,
    reports_completed: times.filter((time) => time < Infinity).length,
    completion_time: spread(times),
  };
}

/** The figures of a run over the window from `warmup` to the workload's end, by the names that `compare --json` uses. */
export function summarise(records, workload, warmup) {
  const endsAt = workload.ends_at;
  const counted = inWindow(workload, warmup);
  const length = endsAt - warmup;
  const late = counted.filter((id) => isTimedOut(records, id));
  const reports = counted.filter((id) => records.is_report[id]);
  const responseTime = (id) =>
    isTimedOut(records, id) ? records.timeout : records.finished_at[id] - records.arrived_at[id];
  const use = (from, to, slots) => (length > 0 ? busy(from, to, warmup, endsAt) / (slots * length) : null);
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
    response_time: spread(counted.map(responseTime)),
    page_response_time: spread(counted.filter((id) => !records.is_report[id]).map(responseTime)),
    completion_time: spread(reports.map((id) => completionTime(records, id))),
    waiting_time: spread(counted.map((id) => reachedAt(records, id) - records.arrived_at[id])),
    throughput: length > 0 ? answered / length : null,
    thread_utilisation: use(records.started_at, records.finished_at, records.threads),
    worker_utilisation: records.workers ? use(records.picked_up_at, records.completed_at, records.workers) : null,
    peak_backlog: peak(
      records.arrived_at,
      records.arrived_at.map((_, id) => reachedAt(records, id)),
    ),
    peak_queue: peak(happened(records.enqueued_at), happened(records.picked_up_at)),
    ...ledger(records),
    ended_at: records.ended_at,
  };
}
