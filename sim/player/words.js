// How things are called and said: as Python does, which sends its words with the data (`data.words`).

const THOUSANDS = /\B(?=(\d{3})+$)/g;

/** @type {Record<string, any>} */
export const WORDS = {
  cycles: { sync: "SYNC", async: "ASYNC", sync_same_slots: "SYNC, same slots" },
  hops: {}, // labels by name
  mishaps: {}, // what goes wrong, by the name of the event
  stacks: {}, // names of the stations by stack
  stack: "",
};

/** Say things as Python does. */
export function feed(words = {}) {
  Object.assign(WORDS, words);
}

/** A sentence of WORDS with its gaps filled. */
export function filled(sentence, values) {
  return WORDS[sentence].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** What is said where the jobs bring more work than the workers can do; "" where they do not. */
export function overload(load) {
  return load === null || load < 1 ? "" : filled("overload", { load: load.toFixed(2), depends: "the duration" });
}

export const cycleName = (name) => WORDS.cycles[name];
export const hopName = (name) => stackName(name) ?? WORDS.hops[name] ?? name.replaceAll("_", " ");

/** What a station is called in the stack that was chosen, if it has a name of its own there. */
export const stackName = (name) => WORDS.stacks[WORDS.stack]?.[name] ?? null;

/** With so many decimals, and what lies in the middle to the even side, as Python writes it: 12.25 is 12.2. */
export function fixed(value, decimals) {
  const digits = value.toFixed(60); // exact for whatever can lie in the middle
  const end = digits.indexOf(".") + 1 + decimals;
  const even = Number(digits.slice(0, end).at(decimals ? -1 : -2)) % 2 === 0;
  return even && /^50*$/.test(digits.slice(end)) ? digits.slice(0, decimals ? end : end - 1) : value.toFixed(decimals);
}

/** Three significant figures of what is below 1,000. */
const three = (value) => fixed(value, value.toPrecision(3).split(".")[1]?.length ?? 0);

/** A duration for reading: three significant figures, in ms below one second: 97 ms, 3.20 s, 734 s. */
export function seconds(value) {
  if (value === null || value === undefined) return WORDS.unknown;
  if (value > 0 && value < 0.9995) return `${Number(three(value * 1000))} ms`;
  return value >= 99.95 || value === 0 ? `${whole(value)} s` : `${three(value)} s`;
}

/** A count: 94, 1,800. */
export const count = (value) => {
  const isPlain = Number.isSafeInteger(value) && !Object.is(value, -0);
  return isPlain ? String(value).replace(THOUSANDS, ",") : value.toLocaleString("en-GB"); // which takes long at first
};

/** The nearest whole number. */
export const whole = (value) => count(Number(fixed(value, 0)));

/** A number with so many significant figures, and no zeros behind its point that say nothing: 12.3, 0.05, 1,800. */
export function brief(value, figures = 3) {
  const said = Number(value.toPrecision(figures));
  return Math.abs(said) < 1000 ? String(said) : count(said);
}

/** A number of things: "1 thread", "5 threads". */
export const several = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** A fraction for reading; what is more than nothing does not look like nothing. */
export function share(fraction) {
  if (fraction === null) return WORDS.unknown;
  return fraction > 0 && fraction < 0.0005 ? "< 0.1 %" : `${fixed(100 * fraction, 1)} %`;
}

/** How many get an error; where people may come again, how many never get a good answer. */
export const missed = ({ goes_wrong: goesWrong, visits, visits_answered: answered, timed_out: late }) =>
  goesWrong ? visits - answered : late;

/** "13 of 1,800 get an error": the figure that the lesson is about, in counts. */
export function errorsOf(head) {
  if (head.goes_wrong) return unserved(head);
  const { timed_out: late, requests } = head;
  return `${count(late)} of ${count(requests)} ${late === 1 ? "gets" : "get"} an error`;
}

/** "635 of 4,047 give up, 4 jobs lost": where people may come again, and jobs be run again. */
function unserved(head) {
  const { visits, jobs_dead: dead, jobs_lost: lost, jobs_done_twice: twice } = head;
  const jobs = [dead && `${several(dead, "job")} dead`, lost && `${several(lost, "job")} lost`];
  const told = [...jobs, twice && `${count(twice)} done twice`].filter(Boolean);
  return [`${count(missed(head))} of ${count(visits)} ${missed(head) === 1 ? "gives" : "give"} up`, ...told].join(", ");
}

/** How long the client of a typical report waits for it: "never" where it falls among those that never complete. */
export function medianReport(summary) {
  const report = `median report: ${figure(summary, "completion_time", "p50")}`;
  if (!summary.goes_wrong) return report;
  const each = `${count(summary.requests)} requests`;
  return summary.requests > summary.visits ? `${each} · ${report}` : report;
}

/**
 * A time of the summary; "never" where a percentile falls among reports that never complete, "—" where there are too
 * few.
 */
export function figure(summary, field, name) {
  const value = summary[field][name];
  const lost = field === "completion_time" && summary.reports_completed < summary.reports;
  const enough = { p95: 20, p99: 100 }[name] ?? 1;
  return value === null && lost && summary.reports >= enough ? WORDS.never : seconds(value);
}
