// Where a page and a widget begin: the explorer if there are presets to explore, else the player on recorded runs.
import { columns } from "codec";
import { Explorer } from "explorer";
import { Player } from "player";
import { feed } from "words";

const INSTANTS = ["started_at", "enqueued_at", "finished_at", "skipped_at", "picked_up_at", "completed_at"];
const SLOTS = ["thread", "worker"];

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

/** The records of a run in which more went wrong. */
function labOf({ lab, ...sent }) {
  const { runs, turns, ...own } = lab;
  const tables = { runs: runs && spelledOut(runs), turns: turns ? spelledOut(turns) : undefined };
  return { ...spelledOut(sent), worker: new Int32Array(0), lab: { ...spelledOut(own), ...tables } };
}

/** Recorded columns; those in which nothing happened are not sent. */
function recordsOf(sent, workload) {
  const count = workload.arrived_at.length;
  const records = { ...columns(sent), arrived_at: workload.arrived_at, is_report: workload.is_report };
  for (const name of INSTANTS) records[name] ??= new Float64Array(count).fill(NaN);
  for (const name of SLOTS) records[name] ??= new Int32Array(count).fill(-1);
  return records;
}

/** The runs that Python recorded, as the player shows them: {runs, workload}. */
export function recordedRuns(data) {
  const workload = columns(data.workload);
  const runs = Object.entries(data.runs).map(([name, { records, summary }]) => [
    name,
    { records: records.lab ? labOf(records) : recordsOf(records, workload), summary },
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
