// The line at the top of the explorer: which scenario, what it is about, other luck, back to the beginning.
import { button, element } from "dom";

const OTHER_LUCK = "the same scenario with another seed: other people come, at other times, with other reports";

/** The scenarios to choose from, then the challenges and the mystery of the day. */
function options({ presets, mystery }) {
  const all = Object.entries(presets).map(([value, { title, challenge }]) => [
    element("option", { value }, title),
    challenge,
  ]);
  const asked = all.filter(([, challenge]) => challenge).map(([option]) => option);
  if (mystery) asked.push(element("option", { value: "mystery" }, "The mystery server of the day"));
  const group = asked.length ? [element("optgroup", { label: "Challenges" }, ...asked)] : [];
  return [...all.filter(([, challenge]) => !challenge).map(([option]) => option), ...group];
}

/** The line with its parts; the choice is filled. */
export function heading(data, choice, ...parts) {
  choice.append(...options(data));
  const title = element("h1", { class: "sim-hidden" }, "SYNC and ASYNC: the explorer");
  const scenario = element("label", {}, element("span", { class: "sim-word" }, "Scenario "), choice);
  return element("div", { class: "sim-head" }, title, scenario, ...parts);
}

/** What draws another seed. */
export const otherLuck = (act) => button("⚄", "Other luck", OTHER_LUCK, act);

/** What puts all back. */
export const resets = (act) => button("↺", "Reset", "every knob back to the scenario's own value", act);

/** What a scenario is about, and, once it has been `seen`, what to try. */
function story({ shows, try_this: tryThis, challenge }, seen) {
  if (seen && tryThis) return [element("strong", {}, "Try: "), tryThis];
  if (shows || challenge) return [shows];
  return [element("strong", {}, "First: press Play. "), tryThis];
}

/** Tell the story in a line, if it does not stand there already: a text that comes anew is laid out anew. */
export function tellStory(line, preset, seen) {
  const told = story(preset, seen);
  const text = told.map((part) => part?.textContent ?? part).join("");
  if (line.textContent !== text) line.replaceChildren(...told);
}

/** Offer one more scenario, the first of all. */
export function offer(choice, name, title) {
  choice.querySelector(`[value="${name}"]`)?.remove();
  choice.prepend(element("option", { value: name }, title));
}
