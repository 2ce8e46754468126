// What happens, told: for the line under the drawing, and for those who do not see it.

import { countUntil } from "sorted";
import { errorsOf, hopName, medianReport, seconds, WORDS } from "words";

const AT_ONCE = 4; // events of one instant that are told; the others are counted
const BY_A_THREAD = ["started", "finished", "skipped", "killed"];

/** The first instant after `t` at which something happens, or null; hops count only if asked for. */
export function nextInstant({ trace }, t, hopByHop) {
  for (let row = countUntil(trace.at, t); row < trace.at.length; row++) {
    if (hopByHop || trace.event[row] !== "reached") return trace.at[row];
  }
  return null;
}

/** What happens at the instant `t`: "page 7 arrived, started (thread 2), report 3 completed (worker 1)". */
function happenings(replay, t, hopByHop) {
  const { trace } = replay;
  const told = [];
  let last = null;
  const end = countUntil(trace.at, t);
  for (let row = end - 1; row >= 0 && trace.at[row] === t; row--) told.unshift(row);
  const shown = told.filter((row) => hopByHop || trace.event[row] !== "reached");
  const words = shown.slice(0, AT_ONCE).map((row) => {
    const id = trace.request_id[row];
    const who = id === last ? "" : `${replay.who(id)} `;
    last = id;
    const event = trace.event[row];
    return who + deed(event, trace.place[row]) + (event === "arrived" ? replay.again(id) : "");
  });
  if (shown.length > AT_ONCE) words.push(`and ${shown.length - AT_ONCE} more`);
  return words.join(", ");
}

/** What happens, in the words of the page; of what goes wrong in those of `sim trace`. */
function deed(event, place) {
  if (event in WORDS.mishaps) return WORDS.mishaps[event].replace("{place}", place);
  const words = event.replaceAll("_", " ");
  if (typeof place === "string") return `${words} ${hopName(place)}`;
  if (place === null || place < 0) return words;
  return `${words} (${BY_A_THREAD.includes(event) ? "thread" : "worker"} ${place})`;
}

/** The state at `t` of each of the runs [name, replay]. */
export function stateInWords(runs, t) {
  const sides = runs.map(([name, replay]) => {
    const { records } = replay;
    const counts = replay.countsAt(t);
    const waits = replay.waitForCore(t);
    const told = [
      `${counts.answered} answered`,
      counts.timed_out && `${counts.timed_out} ${replay.lab ? "got an error" : "timed out"}`,
      counts.rejected && `${counts.rejected} of them turned away`,
      `${counts.threads_busy} of ${records.threads} threads busy`,
      waits && `${waits} of them waiting for a core`,
      counts.backlog && `backlog ${counts.backlog}`,
      records.workers && `${counts.workers_busy} of ${records.workers} workers busy`,
      counts.queue && `queue ${counts.queue}`,
      counts.retry_set && `retry set ${counts.retry_set}`,
      counts.dead && `${counts.dead} jobs dead`,
      counts.lost && `${counts.lost} jobs lost`,
      records.lab && replay.stoppedAt(t) && "the worker is stopped",
    ];
    return `${name}: ${told.filter(Boolean).join(", ")}`; // what is 0 goes without saying: the line is short
  });
  return `At ${seconds(t)}. ${sides.join(". ")}.`;
}

/** What a step to the instant `t` has met in each of the runs [name, replay]. */
export function stepInWords(runs, t, hopByHop) {
  const told = runs.map(([name, replay]) => [name, happenings(replay, t, hopByHop)]);
  const words = told.filter(([, what]) => what).map(([name, what]) => `${name} ${what}`);
  return `${t.toFixed(3)} s: ${words.join(" · ")}`;
}

/** How the runs [name, figures] go: "Whole run. SYNC: 13 of 1,800 get an error, median report: 9.1 s. ..." */
export function outcomeInWords(runs, counted) {
  const outcomes = runs.map(([name, head]) => `${name}: ${errorsOf(head)}, ${medianReport(head)}`);
  return `${counted[0].toUpperCase()}${counted.slice(1)}. ${outcomes.join(". ")}.`;
}
