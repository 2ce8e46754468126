// A try at a challenge, marked by the model on seeds that nobody has seen: does what must hold, hold with each of them?
import { played } from "comparison";
import { drawsOf } from "draws";
import { seedOf } from "seeds";
import { count, seconds } from "words";

/** How a figure is said: "3 requests get an error", "the longest page takes 4.2 s". */
const SAID = {
  timed_out: (value) => `${count(value)} ${value === 1 ? "request gets" : "requests get"} an error`,
  "page_response_time.max": (value) => `the slowest page takes ${seconds(value)}`,
  "completion_time.p95": (value) =>
    value === null ? "not all reports come to exist" : `5 of 100 reports take more than ${seconds(value)}`,
};

const figureOf = (summary, name) => name.split(".").reduce((part, key) => part[key], summary);

/** Threads and workers together, as far as a run has them. */
const slotsOf = (run, knobs) => knobs.threads + (run === "sync" ? 0 : knobs.workers);

/**
 * Mark the knobs and the run ("sync", "async", ...) of a preset with a challenge.
 * → {slots, wrong: what does not hold, in words, or ""}
 */
export function mark(preset, knobs, run, cycles) {
  const { challenge } = preset;
  const slots = slotsOf(run, knobs);
  const tooMany = challenge.most_slots !== null && slots > challenge.most_slots;
  if (tooMany) return { slots, wrong: `${slots} slots; allowed: ${challenge.most_slots}.` };
  if (run.endsWith("pages") || run.endsWith("all")) return { slots, wrong: "Pages are answered without their data." };
  const missed = challenge.marked.map((number) => missedWith(seedOf(preset.seed, number), preset, knobs, run, cycles));
  const wrong = missed.filter(Boolean);
  return {
    slots,
    wrong: wrong.length ? `In ${wrong.length} of ${missed.length} runs with other luck ${wrong[0]}.` : "",
  };
}

/** The first goal that is missed with a seed, in words; "" if none is. */
function missedWith(seed, preset, knobs, run, cycles) {
  const { summary } = played(preset, knobs, drawsOf(preset, seed), cycles).runs[run];
  const missed = preset.challenge.goals.find(([name, most]) => !((figureOf(summary, name) ?? Infinity) <= most));
  return missed ? SAID[missed[0]](figureOf(summary, missed[0])) : "";
}
