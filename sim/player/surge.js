// A surge: for some time so many times as many people come. It is a step of the arrival rate, as a scenario has them.
import { toGrid } from "grid";

export const TIMES = 4;
export const LENGTH = 10; // s, at least
const MOST = 5;

/** The steps [[from, rate], ...] of a rate with its surges [[from, until], ...] in it. */
export function surged(steps, surges) {
  const rateAt = (at) => steps.findLast(([from]) => from <= at)[1];
  const isIn = (at) => surges.some(([from, until]) => from <= at && at < until);
  const instants = [...new Set([...steps.map(([from]) => from), ...surges.flat()])].sort((a, b) => a - b);
  return instants.map((at) => [at, rateAt(at) * (isIn(at) ? TIMES : 1)]);
}

/** The surges with one more from `at` on, or the one that is under way made longer. */
export function pour(surges, from, end) {
  const [at, until] = [toGrid(from), toGrid(end)];
  const others = surges.filter((surge) => at < surge[0] || surge[1] < at);
  const under = surges.filter((surge) => surge[0] <= at && at <= surge[1]).flat();
  return [...others, [Math.min(at, ...under), Math.max(until, ...under)]].sort((a, b) => a[0] - b[0]).slice(-MOST);
}

/** "surge at 80 s for 10 s" */
export const surgesInWords = (surges) =>
  surges.map(([from, until]) => `surge at ${from.toFixed(0)} s for ${(until - from).toFixed(0)} s`);

/** "80-90,200-230.5" */
export const surgesAsText = (surges) =>
  surges.map((surge) => surge.map((at) => Number(at.toFixed(7))).join("-")).join(",");

/** The surges that a text says, as far as they begin before `duration` (s); none where one of them is not like that. */
export function readSurges(text, duration) {
  const surges = text.split(",").map((part) => part.match(/^(\d{1,8}(?:\.\d{1,20})?)-(\d{1,8}(?:\.\d{1,20})?)$/));
  const found = surges.map((match) => (match ? [toGrid(Number(match[1])), toGrid(Number(match[2]))] : [1, 0]));
  if (found.length > MOST || found.some(([from, until]) => from >= until || from >= duration)) return [];
  return found.reduce((poured, [from, until]) => pour(poured, from, until), /** @type {number[][]} */ ([]));
}
