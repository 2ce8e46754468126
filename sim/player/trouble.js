// What can be made to go wrong here: knobs that are not there until a scenario or the reader asks for one.
// In Python the same stands in sim/player/trouble.py.

const BEGINS = 0.4; // of the duration: when an outage begins that a scenario has not set

const times = (value) => (value === 1 ? "once" : `${value} times`);
const inSeconds = (value) => `${Number(value.toPrecision(4))} s`;
const percent = (value) => `${Number((100 * value).toPrecision(3))} %`;
const yes = () => "yes";

/**
 * By name: `asks` (how it is offered), its label, how a value is shown, the value at which it is `off`, where it begins
 * when it is asked for, and how far its knob goes.
 */
export const TROUBLES = {
  client_retries: { asks: "people try again", label: "Tries again", shown: times, off: 0, start: 3, most: 5 },
  backlog_limit: { asks: "only so many may wait", label: "May wait", shown: String, off: -1, start: 20, most: 200 },
  service_timeout: {
    asks: "the server cuts off",
    label: "Cut off after",
    shown: inSeconds,
    off: 0,
    start: 15,
    most: 60,
  },
  cores: { asks: "few cores compute", label: "Cores", shown: String, off: 0, start: 1, most: 8 },
  poll_every: {
    asks: "browsers ask for the result",
    label: "Asks every",
    shown: inSeconds,
    off: 0,
    start: 2,
    most: 10,
  },
  push: { asks: "the result is pushed", label: "Pushed", shown: yes, off: 0, start: 1, most: 1 },
  outage: { asks: "the service is down", label: "Down for", shown: inSeconds, off: 0, start: 120, most: 600, step: 10 },
  failure_fraction: {
    asks: "calls fail by chance",
    label: "Calls fail",
    shown: percent,
    off: 0,
    start: 0.2,
    most: 1,
    step: 0.05,
  },
  job_retries: { asks: "failed jobs run again", label: "Jobs run again", shown: times, off: 0, start: 25, most: 25 },
  killed_at: {
    asks: "the worker is killed",
    label: "Killed at",
    shown: inSeconds,
    off: 0,
    start: 300,
    most: 1200,
    step: 10,
  },
  deployed_at: {
    asks: "the worker is deployed",
    label: "Deploy at",
    shown: inSeconds,
    off: 0,
    start: 300,
    most: 1200,
    step: 10,
  },
  reliable: { asks: "killed jobs come back", label: "Jobs come back", shown: yes, off: 0, start: 1, most: 1 },
};

/** The scenario's fields as these knobs have them; `fixed` are those of the preset. */
export function rulesOf(knobs, fixed) {
  const set = (name) => (knobs[name] === undefined || knobs[name] === TROUBLES[name].off ? null : knobs[name]);
  const polls = set("poll_every");
  return {
    backlog_limit: set("backlog_limit"),
    client_retries: set("client_retries") ?? 0,
    service_timeout: set("service_timeout"),
    cores: set("cores"),
    failure_fraction: set("failure_fraction") ?? 0,
    job_retries: set("job_retries") ?? 0,
    fetch: set("reliable") ? "reliable" : "basic",
    result: set("push") ? "push" : polls ? "polling" : "nothing",
    poll_every: polls ?? fixed.poll_every,
    outages: outages(set("outage"), fixed),
    worker_stops: stops(set("killed_at"), set("deployed_at"), fixed),
  };
}

function outages(length, { outages: own = [], duration }) {
  if (own.length > 1) return own;
  const begins = own[0]?.[0] ?? BEGINS * duration;
  return length ? [[begins, begins + length]] : [];
}

function stops(killedAt, deployedAt, { worker_stops: own = [] }) {
  if (own.length > 1) return own;
  return killedAt ? [[killedAt, "kill"]] : deployedAt ? [[deployedAt, "term"]] : [];
}
