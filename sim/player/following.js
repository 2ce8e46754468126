// One request followed: its own way and times, in words.
import { isTimedOut, respondedAt } from "fates";
import { count, hopName, seconds } from "words";

/** "report 123 came at 80.8 s, waited 12.1 s for a thread, ...": what has become of one request by `t`. */
export function ownStory(replay, id, t) {
  const { records } = replay;
  const kind = records.is_report[id] ? "report" : "page";
  if (t < records.arrived_at[id]) return `${kind} ${id} comes at ${seconds(records.arrived_at[id])}.`;
  const told = [onThread(replay, id, t), answer(replay, id, t), inWorker(records, id, t)].filter(Boolean);
  const here = replay.hopAt(id, t);
  if (here) told.push(here.waits ? `waits for a core at ${hopName(here.hop)}` : `now at ${hopName(here.hop)}`);
  return `${kind} ${id}: ${told.join("; ")}.`;
}

function onThread(replay, id, t) {
  const { records } = replay;
  const reached = records.reached_at[id];
  const waited = seconds(Math.min(t, Number.isNaN(reached) ? t : reached) - records.arrived_at[id]);
  if (!(reached <= t)) return `waits for a thread, for ${waited} already`;
  if (Number.isNaN(records.started_at[id])) return `waited ${waited}, and no thread served it: its client had gone`;
  const held = seconds(Math.min(t, records.finished_at[id]) - records.started_at[id]);
  const over = records.finished_at[id] <= t;
  return `waited ${waited}, ${over ? "held" : "holds"} thread ${records.at_threads.slot[id]} for ${held}`;
}

function answer(replay, id, t) {
  const { records } = replay;
  const at = respondedAt(records, id);
  if (!(at <= t)) return "";
  if (isTimedOut(records, id)) return `its client got a ${replay.errorCode(id)} at ${seconds(at)}`;
  return `answered after ${seconds(at - records.arrived_at[id])}`;
}

function inWorker(records, id, t) {
  const [pushed, taken, done] = [records.enqueued_at[id], records.picked_up_at[id], records.completed_at[id]];
  if (!(pushed <= t)) return "";
  const waited = seconds(Math.min(t, taken) - pushed);
  if (!(taken <= t)) return `its job waits in the queue, for ${waited} already`;
  const what = records.is_report[id] ? "report" : "data";
  const slot = records.at_workers.slot[records.runs.last[id]];
  if (!(done <= t)) return `its job waited ${waited} and has worker ${slot} for ${seconds(t - taken)}`;
  const spent = `queue ${waited}, worker ${seconds(done - taken)}`;
  return `its ${what} exists after ${seconds(done - records.arrived_at[id])} (${spent})`;
}

/** Of pages whose lookup stands in a worker: how long before their data they were answered. */
export function withoutData({ is_report: isReport, finished_at: finishedAt, completed_at: completedAt }) {
  const early = completedAt.map((done, id) => (isReport[id] ? NaN : done - finishedAt[id])).filter((time) => time > 0);
  if (!early.length) return "";
  early.sort();
  const [half, most] = [early[early.length >> 1], early[early.length - 1]];
  const later = `${seconds(half)} later (the middle one), ${seconds(most)} at most`;
  return `${count(early.length)} pages were answered without their data: it came ${later}.`;
}

/** Whom to follow next at `t`: one who is on the way, after the one who is followed now; -1 if nobody is. */
export function nextToFollow(replay, t, id) {
  const slots = [...replay.threadsAt(t), ...replay.workersAt(t)].filter(({ busy }) => busy).map((slot) => slot.id);
  const there = [...new Set([...slots, ...replay.queue(t), ...replay.waiting(t)])].sort((a, b) => a - b);
  return there.find((other) => other > id) ?? there[0] ?? -1;
}
