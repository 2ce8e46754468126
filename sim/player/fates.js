// What became of a request, read from its turn at the threads and from its job's.
import { ANSWERED } from "turns";

/** Whether the client got an error, or has no answer yet. */
export const isTimedOut = (records, id) => records.at_threads.outcome[id] !== ANSWERED;

/** When the browser has an answer, good or bad. */
export const respondedAt = (records, id) => records.responded_at[id];

/** When the client's report exists, after arrival: the job's end, or an answer in time; Infinity for never. */
export function completionTime(records, id) {
  if (!Number.isNaN(records.enqueued_at[id])) {
    const { completed_at: completedAt, arrived_at: arrivedAt } = records;
    return Number.isNaN(completedAt[id]) ? Infinity : completedAt[id] - arrivedAt[id];
  }
  return isTimedOut(records, id) ? Infinity : records.at_threads.left_at[id] - records.arrived_at[id];
}
