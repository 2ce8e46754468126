// What is known of the requests of a run in which more goes wrong, and what of it is told in the end.
import { codes, counts, flags, instants, numbers, Rows } from "rows";
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
  picked_up_at: instants(room),
  completed_at: instants(room),
  died_at: instants(room),
  seen_at: instants(room),
  thread: numbers(room),
  worker: numbers(room), // of its last run
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

/** With cores also: the stretch that it computes. */
const computingColumns = (room) => ({
  ...requestColumns(room),
  asked_at: instants(room),
  turn: numbers(room), // its row in the cores' turns, while it has a core
  left: instants(room),
  mark: instants(room),
  quantum: instants(room),
  slice: instants(room),
});

/** A row for each visit's first request. */
export function firstRows({ arrived_at: arrivedAt, is_report: isReport }, cores) {
  const rows = new Rows(cores ? computingColumns : requestColumns, arrivedAt.length);
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

/** The rows of the runs by (picked_up_at, request_id). */
function byPickUp({ picked_up_at: at, request_id: id, ...others }) {
  const order = Array.from(at.keys()).sort((a, b) => at[a] - at[b] || id[a] - id[b]);
  const columns = Object.entries({ picked_up_at: at, request_id: id, ...others });
  return Object.fromEntries(columns.map(([name, of]) => [name, of.constructor.from(order, (row) => of[row])]));
}

/** The records' columns: those of any run, and, as `lab`, what is told only where more goes wrong. */
export function told(rows, application, cores) {
  const { visit_id, attempt, kind, status, responded_at, died_at, seen_at, queue, about, cut, ...of } = rows.columns();
  const { arrived_at, started_at, enqueued_at, finished_at, skipped_at, picked_up_at, completed_at, thread, worker } =
    of;
  const runs = application && byPickUp(application.runs.columns());
  const stopped = application?.stopped ?? [];
  const turns = cores && { cores: cores.cores, turns: cores.turns.columns() };
  return {
    ...{ arrived_at, started_at, enqueued_at, finished_at, skipped_at, picked_up_at, completed_at, thread, worker },
    is_report: areReports(kind),
    lab: {
      visit_id,
      attempt,
      kind,
      status,
      responded_at,
      died_at,
      seen_at,
      queue,
      about,
      cut,
      runs,
      stopped,
      ...turns,
    },
  };
}
