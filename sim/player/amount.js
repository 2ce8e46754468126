// Numbers for reading, and what to say about the distance of a prediction from the answer.
import { brief, count } from "words";

/** How a part of something is called, by its denominator. */
export const PARTS = [
  "",
  "all",
  "half",
  "a third",
  "a quarter",
  "a fifth",
  "a sixth",
  "a seventh",
  "an eighth",
  "a ninth",
  "a tenth",
];
const VERY_MUCH = 1e6; // where nothing says how much there can be

/** Whole, or with three significant figures; with its unit. */
export function amount(value, unit = "") {
  const digits = Number.isInteger(value) ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const places = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const shown = Math.abs(value) < 1e15 ? value.toLocaleString("en-GB", places) : value.toExponential(2);
  return `${shown} ${unit}`.trim();
}

/** What makes one ask whether a number is meant; "" if nothing does. `least` and `most` are null where unknown. */
export function doubt(value, least, most, unit = "") {
  const shown = `${amount(value, unit)}?`;
  if (least !== null && value < least) return `${shown} It cannot be less than ${amount(least)}.`;
  if (most !== null && value > most) return `${shown} It cannot be more than ${amount(most)}.`;
  return most === null && value > VERY_MUCH ? `${shown} That is very much.` : "";
}

function times(guess, value) {
  return guess * value > 0 ? Math.max(guess / value, value / guess) : Infinity;
}

/** A sentence about a prediction and this answer: how far off, and in which direction. */
export function comment(guess, value) {
  if (guess === value) return "That is it exactly.";
  const [direction, factor] = [guess > value ? "high" : "low", times(guess, value)];
  if (value === 0) return `Too ${direction}: there are none.`;
  if (guess === 0) return `Too ${direction}: there are some.`;
  if (factor === Infinity) return `Too ${direction}: even the sign is another.`;
  const percent = Math.max(1, Math.round(100 * Math.abs(guess / value - 1)));
  if (factor < 1.1) return `Close: ${percent} % too ${direction}.`;
  if (factor < 2) return `${percent} % too ${direction}: the right size, and something more to find.`;
  const many = brief(factor, 2);
  const part = PARTS[Math.round(factor)] ?? `1/${count(Math.round(factor))}`;
  const beside = guess > value ? `${many} times as much` : `about ${part} of it`;
  return `Too ${direction}: ${beside}. What did you not think of?`;
}

/** A sentence on whether other luck would have borne the prediction out: `others` are the answers of other runs. */
export function luck(guess, value, others) {
  if (!others.length || times(guess, value) < 1.1 || guess === value) return "";
  const [runs, low] = [others.length, guess < value];
  const count = others.filter((other) => (low ? other <= guess : other >= guess)).length;
  const so = `${amount(guess)} or ${low ? "less" : "more"}`;
  if (!count) return `And with other luck? None of ${runs} other runs has ${so}.`;
  return `With other luck it might have been: ${count} of ${runs} other runs ${count === 1 ? "has" : "have"} ${so}.`;
}

/** A sentence where the answer is uncertain and the prediction lies in its interval as well. */
export function within(guess, value, interval) {
  const inside = interval.length && interval[0] <= guess && guess <= interval[1];
  return inside && times(guess, value) < 2 ? "As close as anybody can tell: it lies in the interval." : "";
}
