// What can go wrong: whether a scenario asks for any of it (R11 to R19), and the names of its draws.

/** The streams of unit draws of what goes wrong; `draw(stream, k, n)` is the seam. */
export const STREAMS = { clientRetry: 3, jobRetry: 4, failure: 5, queue: 6, look: 7, handOut: 8 };

const OFF = { backlog_limit: null, service_timeout: null, cores: null };
const ZERO = ["client_retries", "failure_fraction"];
const EMPTY = ["outages", "worker_stops", "queues"];

/** Whether a scenario asks for anything beyond first come, first served. */
export function goesWrong(scenario) {
  return (
    Object.keys(OFF).some((field) => (scenario[field] ?? null) !== null) ||
    ZERO.some((field) => scenario[field] > 0) ||
    EMPTY.some((field) => scenario[field]?.length > 0) ||
    (scenario.result ?? "nothing") !== "nothing"
  );
}
