// Where a page and a widget begin: the explorer if there are presets to explore, else the player on recorded runs.
import { columns } from "codec";
import { Explorer } from "explorer";
import { Player } from "player";
import { Records } from "records";
import { REPORT } from "ways";
import { feed } from "words";

/** Columns, of which those that say the same in each row were sent as {same, rows}. */
function spelledOut(sent) {
  const isSame = (value) => value !== null && typeof value === "object" && "same" in value;
  return Object.fromEntries(
    Object.entries(columns(sent)).map(([name, value]) => [
      name,
      isSame(value) ? new Float64Array(value.rows).fill(value.same ?? Number.NaN) : value,
    ]),
  );
}

/**
 * A table of turns; at the threads a row's number is its request's.
 * @returns {any}
 */
function turns(sent) {
  const { slot, request_id: requestId = Int32Array.from(slot.keys()), ...others } = spelledOut(sent);
  return { ...others, slot, request_id: requestId };
}

/** What stands beside the turns where more went wrong. */
function labOf({ at_cores: cores, ...own }) {
  return { ...spelledOut(own), ...(cores && { at_cores: spelledOut(cores) }) };
}

/**
 * Recorded turns; who came when is not said twice.
 * @param {any} sent
 * @param {any} workload
 */
function recordsOf({ at_threads: atThreads, at_workers: atWorkers, lab, ...told }, workload) {
  const own = lab && labOf(lab);
  return new Records({
    ...told,
    is_report: own ? own.kind.map((kind) => (kind === REPORT ? 1 : 0)) : workload.is_report,
    at_threads: { came_at: workload.arrived_at, ...turns(atThreads) },
    at_workers: turns(atWorkers),
    lab: own,
  });
}

/** The runs that Python recorded, as the player shows them: {runs, workload}. */
export function recordedRuns(data) {
  const workload = columns(data.workload);
  const runs = Object.entries(data.runs).map(([name, { records, summary }]) => [
    name,
    { records: recordsOf(records, workload), summary },
  ]);
  return { runs: Object.fromEntries(runs), workload };
}

export function mount(root, data, options = {}) {
  feed(data.words);
  root.classList.toggle("is-window", Boolean(options.keepInAddress));
  root.addEventListener("fullscreenchange", () => {
    root.classList.toggle("is-window", Boolean(options.keepInAddress || document.fullscreenElement === root));
  });
  if (data.presets) return new Explorer(root, data, options);
  const { runs, workload } = recordedRuns(data);
  const player = new Player(root, { ...options, isPage: options.keepInAddress, cycles: Object.keys(runs) });
  const { title, shows: hint, warmup, notice, end } = data;
  player.show(runs, workload, data.cycles, { title, hint, warmup, notice, end });
  return player;
}
