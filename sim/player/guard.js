// What a scenario asks for, as sim/scenario.py says it: one guard, and who gives up and who is cut off when.

/** The fields that ask for more than first come, first served, each with its value where it asks for nothing. */
export const RULES = {
  backlog_limit: null,
  client_retries: 0,
  service_timeout: null,
  cores: null,
  result: "nothing",
  outages: [],
  failure_fraction: 0,
  worker_stops: [],
  queues: [],
};

function asksFor(scenario, name) {
  const [value, off] = [scenario[name] ?? RULES[name], RULES[name]];
  return Array.isArray(off) ? value.length > 0 : value !== off;
}

/** Whether a scenario asks for anything beyond first come, first served. */
export const goesWrong = (scenario) => Object.keys(RULES).some((name) => asksFor(scenario, name));

/** Whether a slow call can fail. */
export const callsFail = (scenario) => ["failure_fraction", "outages"].some((name) => asksFor(scenario, name));

/** A thread that reaches a request so many seconds after its arrival, or later, skips it; Infinity: it never does. */
export const patienceOf = ({ on_timeout: policy, timeout }) => (policy === "finish_all" ? Infinity : timeout);

/** So many seconds after its arrival a running request is cut off; Infinity: it never is. */
export const limitOf = ({ on_timeout: policy, timeout }) => (policy === "kill" ? timeout : Infinity);
