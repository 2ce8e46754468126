// The table's rows where more goes wrong: they lead with visits, and say what `compare` says (sim/visit_tables.py).
import { brief, count, fixed, seconds, several, share, WORDS, whole } from "words";

const FEWEST = { p95: 20, p99: 100 };

/** One figure of the spread of so many times: "never" where it falls among those that never end. */
function figure(spread, times, part) {
  const value = spread[part];
  return value === null && times >= (FEWEST[part] ?? 1) ? WORDS.never : seconds(value);
}

const given = ({ summary }) => summary.visits - summary.visits_answered;
const counted = (label, name) => [label, ({ summary }) => count(summary[name])];
const spread = (label, field, times, parts) =>
  parts.map((part) => [`${label}, ${part}`, ({ summary }) => figure(summary[field], summary[times], part)]);
/**
 * Of workers: nothing to say where there are none.
 * @param {any[]} row
 */
const ofWorkers = ([label, cell]) => [label, (run) => (run.records.workers ? cell(run) : WORDS.unknown)];

const VISITS = [
  ["threads", ({ records }) => `${records.threads}`],
  ["workers", ({ records }) => (records.workers ? `${records.workers}` : WORDS.unknown)],
  counted("visits", "visits"),
  counted("  with a good answer in the end", "visits_answered"),
  ["  given up", (run) => count(given(run))],
  ["    as a share of all", (run) => share(run.summary.visits ? given(run) / run.summary.visits : null)],
  ...spread("time to the good answer", "visit_time", "visits", ["mean", "p50", "p95", "max"]),
];

const REQUESTS = [
  counted("requests sent", "requests"),
  ["  for each visit", ({ summary: { requests_per_visit: each } }) => (each === null ? WORDS.unknown : fixed(each, 2))],
  counted("  answered", "answered"),
  counted("  timed out", "timed_out"),
  counted("  turned away (503)", "rejected"),
  counted("  failed (500)", "failed"),
  counted("polls beside them", "polls"),
];

const REPORTS = [
  ...spread("completion time of reports", "completion_time", "reports", ["p50", "p95", "max"]),
  ["reports completed", ({ summary }) => `${count(summary.reports_completed)} of ${count(summary.reports)}`],
];
// asked for, or pushed
const RESULTS = spread("until the client has it", "result_time", "reports", ["p50", "p95", "max"]);

const JOBS = [
  ...spread("waiting time of jobs", "job_waiting_time", "job_runs", ["p50", "p95", "max"]),
  counted("runs of jobs", "job_runs"),
  counted("  jobs given up (dead)", "jobs_dead"),
  counted("  most to be tried again", "peak_retry_set"),
  counted("  jobs lost for good", "jobs_lost"),
  counted("reports made twice", "jobs_done_twice"),
].map(ofWorkers);

const NOTHING = { jobs: 0, waiting_time: { p95: null }, completion_time: { p95: null } };

/** What became of the jobs of one queue, where there are several. */
const ofQueue = (name) => {
  const of = ({ summary }) => summary.queues[name] ?? NOTHING;
  return [
    [`queue ${name}`, (run) => several(of(run).jobs, "job")],
    ["  waiting time, p95", (run) => seconds(of(run).waiting_time.p95)],
    ["  completion time, p95", (run) => figure(of(run).completion_time, of(run).jobs, "p95")],
  ].map(ofWorkers);
};

const slotSeconds = (slot, name, what) => [`${slot}-seconds ${what}`, ({ summary }) => whole(summary[name])];
const SLOTS = [
  ["answers per second", ({ summary: { throughput } }) => (throughput === null ? WORDS.unknown : brief(throughput))],
  ["threads busy", ({ summary }) => share(summary.thread_utilisation)],
  ["workers busy", ({ summary }) => share(summary.worker_utilisation)],
  ["cores busy", ({ summary }) => share(summary.core_utilisation)],
  counted("longest backlog", "peak_backlog"),
  ofWorkers(counted("longest queue", "peak_queue")),
  ...["useful", "wasted", "idle"].map((what) => slotSeconds("thread", `${what}_time`, what)),
  ...["useful", "wasted", "idle", "down"].map((what) => ofWorkers(slotSeconds("worker", `worker_${what}_time`, what))),
  ["everything done at", ({ summary }) => seconds(summary.ended_at)],
];

const NOTHING_SAID = ["0", "1.00"]; // none of them, one request for each visit
const says = (cell) => cell !== WORDS.unknown && !NOTHING_SAID.includes(cell);

/**
 * Of these runs the rows [label, cells]; those of which nothing is to be said, since no such thing went wrong, are not
 * there.
 */
export function visitRows(runs) {
  const names = Object.keys(runs[0].summary.queues);
  const queues = names.length > 1 ? names.flatMap(ofQueue) : [];
  const results = runs.some(({ records, summary }) => records.workers && summary.result_time.p50 !== null);
  const reports = results ? [...REPORTS, ...RESULTS] : REPORTS;
  const rows = [...VISITS, ...REQUESTS, ...reports, ...JOBS, ...queues, ...SLOTS];
  return rows.map(([label, cell]) => [label, runs.map(cell)]).filter(([, cells]) => cells.some(says));
}
