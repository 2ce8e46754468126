// For `sim check`, in node: serves the cases that stand as JSON on stdin, and writes of each what became of its
// requests.
import { chancesOf } from "chances";
import { simulateLab } from "lab";

export const INSTANTS = [
  "arrived_at",
  "started_at",
  "enqueued_at",
  "finished_at",
  "skipped_at",
  "picked_up_at",
  "completed_at",
];
const OF_THE_LAB = ["visit_id", "attempt", "status", "responded_at", "died_at", "seen_at"];

/** Requests that were sent as JSON, with columns that the event loop reads. */
export const requestsOf = (workload) => ({
  ...workload,
  arrived_at: Float64Array.from(workload.arrived_at),
  is_report: Uint8Array.from(workload.is_report),
  external_time: Float64Array.from(workload.external_time),
  web_time: null,
});

/** Of each case the number of requests, then column by column its instants (s) and codes, all as float64. */
export function tableOf({ workload, cycle, scenario }) {
  const records = simulateLab(requestsOf(workload), cycle, scenario, chancesOf(scenario.seed));
  const lab = /** @type {any} */ (records.lab);
  const columns = [...INSTANTS.map((name) => records[name]), ...OF_THE_LAB.map((name) => lab[name])];
  const rows = records.arrived_at.length;
  const table = new Float64Array(1 + rows * columns.length);
  table[0] = rows;
  for (const [n, column] of columns.entries()) table.set(column, 1 + n * rows);
  return table;
}
