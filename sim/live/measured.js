// What was heard of requests and jobs, as records: what runs has no end yet, Infinity, so that R3 tells its fate.
import { FAILED as ERROR, OK, TIMED_OUT, REJECTED as TURNED_AWAY } from "clients";
import { toGrid } from "grid";
import { Records } from "records";
import { ANSWERED, COMPLETED, FAILED, LATE, LOST, REJECTED, SKIPPED, turnsOf } from "turns";

const isError = ({ status, late }) => status >= 500 && late === undefined;

/** Whether a client was told something that the plain rules do not know: turned away, or that it failed. */
export const goesWrong = (rows) => rows.some((row) => isError(row) || row.lost !== undefined);

/** What became of a request at the threads so far. */
function fateOf(row, cameAt, leftAt, timeout) {
  if (row.started === undefined && isError(row)) return REJECTED;
  if (row.started === undefined && (row.late ?? row.left) !== undefined) return SKIPPED;
  if (isError(row)) return FAILED;
  if (leftAt === Infinity) return -1;
  return leftAt - cameAt < timeout ? ANSWERED : LATE;
}

/** The turns of these requests at the threads so far; `since` turns instants into simulated seconds. */
function atThreads(rows, since, { threads, timeout }) {
  const turns = turnsOf(
    threads,
    Float64Array.from(rows, (row) => since(row.arrived, 0)),
  );
  rows.forEach((row, id) => {
    const end = row.late ?? row.left ?? (isError(row) ? row.answered : undefined);
    const gone = row.started === undefined ? since(end, Infinity) : Infinity;
    turns.taken_at[id] = since(row.started, gone);
    turns.left_at[id] = since(row.finished, gone);
    turns.slot[id] = row.thread ?? -1;
    turns.outcome[id] = fateOf(row, turns.came_at[id], turns.left_at[id], timeout);
  });
  return turns;
}

/** The last run of each of their jobs, in the order in which they were picked up. */
function atWorkers(rows, since, slots) {
  const picked = rows.map((row) => since(row.picked, Infinity));
  const pushed = rows.map(({ enqueued, picked: at }) => enqueued ?? at); // Sidekiq does not say that it pushes again
  const ids = [...rows.keys()].filter((id) => pushed[id] !== undefined);
  ids.sort((a, b) => (picked[a] === picked[b] ? a - b : picked[a] - picked[b]));
  const cameAt = Float64Array.from(ids, (id) => since(pushed[id], 0));
  const turns = turnsOf(slots, cameAt);
  ids.forEach((id, job) => {
    const { completed, lost, worker } = rows[id];
    turns.request_id[job] = id;
    turns.taken_at[job] = picked[id];
    turns.left_at[job] = since(completed ?? lost, Infinity);
    turns.slot[job] = worker ?? -1;
    turns.outcome[job] = completed !== undefined ? COMPLETED : lost !== undefined ? LOST : -1;
  });
  return turns;
}

/** What stands in a request's row beside its turns, where more goes wrong; `visits`: whose the requests are. */
function besides(rows, threads, workers, { timeout, visits }) {
  const never = () => new Float64Array(rows.length).fill(Number.NaN);
  const numbers = (of) => Int32Array.from(rows, of);
  const enqueued = never();
  workers.request_id.forEach((id, job) => {
    enqueued[id] = workers.came_at[job];
  });
  const told = new Map([
    [ANSWERED, OK],
    [REJECTED, TURNED_AWAY],
    [FAILED, ERROR],
  ]);
  const status = numbers((_, id) => told.get(threads.outcome[id]) ?? TIMED_OUT);
  return {
    ...{ status, enqueued_at: enqueued, died_at: never(), seen_at: never(), stopped: [] },
    visit_id: numbers((_, id) => visits[id]),
    attempt: numbers(({ id }) => Number(id.split(".")[1] ?? 0)),
    kind: numbers(({ kind }) => (kind === "report" ? 1 : 0)),
    about: numbers(() => -1),
    cut: Uint8Array.from(rows, ({ cut }) => (cut ? 1 : 0)),
    queue: numbers((_, id) => (enqueued[id] >= 0 ? 0 : -1)),
    responded_at: threads.left_at.map((at, id) => (status[id] === TIMED_OUT ? threads.came_at[id] + timeout : at)),
    run_enqueued_at: workers.came_at,
    run_queue: new Int32Array(workers.came_at.length),
  };
}

/**
 * The records of what was heard so far.
 * `server`: {mode, threads, slots, timeout, on_timeout, began, scale, visits, isLab}
 */
export function recordsOf(rows, server) {
  const { mode, slots, timeout, on_timeout, began, scale, isLab } = server;
  const since = (at, missing) => (at === undefined ? missing : toGrid(Math.max(0, (at - began) * scale)));
  const at_threads = atThreads(rows, since, server);
  const at_workers = atWorkers(rows, since, mode === "async" ? slots : 0);
  return new Records({
    ...{ cycle: mode, timeout, on_timeout, ended_at: null, at_threads, at_workers },
    is_report: Uint8Array.from(rows, (row) => (row.kind === "report" ? 1 : 0)),
    ...(isLab && { lab: besides(rows, at_threads, at_workers, server) }),
  });
}
