// What is known of the requests of a run in which more goes wrong, and what of it is told in the end.
import { OK, REJECTED, FAILED as TOLD_FAILED } from "clients";
import { limitOf } from "guard";
import { codes, counts, flags, instants, numbers, Rows } from "rows";
import { ANSWERED, FAILED, KILLED, LATE, SKIPPED, REJECTED as TURNED_AWAY, turnsOf } from "turns";
import { REPORT } from "ways";

/** What is told of a request, and, from `about` on, what else is known of it while it is under way. */
const requestColumns = (room) => ({
  visit_id: numbers(room),
  attempt: numbers(room),
  kind: codes(room),
  status: codes(room),
  arrived_at: instants(room),
  started_at: instants(room),
  enqueued_at: instants(room),
  responded_at: instants(room),
  finished_at: instants(room),
  skipped_at: instants(room),
  completed_at: instants(room),
  died_at: instants(room),
  seen_at: instants(room),
  thread: numbers(room),
  queue: numbers(room),
  about: numbers(room), // of a poll: the request that it asks about
  done: flags(room), // of a poll: whether it found the job done
  step: flags(room), // the next one of its way
  cut_at: instants(room),
  call_failed: flags(room),
  joined_at: instants(room), // when its job was pushed last
  came_at: instants(room), // when its job joined the queue last: pushed, or put back
  cut: flags(room), // on its thread
  runs: counts(room), // of its job, so far
  job_retries: counts(room),
});

/** A row for each visit's first request. */
export function firstRows({ arrived_at: arrivedAt, is_report: isReport }) {
  const rows = new Rows(requestColumns, arrivedAt.length);
  for (let visit = 0; visit < arrivedAt.length; visit++) {
    const id = rows.add();
    rows.of.visit_id[id] = visit;
    rows.of.arrived_at[id] = arrivedAt[visit];
    rows.of.kind[id] = isReport[visit];
    rows.of.attempt[id] = 0;
  }
  return rows;
}

function areReports(kind) {
  const isReport = new Uint8Array(kind.length);
  for (let id = 0; id < kind.length; id++) isReport[id] = kind[id] === REPORT ? 1 : 0;
  return isReport;
}

/** What became of a request at the threads: `killsAt` is its deadline where the server cuts it off then. */
function fateOf({ status, skipped_at: skippedAt, finished_at: finishedAt }, id, killsAt) {
  if (status[id] === REJECTED) return TURNED_AWAY;
  if (skippedAt[id] >= 0) return SKIPPED;
  if (status[id] === OK) return ANSWERED;
  if (status[id] === TOLD_FAILED) return FAILED;
  return finishedAt[id] === killsAt ? KILLED : LATE;
}

/** The turns at the threads; who is turned away comes, is taken and leaves in one instant. */
function atThreads(columns, scenario) {
  const { arrived_at: arrivedAt, started_at: startedAt, finished_at: finishedAt, skipped_at: skippedAt } = columns;
  const turns = turnsOf(scenario.threads, arrivedAt);
  for (let id = 0; id < arrivedAt.length; id++) {
    const nobody = skippedAt[id] >= 0 ? skippedAt[id] : arrivedAt[id];
    turns.taken_at[id] = startedAt[id] >= 0 ? startedAt[id] : nobody;
    turns.left_at[id] = finishedAt[id] >= 0 ? finishedAt[id] : nobody;
    turns.outcome[id] = fateOf(columns, id, arrivedAt[id] + limitOf(scenario));
  }
  return { ...turns, slot: columns.thread };
}

/** The rows of the runs by (taken_at, request_id). */
function byPickUp(columns) {
  const { taken_at: at, request_id: id } = columns;
  const order = Array.from(at.keys()).sort((a, b) => at[a] - at[b] || id[a] - id[b]);
  return Object.fromEntries(
    Object.entries(columns).map(([name, of]) => [name, of.constructor.from(order, (row) => of[row])]),
  );
}

/** The turns of a run in which more went wrong, and, as `lab`, what else is told of it. */
export function toldOf(rows, application, cores, scenario) {
  const columns = rows.columns();
  const { visit_id, attempt, kind, status, enqueued_at, responded_at, died_at, seen_at, queue, about, cut } = columns;
  const ofRequests = {
    visit_id,
    attempt,
    kind,
    status,
    enqueued_at,
    responded_at,
    died_at,
    seen_at,
    queue,
    about,
    cut,
  };
  const runs = application && byPickUp(application.runs.columns());
  const { enqueued_at: run_enqueued_at, queue: run_queue, fails: _, ...turns } = runs ?? {};
  const none = turnsOf(0, new Float64Array(0));
  return {
    is_report: areReports(kind),
    at_threads: atThreads(columns, scenario),
    at_workers: runs ? { ...turns, slots: application.queues.workers } : none,
    lab: {
      ...ofRequests,
      ...(runs && { run_enqueued_at, run_queue }),
      stopped: application?.stopped ?? [],
      ...(cores && { at_cores: { ...cores.turns.columns(), slots: cores.cores } }),
    },
  };
}
