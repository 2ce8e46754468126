// The figures of the run, as `compare` prints them: three columns on one workload.
import { control, element, say } from "dom";
import { visitRows } from "visitrows";
import { brief, cycleName, figure, seconds, share, WORDS } from "words";

const spreadRows = (label, field, figures) =>
  figures.map(([word, name]) => [`${label}, ${word}`, (summary) => figure(summary, field, name)]);

const ROWS = [
  ["requests", (summary) => String(summary.requests)],
  ["answered", (summary) => String(summary.answered)],
  ["timed out", (summary) => `${summary.timed_out} (${share(summary.timeout_fraction)})`],
  ["timed out: pages, reports", (summary) => `${summary.timed_out_pages}, ${summary.timed_out_reports}`],
  ...spreadRows("response time", "response_time", [
    ["mean", "mean"],
    ["median", "p50"],
    ["95 %", "p95"],
    ["99 %", "p99"],
    ["longest", "max"],
  ]),
  ...spreadRows("response time of pages", "page_response_time", [
    ["mean", "mean"],
    ["95 %", "p95"],
  ]),
  ...spreadRows("completion time of reports", "completion_time", [
    ["mean", "mean"],
    ["median", "p50"],
    ["95 %", "p95"],
  ]),
  ["reports completed", (summary) => `${summary.reports_completed} of ${summary.reports}`],
  ...spreadRows("waiting time", "waiting_time", [
    ["mean", "mean"],
    ["95 %", "p95"],
  ]),
  ["throughput", (summary) => (summary.throughput === null ? WORDS.unknown : `${brief(summary.throughput)} /s`)],
  ["thread utilisation", (summary) => share(summary.thread_utilisation)],
  ["worker utilisation", (summary) => share(summary.worker_utilisation)],
  ["longest backlog, longest queue", (summary) => `${summary.peak_backlog}, ${summary.peak_queue}`],
  ["useful thread-seconds", (summary) => seconds(summary.useful_time)],
  ["wasted thread-seconds", (summary) => seconds(summary.wasted_time)],
  ["idle thread-seconds", (summary) => seconds(summary.idle_time)],
  ["ended at", (summary) => seconds(summary.ended_at)],
];

const WHOLE = [
  "longest backlog",
  "longest queue",
  "everything done at",
  "longest backlog, longest queue",
  "useful thread-seconds",
  "wasted thread-seconds",
  "idle thread-seconds",
  "ended at",
];

/** What is said of these runs, row by row: [label, cells]. */
function rowsOf(runs) {
  if (runs[0].records.lab) return visitRows(runs);
  return ROWS.map(([label, cell]) => [label, runs.map(({ summary }) => cell(summary))]);
}

/** `counted`: what the figures are about; with a warm-up those of `WHOLE` are about more. */
function figuresTable(runs, counted, hasWarmup) {
  const shownRuns = Object.entries(runs);
  const head = element("tr", {}, element("th", { scope: "col" }, counted));
  for (const [name] of shownRuns) head.append(element("th", { scope: "col" }, cycleName(name)));
  const body = element("tbody");
  for (const [label, cells] of rowsOf(shownRuns.map(([, run]) => run))) {
    const row = element(
      "tr",
      {},
      element("th", { scope: "row" }, hasWarmup && WHOLE.includes(label) ? `${label} (whole run)` : label),
    );
    row.append(...cells.map((cell) => element("td", {}, cell)));
    body.append(row);
  }
  return element("table", {}, element("thead", {}, head), body);
}

/** The runs that `compare` compares, and those that are shown besides. */
export function compared(runs, shown) {
  const names = ["sync", "async", "sync_same_slots", ...shown];
  return Object.fromEntries(Object.entries(runs).filter(([name]) => names.includes(name)));
}

/** The table behind a line to open it: its figures are made when somebody does. */
export class Figures {
  #summary = control("summary", {});
  #table = element("div", { class: "sim-figures" });
  element = element("details", {}, this.#summary, this.#table);
  /** @type {any[]} */
  #about = [];

  constructor() {
    this.element.addEventListener("toggle", () => this.#fill());
  }

  /** What it is about: runs by name; `counted`: what the figures are about, with a warm-up or without. */
  show(runs, counted, hasWarmup) {
    this.#about = [runs, counted, hasWarmup];
    say(this.#summary, `All figures${hasWarmup ? "," : " of the"} ${counted}`);
    this.#fill();
  }

  #fill() {
    const [runs, counted, hasWarmup] = this.#about;
    this.#table.replaceChildren(...(this.element.open && runs ? [figuresTable(runs, counted, hasWarmup)] : []));
  }
}
