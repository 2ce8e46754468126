// The last runs, so that 5, 10 and 20 threads can be compared: what was turned, and what became of it.
import { control, element } from "dom";
import { count, cycleName, figure } from "words";

const MOST = 6;
const ONE_TURN = 1200; // wall ms between two steps of one turn

/** The knobs in which two runs differ. */
const differences = (before, after) => Object.keys(after).filter((name) => before[name] !== after[name]);

/** The strip. `onChoose` gets the knobs of the run that somebody wants back. */
export class LastRuns {
  element = element("section", { class: "sim-runs", "aria-label": "The last runs", hidden: "" });
  /** @type {{turned: string, knobs: Record<string, number>, heads: Record<string, any>}[]} */
  rows = [];
  #onChoose;
  #addedAt = -Infinity;

  constructor(onChoose) {
    this.#onChoose = onChoose;
  }

  /** The errors, by run, that the last change began with: the last run while a knob is `held`, then the one before. */
  before(held) {
    const heads = this.rows.at(held ? -1 : -2)?.heads ?? {};
    return Object.fromEntries(Object.entries(heads).map(([name, head]) => [name, head.timed_out]));
  }

  /** `turned`: what it differs in. The same knobs again are no new run, and a knob on its way by keys is one turn. */
  add(turned, knobs, heads, now = performance.now()) {
    const [before, last] = [this.rows.at(-2), this.rows.at(-1)];
    if (last && last.turned === turned) return;
    const changes = `${last && differences(last.knobs, knobs)}`;
    const same = before && changes !== "seed" && `${differences(before.knobs, last.knobs)}` === changes;
    const kept = same && now - this.#addedAt < ONE_TURN ? this.rows.slice(0, -1) : this.rows;
    if (kept.at(-1)?.turned === turned)
      this.rows = kept; // there and back
    else this.rows = [...kept, { turned, knobs: { ...knobs }, heads }].slice(-MOST);
    this.#addedAt = now;
    this.#draw();
  }

  clear() {
    this.rows = [];
    this.#draw();
  }

  #draw() {
    this.element.hidden = this.rows.length < 2;
    const names = Object.keys(this.rows[0]?.heads ?? {});
    const head = [
      "",
      ...names.map((name) => `${cycleName(name)}: errors`),
      ...names.map((name) => `${cycleName(name)}: median report`),
      "reports completed",
    ];
    const row = element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)));
    const body = element("tbody", {}, ...[...this.rows].reverse().map((run, place) => this.#row(run, place, names)));
    const caption = element("caption", {}, "The last runs");
    this.element.replaceChildren(element("table", {}, caption, element("thead", {}, row), body));
  }

  #row({ turned, knobs, heads }, place, names) {
    const back = control("button", { type: "button", title: "turn the knobs to this run" }, turned);
    back.addEventListener("click", () => this.#onChoose(knobs));
    const label = place ? back : element("strong", {}, turned);
    const errors = names.map((name) => count(heads[name].timed_out));
    const medians = names.map((name) => figure(heads[name], "completion_time", "p50"));
    const done = names.map((name) => heads[name].reports_completed).join(" | ");
    const cells = [...errors, ...medians, `${done} of ${names.length ? heads[names[0]].reports : 0}`];
    return element("tr", {}, element("th", { scope: "row" }, label), ...cells.map((text) => element("td", {}, text)));
  }
}
