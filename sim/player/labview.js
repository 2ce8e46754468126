// The records of a run in which more goes wrong, as the player looks at them: every table in the order of arrival.
import { Records } from "records";

/** A column in another order of its rows. */
function permuted(column, order) {
  const made = new column.constructor(order.length);
  for (let n = 0; n < order.length; n++) made[n] = column[order[n]];
  return made;
}

const isColumn = (value) => ArrayBuffer.isView(value);

/**
 * Which rows come one after the other, and the place of each among them: so many visits in their order, then those who
 * came again, in theirs.
 */
function byArrival({ arrived_at: arrivedAt }, visits) {
  const order = new Int32Array(arrivedAt.length);
  const place = new Int32Array(order.length);
  let [first, again] = [0, visits];
  for (let n = 0; n < order.length; n++) {
    const isFirst = first < visits && !(arrivedAt[again] < arrivedAt[first]);
    order[n] = isFirst ? first++ : again++;
    place[order[n]] = n;
  }
  return { order, place };
}

/** Let `made` have a value by this name that is worked out when somebody first asks for it. */
function later(made, name, work) {
  const get = () => {
    const value = work();
    Object.defineProperty(made, name, { value, enumerable: true });
    return value;
  };
  Object.defineProperty(made, name, { get, enumerable: true, configurable: true });
}

/** A table in another order of its rows; while a knob is held most of its columns are asked for by nobody. */
function inOrder(table, order) {
  const made = /** @type {any} */ ({});
  for (const [name, value] of Object.entries(table))
    if (isColumn(value)) later(made, name, () => permuted(value, order));
    else made[name] = value;
  return made;
}

/** A table whose rows name requests: under their new numbers. */
function rename(table, requestIds, place) {
  later(table, "request_id", () => permuted(place, requestIds()));
  return table;
}

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

/** Records with a row per request in the order of arrival, where the first ones are so many visits. */
function inOrderOfArrival(records, visits) {
  const { order, place } = byArrival(records, visits);
  const { cycle: name, timeout, on_timeout, ended_at, at_threads: atThreads, at_workers: atWorkers } = records;
  const { at_cores: atCores, run_enqueued_at, run_queue, about, ...others } = /** @type {Lab} */ (records.lab);
  const lab = Object.assign(inOrder(others, order), {
    run_enqueued_at,
    run_queue,
    at_cores: atCores && { ...atCores },
  });
  if (atCores) rename(lab.at_cores, () => atCores.request_id, place);
  later(lab, "about", () => permuted(about, order).map((id) => (id < 0 ? -1 : place[id])));
  return new Records({
    ...{ cycle: name, timeout, on_timeout, ended_at, lab },
    is_report: permuted(records.is_report, order),
    at_threads: rename(inOrder(atThreads, order), () => permuted(atThreads.request_id, order), place),
    at_workers: rename({ ...atWorkers }, () => atWorkers.request_id, place),
  });
}

/** A workload with a row per request of these records. */
function workloadOf(records, workload, cycle) {
  const { visit_id: visitId } = records.lab;
  const rows = { ...workload };
  later(rows, "web_time", () => workload.web_time && permuted(workload.web_time, visitId));
  later(rows, "external_time", () => {
    const own = permuted(workload.external_time, visitId);
    return callTimes(records, { ...workload, external_time: own, web_time: rows.web_time }, cycle);
  });
  return rows;
}

/**
 * Records and workload with a row per request, in the order of arrival.
 * @param {Records} records
 * @param {Workload} workload
 * @param {Cycle} cycle
 */
export function labView(records, workload, cycle) {
  const cameAgain = records.arrived_at.length > workload.arrived_at.length;
  const view = cameAgain ? inOrderOfArrival(records, workload.arrived_at.length) : records;
  return { records: view, workload: workloadOf(view, workload, cycle) };
}
