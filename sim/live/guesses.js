// What a class has guessed, drawn for all to see: how many guessed what, and why.
import { element } from "dom";
import { brief } from "words";

/** What was guessed, and why: text, whatever somebody has typed. */
export function listed(given) {
  const line = ([number, reason]) => element("li", {}, element("strong", {}, brief(number)), ` ${reason}`);
  if (!given.length) return element("p", { class: "lab-question" }, "Nobody gave a reason.");
  return element(
    "ul",
    { class: "lab-reasons", tabindex: "0", "aria-label": "guesses and reasons" },
    ...given.map(line),
  );
}

function bar(many, most) {
  const made = element("span", { class: "lab-many" }, many ? String(many) : "");
  made.style.width = `${(100 * many) / most}%`;
  return made;
}

export function histogram({ histogram: { low, width, bins, median }, answer, unit }) {
  const most = Math.max(1, ...bins);
  const bars = bins.map((many, k) =>
    element(
      "div",
      { class: "lab-bar" },
      element("span", {}, `${brief(low + k * width)}–${brief(low + (k + 1) * width)}`),
      bar(many, most),
    ),
  );
  const lines = [element("div", { class: "lab-bars" }, ...bars)];
  if (median !== null) lines.push(element("p", {}, `the middle guess: ${brief(median)} ${unit}`));
  if (answer !== null)
    lines.push(element("p", { class: "lab-question lab-answer" }, `It was ${brief(answer)} ${unit}.`));
  return lines;
}
