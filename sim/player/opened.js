// A scenario that somebody brought, as one more preset of the page; what the page could not keep up with is refused.
import { scenarioFrom } from "fields";
import { callsFail } from "guard";
import { meanOf } from "means";
import { refuse } from "refused";
import { parse } from "toml";
import { boundsOfRules, knobsOfRules } from "trouble";
import { count } from "words";

const MOST_REQUESTS = 7200; // that the page's event loop serves between two frames
const MOST_ROWS = 300_000; // with all who come again, ask again, or are run again
const GENTLE_RATE = 4; // requests/s that the knob reaches whatever the scenario's own rate
const QUANTUM = 0.1; // s of a core
const STEPS_OF_TIME = 1 / 16;

const stepsOf = ({ arrival_rate: rate }) => (Array.isArray(rate) ? rate : [[0, rate]]);

/** The fields that are times of hops. */
const hopsOf = (fields) => Object.entries(fields).filter(([, { hop }]) => hop);

/** How many requests arrive on average. */
function expected(steps, duration) {
  const ends = [...steps.slice(1).map(([from]) => from), Infinity];
  return steps.reduce((sum, [from, rate], k) => sum + rate * Math.max(0, Math.min(ends[k], duration) - from), 0);
}

/** So many questions at most: as clients can ask; where all are let in, also as threads can answer, or time out. */
function mostPolls(scenario, way, reports) {
  const { poll_every: every, poll_for: longest, timeout, threads, duration } = scenario;
  const asked = (least) => (reports * longest) / (every + least);
  if (scenario.backlog_limit !== null) return asked(0); // who is turned away asks again at once
  const held = Math.min(way, timeout, scenario.service_timeout ?? Number.POSITIVE_INFINITY);
  return Math.min(asked(held), (threads * (duration + timeout + longest)) / held + asked(timeout));
}

/** What it would take, each beside the most that the page can do, in words (`sim/player/work.py`). */
function work(scenario, fields, requests) {
  const reports = requests * scenario.report_fraction;
  const walked = (times) => hopsOf(fields).reduce((sum, [name, hop]) => sum + hop[times] * scenario[name], 0);
  const polls = scenario.result === "polling" ? mostPolls(scenario, walked("visits"), reports) : 0;
  const computed = walked("computes");
  const looks = scenario.retry_poll_time > 0 ? scenario.duration / scenario.retry_poll_time : 0;
  return [
    ["requests", requests, MOST_REQUESTS, "lower duration or arrival_rate"],
    ["requests with those who try again", requests * (1 + scenario.client_retries), MOST_ROWS, "lower client_retries"],
    ["polls", polls, MOST_ROWS, "raise poll_every or lower poll_for"],
    ["runs of jobs", callsFail(scenario) ? reports * (1 + scenario.job_retries) : 0, MOST_ROWS, "lower job_retries"],
    ["turns at a core", scenario.cores ? (requests * computed) / QUANTUM : 0, MOST_ROWS, "lower the times of the hops"],
    ["looks for due jobs", looks, MOST_ROWS, "raise retry_poll_time"],
  ];
}

/** Refuse, with a sentence, what the page could not keep up with. */
function refuseTooMuch(scenario, fields, requests) {
  for (const [what, value, most, how] of work(scenario, fields, requests))
    if (value > most)
      refuse(
        `about ${count(Math.round(value))} ${what} are too many to explore; allowed: up to ${count(most)} (${how})`,
      );
}

/** Where the knobs stand for a scenario. */
function knobsOf(scenario) {
  const rate = Array.isArray(scenario.arrival_rate) ? 1 : scenario.arrival_rate;
  const own = ["report_fraction", "threads", "workers", "timeout"].map((name) => [name, scenario[name]]);
  return { arrival_rate: rate, external_time: 1, ...Object.fromEntries(own), ...knobsOfRules(scenario) };
}

/** How far they go; the arrival rate as far as so many requests are expected. */
function boundsFor(scenario, requests) {
  const rate = Array.isArray(scenario.arrival_rate) ? 1 : scenario.arrival_rate;
  const step = rate ? Number(`1e${Math.max(-9, Number(rate.toExponential().split("e")[1]) - 1)}`) : 0.1;
  const perUnit = rate ? requests / rate : scenario.duration;
  const reach = Math.min(MOST_REQUESTS, Math.max(2 * requests, GENTLE_RATE * scenario.duration));
  const most = perUnit ? Math.floor(reach / perUnit / step + 1e-9) : 100;
  const slots = (number) => ({ min: 1, step: 1, max: Math.max(32, number) });
  return {
    arrival_rate: { min: step, max: Math.max(rate, Number((most * step).toFixed(9))), step },
    report_fraction: { min: 0, max: 1, step: 0.01 },
    external_time: { min: STEPS_OF_TIME, max: 4, step: STEPS_OF_TIME },
    threads: slots(scenario.threads),
    workers: slots(scenario.workers),
    timeout: { min: 1, max: Math.max(120, Math.ceil(scenario.timeout)), step: 1 },
    ...boundsOfRules(scenario),
  };
}

/**
 * The preset of a scenario (`scenarioFrom`), as Python would hand it over (sim/player/data.py); `fields` say which of
 * its fields no knob turns.
 */
function presetOf(scenario, fields, name) {
  const steps = stepsOf(scenario);
  const requests = expected(steps, scenario.duration);
  refuseTooMuch(scenario, fields, requests);
  const rules = Object.keys(fields).filter((field) => !fields[field].plain);
  const hops = hopsOf(fields).map(([name, { hop }]) => [hop, scenario[name]]);
  return {
    title: scenario.title || name,
    shows: scenario.shows,
    try_this: scenario.try_this.replaceAll("--set ", ""),
    seed: scenario.seed,
    external_time: scenario.external_time,
    steps,
    external_mean: meanOf(scenario.external_time),
    knobs: knobsOf(scenario),
    bounds: boundsFor(scenario, requests),
    fixed: {
      ...Object.fromEntries(["duration", "warmup", "on_timeout", ...rules].map((field) => [field, scenario[field]])),
      hop_times: Object.fromEntries(hops),
    },
  };
}

const inOrder = (_, part) =>
  part && typeof part === "object" && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort()) : part;

/** All of a preset that can be told exactly, as text; what to try is told in other words. */
const exactly = (preset) => JSON.stringify({ ...preset, external_mean: 0, try_this: "" }, inOrder);

/** One of the page's presets with the page's words; without words if somebody has changed it: they need not be true. */
function truthful(preset, presets) {
  const named = Object.keys(presets).find((name) => name !== "own" && presets[name].title === preset.title);
  if (!named) return preset;
  if (exactly(presets[named]) === exactly(preset)) return { ...preset, try_this: presets[named].try_this };
  return { ...preset, title: `${preset.title} (changed)`, shows: "", try_this: "" };
}

/**
 * A text in TOML as a preset, called `name` where it has no title, without the words of the page's `presets` where it
 * is one of them with a change; throws Refused with a sentence where it is none, where it is wrong, or where it is too
 * much for a page.
 */
export const opened = (text, fields, name, presets = {}) =>
  truthful(presetOf(scenarioFrom(parse(text), fields), fields, name), presets);
