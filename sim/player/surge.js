// A surge: for some time so many times as many people come. It is a step of the arrival rate, as a scenario has them.
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
export function pour(surges, at, until) {
  const others = surges.filter(([from, end]) => at < from || end < at);
  const under = surges.filter(([from, end]) => from <= at && at <= end).flat();
  return [...others, [Math.min(at, ...under), Math.max(until, ...under)]].sort((a, b) => a[0] - b[0]).slice(-MOST);
}

/** "surge at 80 s for 10 s" */
export const surgesInWords = (surges) =>
  surges.map(([from, until]) => `surge at ${from.toFixed(0)} s for ${(until - from).toFixed(0)} s`);
