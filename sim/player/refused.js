// Values of a file that somebody brought, taken one by one: each is as it should be, or refused with a sentence.
import { toGrid } from "grid";

const UNITS = { ms: 1e-3, s: 1, min: 60, h: 3600 };
const DURATION = /^\s*([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)\s*(ms|s|min|h)\s*$/;

/** What is wrong, in words; "" where what is allowed says it. */
export class Refused extends Error {}

/** @returns {never} */
export function refuse(why = "") {
  throw new Refused(why);
}

/** A value as it may stand in a sentence: short, and on one line. */
export function shown(value) {
  if (typeof value === "bigint") return shortened(String(value));
  return shortened(JSON.stringify(value, (_, part) => (typeof part === "bigint" ? Number(part) : part)) ?? "nothing");
}

const shortened = (text) => (text.length <= 60 ? text : `${text.slice(0, 57)}...`);

/** A number, whole or not. */
export function number(value) {
  const made = typeof value === "bigint" ? Number(value) : value;
  return typeof made === "number" && Number.isFinite(made) ? made : refuse();
}

/** A function that takes a number from `least` to `most`. */
export const within = (least, most) => (value) => {
  const made = number(value);
  return least <= made && made <= most ? made : refuse();
};

/** The same for a whole number, as TOML writes it. */
export const whole = (least, most) => (value) => (typeof value === "bigint" ? within(least, most)(value) : refuse());

/** Seconds as a number or as a text such as "250ms", not yet on the grid. */
export function duration(value) {
  if (typeof value !== "string") return number(value);
  const [, digits, unit] = value.match(DURATION) ?? refuse();
  return number(Number(digits) * UNITS[unit]);
}

/** A function that takes a duration from `least` to `most` s and puts it on the grid. */
export const seconds = (least, most) => (value) => toGrid(within(least, most)(duration(value)));

/** A function that takes a list of so many values, each as `part` takes it. */
export const list = (part, least, most) => (value) => {
  if (!Array.isArray(value) || value.length < least || value.length > most) refuse();
  return value.map(part);
};

/** A function that takes one of these texts. */
export const choice = (choices) => (value) => (choices.includes(value) ? value : refuse());

/** A part of a table that need not be there. */
export const optional = (part, otherwise = /** @type {any} */ (null)) => ({ part, otherwise });

/**
 * The parts of a table by name, each as its function takes it; complains about what is missing and what is unknown.
 * @param {any} value
 * @param {Record<string, any>} parts
 * @param {string[]} also names that have been looked at
 */
export function table(value, parts, also = []) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) refuse();
  const unknown = Object.keys(value).find((name) => !(Object.hasOwn(parts, name) || also.includes(name)));
  if (unknown !== undefined) refuse(`${shown(unknown)} is not a field`);
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, taken(value, name, part)]));
}

function taken(value, name, part) {
  if (!(name in value)) return "otherwise" in part ? part.otherwise : refuse(`${name} is missing`);
  try {
    return (part.part ?? part)(value[name]);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return refuse(error.message || `${name} = ${shown(value[name])}`);
  }
}
