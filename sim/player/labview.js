// The records of a run in which more goes wrong, as the player looks at them: every table in the order of arrival.
import { Records } from "records";
import { ordered } from "sorted";

/** A column in another order of its rows. */
function permuted(column, order) {
  const made = new column.constructor(order.length);
  for (let n = 0; n < order.length; n++) made[n] = column[order[n]];
  return made;
}

const isColumn = (value) => ArrayBuffer.isView(value);

/** Which rows come one after the other, and the place of each among them. */
function byArrival({ arrived_at: arrivedAt }) {
  const { ids: order } = ordered(arrivedAt.length, (id) => arrivedAt[id]);
  const place = new Int32Array(order.length);
  for (let n = 0; n < order.length; n++) place[order[n]] = n;
  return { order, place };
}

const columnsOf = (table, order) =>
  Object.fromEntries(
    Object.entries(table).map(([name, value]) => [name, isColumn(value) ? permuted(value, order) : value]),
  );

/** A table whose rows name requests: under their new numbers. */
const renamed = (table, place) => ({ ...table, request_id: permuted(place, table.request_id) });

/** How long a thread's slow call took, where one can see it: its time on the thread without all else. */
function callTimes(records, workload, cycle) {
  const { started_at: startedAt, finished_at: finishedAt, lab } = records;
  if (lab.at_cores || cycle.report.thread.includes("queue")) return workload.external_time;
  const rest = cycle.report.thread.reduce((sum, hop) => sum + (workload.hop_times[hop] ?? 0), 0);
  const times = workload.external_time.slice();
  for (let id = 0; id < times.length; id++) {
    const isSeen = records.is_report[id] && lab.status[id] !== 0 && !lab.cut[id] && finishedAt[id] >= 0;
    if (isSeen) times[id] = finishedAt[id] - startedAt[id] - rest - (workload.web_time ? workload.web_time[id] : 0);
  }
  return times;
}

/**
 * Records and workload with a row per request, in the order of arrival.
 * @param {Records} records
 * @param {Workload} workload
 * @param {Cycle} cycle
 */
export function labView(records, workload, cycle) {
  const { order, place } = byArrival(records);
  const { cycle: name, timeout, on_timeout, ended_at } = records;
  const { at_cores: atCores, run_enqueued_at, run_queue, ...others } = /** @type {Lab} */ (records.lab);
  /** @type {any} */
  const lab = { ...columnsOf(others, order), run_enqueued_at, run_queue, at_cores: atCores && renamed(atCores, place) };
  lab.about = lab.about.map((id) => (id < 0 ? -1 : place[id]));
  const view = new Records({
    ...{ cycle: name, timeout, on_timeout, ended_at, lab },
    is_report: permuted(records.is_report, order),
    at_threads: renamed(columnsOf(records.at_threads, order), place),
    at_workers: renamed(records.at_workers, place),
  });
  const visits = lab.visit_id;
  const rows = {
    ...workload,
    external_time: permuted(workload.external_time, visits),
    web_time: workload.web_time && permuted(workload.web_time, visits),
  };
  return { records: view, workload: { ...rows, external_time: callTimes(view, rows, cycle) } };
}
