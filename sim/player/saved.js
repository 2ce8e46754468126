// What is seen as a scenario in TOML: `python -m sim compare FILE` reads it, and gets the same records.
import { scenarioOf } from "comparison";
import { toGrid } from "grid";
import { written } from "toml";

const TIMES = ["value", "low", "high", "mean", "p95", "scale", "values", "seconds", "first", "most", "external_time"];

/** The shortest decimal number that the grid takes for these seconds: 0.001 for 0.0010004043579101562. */
function brief(seconds) {
  const candidates = Array.from({ length: 8 }, (_, digits) => Number(seconds.toFixed(digits)));
  return candidates.find((candidate) => toGrid(candidate) === seconds) ?? seconds;
}

/** The value with times as short as they can be, and without what is not there. */
function shortened(value, isTime) {
  if (Array.isArray(value)) return value.map((part) => shortened(part, isTime));
  if (typeof value === "number") return isTime ? brief(value) : value;
  if (value === null || typeof value !== "object") return value;
  const parts = Object.entries(value).filter(([, part]) => part !== null);
  return Object.fromEntries(parts.map(([name, part]) => [name, shortened(part, TIMES.includes(name))]));
}

/** Every field of what is seen, by name: {title, arrival_rate, ...}. */
function fieldsOf(preset, knobs, seed) {
  const { rate_steps: steps, hop_times: hops, ...scenario } = scenarioOf(preset, knobs);
  return {
    ...scenario,
    title: preset.title.replace(/ \(changed\)$/, ""),
    shows: "",
    try_this: "",
    arrival_rate: steps.length === 1 ? steps[0][1] : steps,
    seed: BigInt(seed),
    ...Object.fromEntries(Object.entries(hops).map(([hop, time]) => [`${hop}_time`, time])),
  };
}

/** A field's value, times as short as they can be. */
function said(kind, value) {
  if (kind === "rate" && Array.isArray(value)) return value.map(([from, rate]) => [brief(from), rate]);
  return shortened(value, ["seconds", "outages", "stops"].includes(kind));
}

/**
 * The scenario as TOML, each field with what it means, unless it is to be `short`; `fields`: what the page was told of
 * them.
 */
export function asToml(preset, knobs, seed, fields, short = false) {
  const values = fieldsOf(preset, knobs, seed);
  const lines = Object.entries(fields).flatMap(([name, { kind, plain, means, default: own }]) => {
    const value = values[name];
    const off = plain ? value === "" : value === null || JSON.stringify(value) === JSON.stringify(own);
    const line = `${name} = ${written(said(kind, value))}`;
    return off ? [] : short ? [line] : [`# ${means}`, line];
  });
  return `${lines.join("\n")}\n`;
}
