// What can be made to go wrong here: knobs that are not there until a scenario or the reader asks for one.
// In Python the same stands in sim/player/trouble.py.

import { toGrid } from "grid";
import { canPart, WAYS } from "lines";
import { brief } from "words";

const BEGINS = 0.4; // of the duration: when an outage begins that a scenario has not set

const times = (value) => (value === 1 ? "once" : `${value} times`);
const inSeconds = (value) => `${brief(value, 4)} s`;
const percent = (value) => `${brief(100 * value)} %`;
const yes = () => "yes";

/**
 * By name: `asks` (how it is offered), its label, how a value is shown, the value at which it is `off`, whether only
 * whole numbers stand there, and how far its knob goes from `least`, where it begins at `start` when it is asked for;
 * those of an instant go to the end.
 */
export const TROUBLES = {
  client_retries: counted("people try again", "Tries again", times, 3, 5),
  backlog_limit: { ...counted("only so many may wait", "May wait", String, 20, 200), off: -1, least: 0 },
  service_timeout: measured("the server cuts off", "Cut off after", inSeconds, 15, 60, 1),
  cores: counted("few cores compute", "Cores", String, 1, 8),
  poll_every: measured("browsers ask for the result", "Asks every", inSeconds, 2, 10, 0.25),
  push: counted("the result is pushed", "Pushed", yes, 1, 1),
  outage: measured("the service is down", "Down for", inSeconds, 120, 600, 10),
  failure_fraction: measured("calls fail by chance", "Calls fail", percent, 0.2, 1, 0.05),
  job_retries: counted("failed jobs run again", "Jobs run again", times, 25, 25),
  killed_at: measured("the worker is killed", "Killed at", inSeconds, 0, 0, 10),
  deployed_at: measured("a deploy stops the worker", "Deploy at", inSeconds, 0, 0, 10),
  reliable: counted("killed jobs come back", "Jobs come back", yes, 1, 1),
  queues: {
    ...counted("jobs stand in several lines", "Lines of jobs, drawn anew", (way) => WAYS[way], 1, 3),
    possible: canPart,
  },
};

function counted(asks, label, shown, start, most) {
  return { ...measured(asks, label, shown, start, most, 1), whole: true };
}

function measured(asks, label, shown, start, most, step) {
  const possible = /** @type {any} */ (null);
  return { asks, label, shown, start, most, off: 0, least: step, step, possible, whole: false };
}

/** Whether a preset can have it. */
export const isPossible = (name, preset) => TROUBLES[name].possible?.(preset) ?? true;

export const isOff = (name, value) => value === undefined || value === TROUBLES[name].off;

/** Where a knob begins when it is asked for: an instant in the middle. */
export const startOf = (name, { fixed }) => TROUBLES[name].start || 10 * Math.round(fixed.duration / 20);

/** How far a knob goes; at least as far as it stands. */
export function boundsOf(name, { fixed }, value) {
  const { least, most, step } = TROUBLES[name];
  return { min: Math.min(least, value), max: Math.max(most || fixed.duration, value), step };
}

const onGrid = (seconds) => (seconds === null ? null : toGrid(seconds));

/** The scenario's fields as these knobs have them; `fixed` are those of the preset. */
export function rulesOf(knobs, fixed) {
  const set = (name) => (isOff(name, knobs[name]) ? null : knobs[name]);
  const polls = set("poll_every");
  return {
    backlog_limit: set("backlog_limit"),
    client_retries: set("client_retries") ?? 0,
    service_timeout: onGrid(set("service_timeout")),
    cores: set("cores"),
    failure_fraction: set("failure_fraction") ?? 0,
    job_retries: set("job_retries") ?? 0,
    fetch: set("reliable") ? "reliable" : "basic",
    result: set("push") ? "push" : polls ? "polling" : "nothing",
    poll_every: onGrid(polls) ?? fixed.poll_every,
    outages: outages(set("outage"), fixed),
    worker_stops: stops(set("killed_at"), set("deployed_at"), fixed),
  };
}

function outages(length, { outages: own = [], duration }) {
  if (own.length > 1 && length === own[0][1] - own[0][0]) return own; // as the scenario has them
  const begins = own[0]?.[0] ?? BEGINS * duration;
  return length ? [[toGrid(begins), toGrid(begins + length)]] : [];
}

function stops(killedAt, deployedAt, { worker_stops: own = [] }) {
  const [at, how] = own[0] ?? [];
  if (own.length > 1 && at === (how === "kill" ? killedAt : deployedAt)) return own; // as the scenario has them
  return killedAt ? [[toGrid(killedAt), "kill"]] : deployedAt ? [[toGrid(deployedAt), "term"]] : [];
}

/** Where these knobs stand in a scenario; of several outages or stops it is the first, until it is turned. */
export function knobsOfRules(scenario) {
  const [at, how] = scenario.worker_stops[0] ?? [0, ""];
  const [from, until] = scenario.outages[0] ?? [0, 0];
  const own = {
    ...scenario,
    poll_every: scenario.result === "polling" ? scenario.poll_every : null,
    push: Number(scenario.result === "push"),
    outage: until - from,
    killed_at: how === "kill" ? at : null,
    deployed_at: how === "term" ? at : null,
    reliable: Number(scenario.fetch === "reliable"),
    queues: null,
  };
  return Object.fromEntries(Object.entries(TROUBLES).map(([name, { off }]) => [name, own[name] ?? off]));
}

/** How far a link may turn them. */
export function boundsOfRules(scenario) {
  const stands = knobsOfRules(scenario);
  const preset = { external_time: scenario.external_time, fixed: scenario };
  const of = ([name, { off, most }]) => {
    const reach = isPossible(name, preset) ? most || scenario.duration : off;
    return [name, { min: off, max: Math.max(reach, stands[name]), step: 1 }];
  };
  return Object.fromEntries(Object.entries(TROUBLES).map(of));
}
