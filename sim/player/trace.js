// The whole story of a run, event by event: what the "next event" button steps through.
import { isTimedOut } from "fates";
import { KILLED } from "turns";

/**
 * The instants at which one request reaches the hops of a journey, in order: [{hop, at}, ...].
 * Nobody waits inside a leg, so hops are reached one after the other from the start, the push and the pick-up.
 */
export function hopsOf(records, workload, journey, id) {
  return Object.values(legsOf(records, workload, journey, id)).flat();
}

/** The same leg by leg: the thread's before and after the push, the worker's. */
function legsOf(records, workload, journey, id) {
  const cut = journey.thread.indexOf("queue") + 1 || journey.thread.length;
  const cutOff = wasKilled(records, id) ? records.finished_at[id] : Infinity;
  const onThread = (hops, start, wayIn) => leg(hops, start, workload, id, wayIn).filter(({ at }) => at < cutOff);
  return {
    wayIn: onThread(journey.thread.slice(0, cut), records.started_at[id], true),
    wayBack: onThread(journey.thread.slice(cut), records.enqueued_at[id], false),
    inWorker: leg(journey.worker, records.picked_up_at[id], workload, id, false),
  };
}

function leg(hops, start, workload, id, wayIn) {
  const reached = [];
  if (Number.isNaN(start)) return reached;
  let at = start;
  for (const hop of hops) {
    const began = at;
    at += hop === "external" ? workload.external_time[id] : workload.hop_times[hop];
    if (wayIn && hop === "controller") {
      at += workload.web_time ? workload.web_time[id] : 0;
      wayIn = false;
    }
    reached.push({ hop, at: began, until: at });
  }
  return reached;
}

/** Whether the request was cut off on its thread at its deadline. */
export function wasKilled(records, id) {
  return records.lab ? records.lab.cut[id] === 1 : records.at_threads.outcome[id] === KILLED;
}

/** What can be told of a request, in the order in which one tells it where it happens at one instant. */
function* eventsOf(records, workload, cycle, id) {
  const journey = records.is_report[id] ? cycle.report : cycle.page;
  const { wayIn, wayBack, inWorker } = legsOf(records, workload, journey, id);
  const timedOut = isTimedOut(records, id);
  const finish = wasKilled(records, id) ? "killed" : "finished";
  const thread = records.at_threads.slot[id];
  const [first, last] = [records.runs.first[id], records.runs.last[id]].map((row) => records.at_workers.slot[row]);
  yield [records.arrived_at[id], "arrived", null];
  yield [records.started_at[id], "started", thread];
  for (const { hop, at } of wayIn) yield [at, "reached", hop];
  yield [records.enqueued_at[id], "enqueued", null];
  for (const { hop, at } of wayBack) yield [at, "reached", hop];
  yield [records.picked_up_at[id], "picked_up", first];
  for (const { hop, at } of inWorker) yield [at, "reached", hop];
  yield [records.completed_at[id], "completed", last];
  if (timedOut) yield [records.arrived_at[id] + records.timeout, "timed_out", null];
  else yield [records.finished_at[id], "responded", null];
  if (finish === "finished") yield [records.finished_at[id], "finished", thread];
  yield [records.skipped_at[id], "skipped", thread];
  if (finish === "killed") yield [records.finished_at[id], "killed", thread];
}

/** The events in order as columns at, request_id, event (by name) and place (a hop, a slot or null). */
export function trace(records, workload, cycle) {
  const rows = [];
  for (let id = 0; id < records.arrived_at.length; id++)
    for (const [at, event, place] of eventsOf(records, workload, cycle, id))
      if (!Number.isNaN(at)) rows.push([at, id, event, place]);
  rows.sort((a, b) => a[0] - b[0]); // stable: ties stay by request, then as they are told
  return {
    at: Float64Array.from(rows, (row) => row[0]),
    request_id: Int32Array.from(rows, (row) => row[1]),
    event: rows.map((row) => row[2]),
    place: rows.map((row) => row[3]),
  };
}
