// What stands in a scenario's tables: distributions, delays, outages, stops, queues, as Python takes them.
import { toGrid } from "grid";
import { choice, duration, list, optional, refuse, seconds, table, whole, within } from "refused";

const LONGEST = 1e6; // s, of a slow call
const LARGEST_TIME = 1e7; // s
const LARGEST_RATE = 1e6;
const MOST_STEPS = 1000; // of a rate: the page draws them between two frames
const MOST_ENTRIES = 1000;
const Z95 = 1.6448536269514722; // the 95th percentile of the standard normal distribution

/** Seconds that are on the grid before they are looked at. */
const time = (value) => within(0, LONGEST)(toGrid(duration(value)));
const positive = (value) => time(value) || refuse();
const rate = (value) => within(0, LARGEST_RATE)(value) + 0; // no -0: the next request would come at -Infinity
const wait = (value) => within(0, LARGEST_TIME)(toGrid(duration(value)));
const instant = seconds(0, LARGEST_TIME);
const isOne = (value) => typeof value !== "object"; // a number or a text instead of a table

const SIMPLE = {
  constant: { value: time },
  uniform: { low: time, high: time },
  exponential: { mean: positive },
  lognormal: { mean: positive, p95: positive },
  weibull: { scale: positive, shape: within(0.1, 100) },
  empirical: { values: list(time, 1, 100_000) },
};
const simple = tagged("distribution", SIMPLE, "value");
const weight = (value) => within(0, LARGEST_RATE)(value) || refuse();
const part = (value) => table(value, { weight, time: consistent(simple) });
const MIXED = { ...SIMPLE, mixture: { parts: list(part, 1, 100) } };
const jitter = optional(within(0, 1), 0);
const DELAYS = {
  constant: { seconds: wait, jitter },
  exponential: { first: wait, factor: optional(within(1, 1e6), 2), most: wait, jitter },
  sidekiq: {},
};

/** A table that says in `tag` which of `kinds` it is; a number or a text alone is a constant with this `field`. */
function tagged(tag, kinds, field) {
  return (value) => {
    const whole = isOne(value) && typeof value !== "boolean" ? { [tag]: "constant", [field]: value } : value;
    const kind = Object.hasOwn(Object(whole), tag) ? whole[tag] : refuse();
    if (typeof kind !== "string" || !Object.hasOwn(kinds, kind)) refuse();
    return { [tag]: kind, ...table(whole, kinds[kind], [tag]) };
  };
}

/** A distribution that there can be. */
function consistent(take) {
  return (value) => {
    const made = take(value);
    if (made.distribution === "uniform" && made.low > made.high) refuse("low <= high");
    if (
      made.distribution === "lognormal" &&
      !(1 < made.p95 / made.mean && made.p95 / made.mean < Math.exp(Z95 ** 2 / 2))
    )
      refuse("mean < p95 < 3.87 × mean");
    return made;
  };
}

export const distributionOf = consistent(tagged("distribution", MIXED, "value"));
export const delayOf = tagged("kind", DELAYS, "seconds");

/** A number, or steps [[from_at, rate], ...]. */
export function rateOf(value) {
  if (!Array.isArray(value)) return rate(value);
  const steps = list((step) => pair(step, instant, rate), 1, MOST_STEPS)(value);
  return steps[0][0] === 0 && grows(steps) ? steps : refuse();
}

function pair(value, first, second) {
  return Array.isArray(value) && value.length === 2 ? [first(value[0]), second(value[1])] : refuse();
}

const grows = (pairs) => pairs.slice(1).every(([at], k) => pairs[k][0] < at);

export const outagesOf = list(
  (outage) => {
    const [from, until] = pair(outage, instant, instant);
    return from < until ? [from, until] : refuse();
  },
  0,
  MOST_ENTRIES,
);

export function stopsOf(value) {
  const stops = list((stop) => pair(stop, instant, choice(["term", "kill"])), 0, MOST_ENTRIES)(value);
  return grows(stops) ? stops : refuse();
}

const QUEUE = {
  name: (value) => (typeof value === "string" && /^[A-Za-z0-9_.-]{1,64}$/.test(value) ? value : refuse()),
  share: optional(within(0, 1)),
  external_time: optional(distributionOf),
  weight: optional(within(1, 1e6)),
  workers: optional(whole(1, 10_000)),
};

/** Queues that go together. */
export function queuesOf(value) {
  const queues = list((queue) => table(queue, QUEUE), 0, 100)(value);
  const names = queues.map(({ name }) => name);
  if (new Set(names).size < names.length) refuse("a name of its own for every queue");
  const sum = queues.reduce((together, { share }) => together + (share ?? Number.NaN), 0);
  if (queues.length && !(Math.abs(sum - 1) <= 1e-9)) refuse("a share of every queue, 1 together");
  if (queues.some((queue) => queue.weight !== null && queue.workers !== null))
    refuse("weight or workers of a queue, not both");
  const weighted = queues.filter((queue) => queue.workers === null).map((queue) => queue.weight !== null);
  if (weighted.includes(true) && weighted.includes(false))
    refuse("a weight of all queues that share workers, or of none");
  return queues;
}
