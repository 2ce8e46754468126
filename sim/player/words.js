// How things are called and said. Python may send its own (`data.words`): then page, table and slide say the same.

const GROUPED = new Intl.NumberFormat("en-GB");

/** @type {Record<string, any>} */
export const WORDS = {
  cycles: { sync: "SYNC", async: "ASYNC", sync_same_slots: "SYNC, same slots" },
  hops: {}, // by name, where the label is another
  never: "never",
  unknown: "—",
  overload:
    "The jobs bring {load} times the work that the workers can do: the queue grows without bound as long as requests " +
    "arrive, and these figures depend on the duration.",
};

/** Say things as Python does. */
export function feed(words = {}) {
  Object.assign(WORDS, words);
}

/** A sentence of WORDS with its gaps filled. */
export function filled(sentence, values) {
  return WORDS[sentence].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const cycleName = (name) => WORDS.cycles[name];
export const hopName = (name) => WORDS.hops[name] ?? name.replaceAll("_", " ");

/** Seconds for people: 0.097, 3.2, 30.0, 734. */
export function seconds(value, unit = " s") {
  if (value === null || value === undefined) return WORDS.unknown;
  const digits = value < 1 ? 3 : value < 100 ? 1 : 0;
  return value.toFixed(digits) + unit;
}

/** A count: 94, 1,800. */
export const count = (value) => GROUPED.format(value);

/** A number of things: "1 thread", "5 threads". */
export const several = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

export const share = (fraction) => (fraction === null ? WORDS.unknown : `${(100 * fraction).toFixed(1)} %`);

/** "13 of 1,800 get an error": the figure that the lesson is about, in counts. */
export function errorsOf({ timed_out: late, requests }) {
  return `${count(late)} of ${count(requests)} ${late === 1 ? "gets" : "get"} an error`;
}

/** How long the client of a typical report waits for it: "never" where it falls among those that never complete. */
export function medianReport(summary) {
  return `median report: ${figure(summary, "completion_time", "p50")}`;
}

/** A time of the summary; "never" where a percentile falls among reports that never complete, "—" where there are too few. */
export function figure(summary, field, name) {
  const value = summary[field][name];
  const lost = field === "completion_time" && summary.reports_completed < summary.reports;
  const enough = { p95: 20, p99: 100 }[name] ?? 1;
  return value === null && lost && summary.reports >= enough ? WORDS.never : seconds(value);
}
