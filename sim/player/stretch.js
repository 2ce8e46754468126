// Slow calls that take longer, or less long: a distribution with every time in it multiplied, as in
// sim/player/knobs.py.
import { toGrid } from "grid";

const TIMES = ["value", "low", "high", "mean", "p95", "scale", "values"]; // in seconds

/** The distribution with its times multiplied. */
export function stretched(distribution, factor) {
  const parts = Object.entries(distribution).map(([name, part]) => [
    name,
    TIMES.includes(name) ? longer(part, factor) : inner(part, factor),
  ]);
  return Object.fromEntries(parts);
}

const longer = (value, factor) =>
  Array.isArray(value) ? value.map((each) => toGrid(each * factor)) : toGrid(value * factor);

function inner(part, factor) {
  if (Array.isArray(part)) return part.map((each) => stretched(each, factor));
  return part !== null && typeof part === "object" ? stretched(part, factor) : part;
}
