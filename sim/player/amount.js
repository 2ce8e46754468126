// Numbers for reading, and what to say about the distance of a prediction from the answer.

/** Whole, or with three significant figures; with its unit. */
export function amount(value, unit = "") {
  const digits = Number.isInteger(value) ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const shown = value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${shown} ${unit}`.trim();
}

/** A sentence about a prediction: how far off, and in which direction. */
export function comment(guess, value, interval = []) {
  if (guess === value) return "That is it exactly.";
  if (interval.length && interval[0] <= guess && guess <= interval[1]) return "As close as anybody can tell.";
  const direction = guess > value ? "high" : "low";
  if (value === 0 || guess === 0 || guess > 0 !== value > 0)
    return `Too ${direction}: ${guess === 0 ? "there are some" : value === 0 ? "there are none" : "even the sign is another"}.`;
  const times = Math.max(guess / value, value / guess);
  if (times < 1.1) return `Close: a little too ${direction}.`;
  if (times < 2)
    return `Too ${direction} by ${Math.round(100 * Math.abs(guess / value - 1))} %: the right size, and something more to find.`;
  const many = Number(times.toPrecision(2)).toLocaleString("en-GB");
  const far = guess > value ? `Too high: ${many} times the answer` : `Too low: the answer is ${many} times as much`;
  return `${far}${times < 10 ? "" : ", another order of magnitude"}. What did you not think of?`;
}
