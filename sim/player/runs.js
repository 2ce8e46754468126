// The last runs, so that 5, 10 and 20 threads can be compared: what was turned, and what became of it.
import { control, element } from "dom";
import { count, cycleName, figure, missed } from "words";

const MOST = 6;
const ONE_TURN = 1200; // wall ms between two steps of one turn

/** The knobs in which two runs differ. */
const differences = (before, after) => Object.keys(after).filter((name) => before[name] !== after[name]);

/**
 * The strip. `onChoose` gets the knobs of the run that somebody wants back; `onCompare` hears that another one is to
 * stand behind the last.
 */
export class LastRuns {
  element = element("section", { class: "sim-runs", "aria-label": "The last runs", hidden: "" });
  /** @type {{turned: string, knobs: Record<string, any>, runs: Record<string, any>}[]} */
  rows = [];
  #onChoose;
  #onCompare;
  /** @type {any} the row that was chosen to stand behind the last one */
  #chosen = null;
  #addedAt = -Infinity;

  constructor(onChoose, onCompare) {
    this.#onChoose = onChoose;
    this.#onCompare = onCompare;
  }

  /**
   * The run that stands behind: the chosen one, or the one before the last change; while a knob is `held` the last one.
   */
  behind(held) {
    if (held) return this.rows.at(-1) ?? null;
    const last = this.rows.at(-1);
    return this.rows.includes(this.#chosen) && this.#chosen !== last ? this.#chosen : (this.rows.at(-2) ?? null);
  }

  /** The errors of the run that stands behind, by run: of these. */
  before(held, names) {
    const runs = this.behind(held)?.runs;
    return runs ? Object.fromEntries(names.map((name) => [name, missed(runs[name].head)])) : {};
  }

  /** `turned`: what it differs in. The same knobs again are no new run, and a knob on its way by keys is one turn. */
  add(turned, knobs, runs, now = performance.now()) {
    const [before, last] = [this.rows.at(-2), this.rows.at(-1)];
    if (last && last.turned === turned) return;
    const changes = last ? `${differences(last.knobs, knobs)}` : "";
    const same = before && last && changes !== "seed" && `${differences(before.knobs, last.knobs)}` === changes;
    const kept = same && now - this.#addedAt < ONE_TURN ? this.rows.slice(0, -1) : this.rows;
    if (kept.at(-1)?.turned === turned)
      this.rows = kept; // there and back
    else this.rows = [...kept, { turned, knobs: { ...knobs }, runs }].slice(-MOST);
    this.#addedAt = now;
    this.#draw();
  }

  clear() {
    this.rows = [];
    this.#draw();
  }

  #draw() {
    this.element.hidden = this.rows.length < 2;
    if (this.element.hidden) return this.element.replaceChildren();
    const names = Object.keys(this.rows[0]?.runs ?? {}).slice(0, 2);
    const head = [
      "",
      "behind",
      ...names.map((name) => `${cycleName(name)}: errors`),
      ...names.map((name) => `${cycleName(name)}: median report`),
      "reports completed",
    ];
    const row = element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)));
    const body = element("tbody", {}, ...[...this.rows].reverse().map((run, place) => this.#row(run, place, names)));
    const caption = element("caption", {}, "The last runs");
    const hadFocus = this.element.contains(document.activeElement);
    this.element.replaceChildren(element("table", {}, caption, element("thead", {}, row), body));
    if (hadFocus) this.element.querySelector("button")?.focus({ preventScroll: true });
  }

  #row(run, place, names) {
    const { turned, knobs } = run;
    const heads = Object.fromEntries(names.map((name) => [name, run.runs[name].head]));
    const back = control("button", { type: "button", title: "turn the knobs to this run" }, turned);
    back.addEventListener("click", () => this.#onChoose(knobs));
    const label = place ? back : element("strong", {}, turned);
    const errors = names.map((name) => count(missed(heads[name])));
    const medians = names.map((name) => figure(heads[name], "completion_time", "p50"));
    const done = names.map((name) => heads[name].reports_completed).join(" | ");
    const cells = [...errors, ...medians, `${done} of ${names.length ? heads[names[0]].reports : 0}`];
    const behind = element("td", {}, place ? this.#comparison(run) : "");
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, label),
      behind,
      ...cells.map((text) => element("td", {}, text)),
    );
  }

  /** What puts a run behind the last one. */
  #comparison(run) {
    const stands = run === this.behind(false);
    const hint = `let the cloud of “${run.turned}” stand behind the last run's`;
    const toggle = control("button", { type: "button", title: hint, "aria-label": hint, "aria-pressed": stands }, "◌");
    toggle.addEventListener("click", () => {
      this.#chosen = run;
      this.#draw();
      this.element.querySelector(`[aria-pressed="true"]`)?.focus();
      this.#onCompare();
    });
    return toggle;
  }
}
