// One half of the player: a cycle's drawing with its counters, and its response times and ledger below.
import { drawLedger, Scatter } from "chart";
import { control, element, say, several } from "dom";
import { Stage } from "stage";
import { headline } from "table";

const NAMES = { sync: "SYNC", async: "ASYNC", sync_same_slots: "SYNC, same slots" };

export class Side {
  /** `shows`: the runs that it can show, by name, the first one at the beginning. */
  constructor(kind, shows, onSwap) {
    Object.assign(this, { shows, run: shows[0] });
    const name = kind.toUpperCase();
    const canvas = (style, label) =>
      element("canvas", { class: style, role: "img", "aria-label": `${name}: ${label}` });
    const [drawing, scatter] = [
      canvas("sim-stage", "the request cycle at work"),
      canvas("sim-scatter", "response times"),
    ];
    this.bar = canvas("sim-ledger", "thread-seconds");
    [this.title, this.sums] = ["strong", "span"].map((tag) => element(tag));
    this.counts = element("span", { class: "sim-counts" });
    this.whole = element("span", { class: "sim-whole" });
    this.swap = this.#swap(onSwap);
    this.stage = new Stage(drawing, kind);
    this.scatter = new Scatter(scatter);
    this.panel = element(
      "section",
      { "aria-label": name },
      element("h2", {}, this.title, " ", this.counts, this.swap),
      drawing,
    );
    this.chart = element(
      "section",
      { "aria-label": `${name}: response times and thread-seconds` },
      element(
        "p",
        { class: "sim-caption" },
        kind === "sync" ? "Response time by arrival" : "Response time, ◇ completion time",
        this.whole,
      ),
      scatter,
      this.bar,
      element("p", { class: "sim-sums" }, this.sums),
    );
  }

  get name() {
    return NAMES[this.run];
  }

  /** Back to the run that it shows first. */
  reset() {
    this.run = this.shows[0];
    this.swap.setAttribute("aria-pressed", "false");
  }

  #swap(onSwap) {
    const hint = "SYNC with as many threads as ASYNC has threads and workers together";
    const button = control(
      "button",
      { type: "button", "aria-pressed": "false", title: hint, hidden: "" },
      "same slots",
    );
    button.addEventListener("click", () => {
      this.run = this.shows.find((other) => other !== this.run);
      button.setAttribute("aria-pressed", String(this.run !== this.shows[0]));
      onSwap();
    });
    return button;
  }

  /** Say who serves, and how the run went: `counted` says what of it, "" that it is a secret; then `question` is asked. */
  head(runs, counted, question) {
    const { records, summary } = runs[this.run];
    const workers = records.workers ? ` + ${several(records.workers, "worker")}` : "";
    say(this.title, `${this.name.split(",")[0]} · ${several(records.threads, "thread")}${workers}`);
    say(this.whole, counted ? `${counted}: ${headline(summary)}` : question);
    this.swap.hidden = this.shows.filter((name) => runs[name]).length < 2;
  }

  /** Draw the state at `t`; the ledger's bar is full when the clock is at `end`. */
  draw(replay, t, end, view) {
    this.stage.draw(replay, t, view);
    this.scatter.draw(replay, t, view);
    const ledger = replay.ledgerAt(t);
    drawLedger(this.bar, ledger, replay.records.threads * end, view.colours);
    const counts = replay.countsAt(t);
    say(this.counts, `✓ ${counts.answered} answered   ✕ ${counts.timed_out} timed out`);
    const parts = Object.entries(ledger).map(([name, time]) => `${time.toFixed(0)} ${name}`);
    say(this.sums, `thread-seconds: ${parts.join(" · ")}`);
  }
}
