// The jobs of the worker application, and their runs: a row for each, as many to begin with as there are visits with
// one.
import { codes, counts, flags, ids, instants, Rows, times } from "rows";

const jobColumns = (room) => ({
  request_id: ids(room),
  queue: ids(room),
  enqueued_at: times(room),
  joined_at: times(room), // when it was pushed last
  came_at: times(room), // when it joined the queue last: pushed, or put back
  died_at: instants(room),
  runs: counts(room), // so far
  retries: counts(room),
  done: flags(room),
});

const runColumns = (room) => ({
  request_id: ids(room),
  number: ids(room),
  queue: ids(room),
  enqueued_at: times(room),
  came_at: times(room), // into its queue; a job that is put back keeps its enqueued_at
  taken_at: times(room),
  left_at: instants(room),
  outcome: codes(room),
  slot: ids(room),
  fails: flags(room),
});

/** How many of the visits have a job. */
function visitsWithJobs({ is_report: isReport }, { page, report }) {
  const reports = isReport.reduce((sum, one) => sum + one, 0);
  return (page.worker.length ? isReport.length - reports : 0) + (report.worker.length ? reports : 0);
}

export const jobRows = (workload, cycle) => new Rows(jobColumns, visitsWithJobs(workload, cycle));
export const runRows = (workload, cycle) => new Rows(runColumns, visitsWithJobs(workload, cycle));
