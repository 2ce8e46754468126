// What is known of the requests of a run in which more goes wrong, and what of it is told in the end.
import { FAILED, OK, REJECTED, TIMED_OUT } from "clients";
import { codes, flags, ids, instants, numbers, Rows, times } from "rows";
import { turnsOf } from "turns";
import { REPORT } from "ways";

/** A request and its turn at the threads; from `job` on what else is known of it while it is under way. */
const requestColumns = (room) => ({
  visit_id: ids(room),
  attempt: ids(room),
  kind: codes(room),
  status: codes(room),
  came_at: times(room),
  taken_at: instants(room),
  left_at: instants(room),
  slot: numbers(room),
  outcome: codes(room),
  seen_at: instants(room),
  about: numbers(room), // of a poll: the request that it asks about
  cut: flags(room), // on its thread
  job: numbers(room), // the row of the job that it pushed
  done: flags(room), // of a poll: whether it found the job done
  step: flags(room), // the next one of its way
  call_failed: flags(room),
});

/** A row for each visit's first request. */
export function firstRows({ arrived_at: arrivedAt, is_report: isReport }, { client_retries: retries, result }) {
  const visits = arrivedAt.length;
  const rows = new Rows(requestColumns, retries || result === "polling" ? 2 * visits : visits);
  const { of } = rows;
  for (let visit = 0; visit < visits; visit++) of.visit_id[visit] = visit;
  of.came_at.set(arrivedAt);
  of.kind.set(isReport);
  rows.count = visits;
  return rows;
}

function areReports(kind) {
  const isReport = new Uint8Array(kind.length);
  for (let id = 0; id < kind.length; id++) isReport[id] = kind[id] === REPORT ? 1 : 0;
  return isReport;
}

/** When each client had an answer: at its deadline, at the door, or when the thread let go. */
function answersOf({ status, came_at: cameAt, left_at: leftAt }, timeout) {
  const at = instants(status.length);
  for (let id = 0; id < at.length; id++) {
    const code = status[id];
    if (code === OK || code === FAILED) at[id] = leftAt[id];
    else if (code === TIMED_OUT) at[id] = cameAt[id] + timeout;
    else if (code === REJECTED) at[id] = cameAt[id];
  }
  return at;
}

/** What is told of jobs, in the rows of the requests that pushed them. */
function ofJobs(count, jobs) {
  const told = { enqueued_at: instants(count), died_at: instants(count), queue: numbers(count) };
  if (!jobs) return told;
  const { request_id: requestId, enqueued_at: enqueuedAt, died_at: diedAt, queue } = jobs.of;
  for (let job = 0; job < jobs.count; job++) {
    const id = requestId[job];
    told.enqueued_at[id] = enqueuedAt[job];
    told.died_at[id] = diedAt[job];
    told.queue[id] = queue[job];
  }
  return told;
}

/** Whether the runs stand by (taken_at, request_id). */
function areInOrder({ taken_at: at, request_id: id }) {
  for (let row = 1; row < at.length; row++) if (at[row] === at[row - 1] && id[row] < id[row - 1]) return false;
  return true;
}

/** The rows of the runs by (taken_at, request_id). */
function byPickUp(columns) {
  if (areInOrder(columns)) return columns;
  const { taken_at: at, request_id: id } = columns;
  const order = Array.from(at.keys()).sort((a, b) => at[a] - at[b] || id[a] - id[b]);
  return Object.fromEntries(
    Object.entries(columns).map(([name, of]) => [name, of.constructor.from(order, (row) => of[row])]),
  );
}

/** The turns of a run in which more went wrong, and, as `lab`, what else is told of it. */
export function toldOf(rows, application, cores, { threads, timeout }) {
  const columns = rows.columns();
  const { visit_id, attempt, kind, status, came_at, taken_at, left_at, slot, outcome, seen_at, about, cut } = columns;
  const runs = application && byPickUp(application.runs.columns());
  const { enqueued_at: run_enqueued_at, queue: run_queue, fails: _, ...turns } = runs ?? {};
  return {
    is_report: areReports(kind),
    at_threads: { ...turnsOf(threads, came_at, { taken_at, left_at, slot, outcome }) },
    at_workers: runs ? { ...turns, slots: application.queues.workers } : turnsOf(0, new Float64Array(0)),
    lab: {
      ...{ visit_id, attempt, kind, status, seen_at, about, cut },
      ...ofJobs(rows.count, application?.jobs),
      responded_at: answersOf(columns, timeout),
      ...(runs && { run_enqueued_at, run_queue }),
      stopped: application?.stopped ?? [],
      ...(cores && { at_cores: { ...cores.turns.columns(), slots: cores.cores } }),
    },
  };
}
