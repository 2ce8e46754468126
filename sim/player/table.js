// The figures of the run, as `compare` prints them: three columns on one workload.
import { element, seconds, share } from "dom";

const NAMES = { sync: "SYNC", async: "ASYNC", sync_same_slots: "SYNC, same slots" };
const spreadRows = (label, field, figures) =>
  figures.map(([name, figure]) => [`${label}, ${name}`, (summary) => shown(summary, field, figure)]);

/** "never" where a percentile falls among reports that never complete, "—" where there are too few. */
function shown(summary, field, figure) {
  const value = summary[field][figure];
  const lost = field === "completion_time" && summary.reports_completed < summary.reports;
  const enough = { p95: 20, p99: 100 }[figure] ?? 1;
  return value === null && lost && summary.reports >= enough ? "never" : seconds(value);
}

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
  ["throughput", (summary) => (summary.throughput === null ? "—" : `${summary.throughput.toFixed(2)} /s`)],
  ["thread utilisation", (summary) => share(summary.thread_utilisation)],
  ["worker utilisation", (summary) => share(summary.worker_utilisation)],
  ["longest backlog, longest queue", (summary) => `${summary.peak_backlog}, ${summary.peak_queue}`],
  ["useful thread-seconds", (summary) => seconds(summary.useful_time)],
  ["wasted thread-seconds", (summary) => seconds(summary.wasted_time)],
  ["idle thread-seconds", (summary) => seconds(summary.idle_time)],
  ["ended at", (summary) => seconds(summary.ended_at)],
];

const WHOLE = [
  "longest backlog, longest queue",
  "useful thread-seconds",
  "wasted thread-seconds",
  "idle thread-seconds",
  "ended at",
];

/** `counted`: what the figures are about; with a warm-up those of `WHOLE` are about more. */
export function figuresTable(runs, counted, hasWarmup) {
  const shownRuns = Object.entries(runs);
  const head = element("tr", {}, element("th", { scope: "col" }, counted));
  for (const [name] of shownRuns) head.append(element("th", { scope: "col" }, NAMES[name]));
  const body = element("tbody");
  for (const [label, figure] of ROWS) {
    const row = element(
      "tr",
      {},
      element("th", { scope: "row" }, hasWarmup && WHOLE.includes(label) ? `${label} (whole run)` : label),
    );
    for (const [, { summary }] of shownRuns) row.append(element("td", {}, figure(summary)));
    body.append(row);
  }
  return element("table", {}, element("thead", {}, head), body);
}

/** The run in one line. */
export function headline(summary) {
  const completion = shown(summary, "completion_time", "p50");
  return `${share(summary.timeout_fraction)} timed out · median report: ${completion}`;
}
