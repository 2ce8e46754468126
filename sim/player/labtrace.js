// The whole story of a run in which more goes wrong, event by event, as sim/visit_story.py tells it.
import { FAILED, OK, REJECTED, TIMED_OUT } from "clients";
import { COMPLETED, LOST, RETURNED, FAILED as RUN_FAILED } from "turns";
import { POLL, REPORT } from "ways";

const ENDS = { [OK]: "responded", [TIMED_OUT]: "timed_out", [FAILED]: "failed" };
const RUN_ENDS = {
  [COMPLETED]: "completed",
  [RUN_FAILED]: "run_failed",
  [LOST]: "run_lost",
  [RETURNED]: "run_returned",
};
const [PUSHED, RUNS, LAST] = [30, 64, 1 << 20]; // steps of one request at one instant: hops are between

/** Events as columns that grow; `step` orders those of one request at one instant. */
class Told {
  /** @type {number[]} */
  at = [];
  /** @type {number[]} */
  id = [];
  /** @type {string[]} */
  event = [];
  /** @type {(string | number | null)[]} */
  place = [];
  /** @type {number[]} */
  step = [];

  /** Nothing where it has not happened. */
  add(at, id, event, place, step) {
    if (Number.isNaN(at)) return;
    this.at.push(at);
    this.id.push(id);
    this.event.push(event);
    this.place.push(place);
    this.step.push(step);
  }

  inOrder() {
    const { at, id, step } = this;
    const order = Int32Array.from(at.keys()).sort((a, b) => at[a] - at[b] || id[a] - id[b] || step[a] - step[b]);
    return {
      at: Float64Array.from(order, (row) => at[row]),
      request_id: Int32Array.from(order, (row) => id[row]),
      event: Array.from(order, (row) => this.event[row]),
      place: Array.from(order, (row) => this.place[row]),
    };
  }
}

/**
 * As `trace`. Who computes waits for a core between the hops: where there are cores, no hop is told, only when a
 * request has one. `workload` has a row per visit.
 */
export function labTrace(records, workload, cycle) {
  const told = new Told();
  const { lab } = records;
  for (let id = 0; id < records.arrived_at.length; id++) {
    atTheDoor(told, records, id);
    if (!lab.at_cores) hops(told, records, workload, cycle, id);
    end(told, records, id);
  }
  if (lab.at_cores) cores(told, lab.at_cores);
  runs(told, records.at_workers);
  return told.inOrder();
}

function atTheDoor(told, { arrived_at, started_at, enqueued_at, at_threads, lab }, id) {
  told.add(arrived_at[id], id, "arrived", null, 0);
  if (lab.status[id] === REJECTED) told.add(lab.responded_at[id], id, "rejected", null, 1);
  told.add(started_at[id], id, "started", at_threads.slot[id], 2);
  told.add(enqueued_at[id], id, "enqueued", null, PUSHED);
}

function hops(told, records, workload, cycle, id) {
  const { started_at: startedAt, finished_at: finishedAt, lab } = records;
  if (Number.isNaN(startedAt[id])) return;
  const way = lab.kind[id] === POLL ? cycle.poll : cycle[lab.kind[id] === REPORT ? "report" : "page"].thread;
  const time = timesOf(records, workload, way, id);
  const pushedBefore = way.indexOf("queue") + 1 || way.length;
  let at = startedAt[id];
  for (const [n, hop] of way.entries()) {
    if (lab.cut[id] && at >= finishedAt[id]) return;
    told.add(at, id, "reached", hop, 3 + n + (n >= pushedBefore ? PUSHED : 0));
    at += time(hop, n);
  }
}

/** How long a request stays at the hop that stands at this place of its way. */
function timesOf({ started_at, finished_at, lab }, { hop_times: hopTimes, web_time, external_time }, way, id) {
  const visit = lab.visit_id[id];
  const constant = way.reduce((sum, hop) => sum + (hopTimes[hop] ?? 0), 0);
  const rest = Math.max(finished_at[id] - started_at[id] - constant, 0);
  const isPoll = lab.kind[id] === POLL;
  const own = isPoll ? rest : (web_time?.[visit] ?? 0);
  const call = isPoll || lab.cut[id] ? external_time[visit] : rest - own; // a failing call takes another time
  const controller = way.indexOf("controller");
  return (hop, n) => (hop === "external" ? call : hopTimes[hop] + (n === controller ? own : 0));
}

/** When a request has a core, and which. */
function cores(told, { request_id, taken_at, slot }) {
  for (let row = 0; row < taken_at.length; row++) told.add(taken_at[row], request_id[row], "computes", slot[row], 3);
}

function runs(told, { request_id, number, taken_at, left_at, outcome, slot }) {
  for (let row = 0; row < taken_at.length; row++) {
    const step = RUNS + 2 * number[row];
    told.add(taken_at[row], request_id[row], "picked_up", slot[row], step);
    told.add(left_at[row], request_id[row], RUN_ENDS[outcome[row]], slot[row], step + 1);
  }
}

/** What the client is told, when its thread lets go, and when it has its report. */
function end(told, { finished_at, skipped_at, at_threads, lab }, id) {
  const { status, responded_at, died_at, seen_at, cut } = lab;
  told.add(died_at[id], id, "died", null, LAST);
  if (ENDS[status[id]]) told.add(responded_at[id], id, ENDS[status[id]], null, LAST + 1);
  told.add(finished_at[id], id, cut[id] ? "killed" : "finished", at_threads.slot[id], LAST + 2);
  told.add(skipped_at[id], id, "skipped", at_threads.slot[id], LAST + 2);
  told.add(seen_at[id], id, "seen", null, LAST + 3);
}
