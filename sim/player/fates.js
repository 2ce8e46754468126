// What became of a request, read from its row.

/** Whether the client got an error: skipped, or finished at its deadline or later (the deadline wins ties: R3). */
export function isTimedOut(records, id) {
  if (records.lab) return records.lab.status[id] !== 0; // or was turned away, or told that it failed
  return !(records.finished_at[id] - records.arrived_at[id] < records.timeout);
}

/** When the browser has an answer, good or bad. */
export function respondedAt(records, id) {
  if (records.lab) return records.lab.responded_at[id];
  return isTimedOut(records, id) ? records.arrived_at[id] + records.timeout : records.finished_at[id];
}

/** When a thread reached it, to serve it or to skip it. */
export function reachedAt(records, id) {
  return Number.isNaN(records.started_at[id]) ? records.skipped_at[id] : records.started_at[id];
}

/** When the client's report exists, after arrival: the job's end, or an answer in time; Infinity for never. */
export function completionTime(records, id) {
  if (!Number.isNaN(records.enqueued_at[id])) {
    const { completed_at: completedAt, arrived_at: arrivedAt } = records;
    return Number.isNaN(completedAt[id]) ? Infinity : completedAt[id] - arrivedAt[id];
  }
  return isTimedOut(records, id) ? Infinity : records.finished_at[id] - records.arrived_at[id];
}
