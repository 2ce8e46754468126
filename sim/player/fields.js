// A scenario from the table of a TOML file: every field as Python takes it (sim/scenario.py), by what the page was told
// of it.
import { secondsBefore } from "delays";
import { callsFail } from "guard";
import { delayOf, distributionOf, outagesOf, queuesOf, rateOf, stopsOf } from "parts";
import { choice, Refused, refuse, seconds, shown, whole, within } from "refused";

const LONGEST = 2 ** 32; // s that a job may wait for its runs together
const MOST_LOOKS = 2_000_000; // of the poller in a run, and meanwhile

/** By kind: from what the page was told of a field, the function that takes its value. */
const KINDS = {
  text: ({ most }) => text(most),
  rate: () => rateOf,
  number: ({ least, most }) => within(least, most),
  count: ({ least, most }) => (typeof most === "string" ? seed(BigInt(most)) : whole(least, most)),
  seconds: ({ least, most }) => seconds(least, most),
  choice: ({ choices }) => choice(choices),
  distribution: () => distributionOf,
  delay: () => delayOf,
  outages: () => outagesOf,
  stops: () => stopsOf,
  queues: () => queuesOf,
};

/** Text without control characters and without spaces that are none. */
const text = (most) => (value) => {
  const is = typeof value === "string" && [...value].length <= most && !/[\p{C}\p{Z}]/u.test(value.replaceAll(" ", ""));
  return is ? value : refuse();
};

/** A seed stays a text: JavaScript's numbers end before seeds do. */
const seed = (most) => (value) =>
  typeof value === "bigint" && value >= 0n && value <= most ? String(value) : refuse();

/**
 * The scenario that a table of TOML says: a value for every one of the `fields` that the page was told of. Throws
 * Refused with a sentence: field, value, what is allowed.
 */
export function scenarioFrom(said, fields) {
  const unknown = Object.keys(said).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) refuse(`${shown(unknown)} is not a field of a scenario`);
  const taken = Object.entries(fields).map(([name, field]) => [
    name,
    name in said ? take(name, field, said[name]) : own(field),
  ]);
  const scenario = Object.fromEntries(taken);
  const wrong = contradiction(scenario, fields);
  return wrong ? refuse(wrong) : scenario;
}

const own = ({ most, default: value }) => (typeof most === "string" ? String(value) : value);

function take(name, field, value) {
  try {
    return KINDS[field.kind](field)(value);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const why = error.message ? `${error.message}: ` : "";
    return refuse(`${name} = ${shown(value)}; allowed: ${why}${field.allowed}`);
  }
}

/** What does not go together. */
function contradiction(scenario, fields) {
  const { warmup, duration, shutdown_time: shutdown, restart_time: restart, worker_stops: stops } = scenario;
  if (warmup >= duration) return `warmup = ${warmup} with duration = ${duration}; allowed: warmup below duration`;
  const inbound = Object.keys(fields).filter((name) => fields[name].inbound);
  if (!inbound.some((name) => scenario[name]))
    return `${inbound.join(", ")} = 0 together; allowed: the way in takes some time`;
  const close = stops.findIndex(([at], k) => k > 0 && at - stops[k - 1][0] < shutdown + restart);
  if (close >= 0) return `worker_stops at ${stops[close][0]} s; allowed: shutdown_time + restart_time apart`;
  return callsFail(scenario) ? endless(scenario) : "";
}

/** What is wrong where a job's retries last beyond exact seconds, or beyond all looks (`refuse_endless` in Python). */
function endless({ job_retries: retries, job_retry_delay: delay, retry_poll_time: every, duration }) {
  const waits = (retry) => Math.max(secondsBefore(delay, retry, 0), secondsBefore(delay, retry, 1 - 2 ** -53));
  let seconds = 0;
  for (let retry = 1; retry <= retries; retry++) seconds += waits(retry);
  if (!(seconds < LONGEST))
    return `job_retries = ${retries}: after ${seconds} s of delays; allowed: less than 2^32 s together`;
  return retries && every && (duration + seconds) / every > MOST_LOOKS
    ? `retry_poll_time = ${every}: allowed: 0, or at most 2,000,000 looks`
    : "";
}
