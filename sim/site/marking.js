// Marks an exercise as the notebook does: by its rules, or by what its check said beforehand.

const NOT_A_NUMBER = [null, "A number first, such as 12 or 0.5."];

/** A number as Python's format "g" writes it: six significant figures, nothing behind the point that says nothing. */
export function general(number) {
  const [digits, power] = number.toExponential(5).split("e");
  if (number === 0 || (power >= -4 && power < 6)) return String(Number(number.toPrecision(6)));
  return `${Number(digits)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

function byRules(numbers, rules) {
  const fits = ([of, low, high]) => (low ?? -Infinity) <= numbers[of] && numbers[of] <= (high ?? Infinity);
  const [, , , right, why] = rules.find(fits);
  return [right, why.replace(/\{(\d):g\}/g, (_, part) => general(numbers[part]))];
}

function byTable(number, { table, least, most }) {
  if (!Number.isInteger(number) || number < least) return [null, "A whole number first, such as 4."];
  return table[number - least] ?? [null, `Here from ${least} to ${most}. The notebook marks more.`];
}

/** Letters in their order, or, as names, in any. */
function byLetters(text, { kind, table, otherwise }) {
  const letters = text.toUpperCase().replace(/[^A-Z]/g, "");
  const asked = kind === "names" ? [...new Set(letters)].sort().join("") : letters;
  return Object.hasOwn(table, asked) ? table[asked] : otherwise;
}

/** [right, why]: whether what was typed is right (null: it cannot be marked), and why. */
export function marked(texts, exercise) {
  if (exercise.otherwise) return byLetters(texts[0], exercise);
  const numbers = texts.map((text) => (text.trim() ? Number(text) : NaN));
  if (!numbers.every(Number.isFinite)) return NOT_A_NUMBER;
  return exercise.kind === "whole" ? byTable(numbers[0], exercise) : byRules(numbers, exercise.rules);
}
