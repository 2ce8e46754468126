// Luck made visible: the same scenario with other seeds, a dot each, beside this run (bar) and what was guessed (▼).

import { count } from "words";

const [WIDTH, HEIGHT, EDGE, BASE] = [128, 30, 7, 21];

export function drawing(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const median = (sorted) => (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;

/** "20 other seeds: 5 to 51 errors, half of them at most 17." */
export function luckInWords(others) {
  const sorted = Float64Array.from(others).sort();
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  if (least === most) return `All of ${sorted.length} other seeds: ${count(least)} errors.`;
  const range = `${count(least)} to ${count(most)} errors`;
  return `${sorted.length} other seeds: ${range}, half of them at most ${count(median(sorted))}.`;
}

/**
 * A line of numbers from 0 on.
 * @param {number} value this run's
 * @param {number[]} others
 * @param {number | null} guess
 */
export function drawLuck(value, others, guess) {
  const top = Math.max(1, value, guess ?? 0, ...others);
  const x = (at) => EDGE + ((WIDTH - 2 * EDGE) * at) / top;
  const told = luckInWords(others) + (guess === null ? "" : ` Your guess: ${count(guess)}.`);
  const svg = drawing("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": told, class: "sim-dots" });
  svg.append(drawing("title", {}, told), drawing("line", { x1: EDGE, x2: WIDTH - EDGE, y1: BASE, y2: BASE }));
  const stacked = new Map();
  for (const other of others) {
    const column = Math.round(x(other) / 6);
    const height = stacked.get(column) ?? 0;
    stacked.set(column, height + 1);
    svg.append(drawing("circle", { cx: x(other), cy: BASE - 3 - Math.min(height, 5) * 3, r: 3 }));
  }
  svg.append(drawing("rect", { x: x(value) - 1.75, y: 2, width: 3.5, height: HEIGHT - 4 }));
  if (guess !== null) svg.append(drawing("polygon", { points: `${x(guess) - 6},0 ${x(guess) + 6},0 ${x(guess)},10` }));
  return svg;
}
