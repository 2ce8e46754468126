// One half of the player: a cycle's drawing with its counters, and its response times and ledger below.
import { drawLedger, Scatter } from "chart";
import { control, element, say } from "dom";
import { drawLuck } from "luck";
import { Stage } from "stage";
import { count, cycleName, errorsOf, medianReport, several } from "words";

const MARKS = {
  page: ["●", "page"],
  report: ["■", "report"],
  late: ["✕", "timed out"],
  done: ["◇", "job completed"],
};

/** A mark and its word, in its colour. */
function mark(name) {
  const [sign, word] = MARKS[name];
  const coloured = element("span", { class: `sim-${name}`, "aria-hidden": "true" }, sign);
  return element("span", {}, coloured, ` ${word}`);
}

const spelled = ({ answered, timed_out: late }) => `✓ ${count(answered)} answered ✕ ${count(late)} timed out`;

/** What a side shows of a run before it is played: who serves, how it goes, what the luck of others was. */
export class Side {
  /** The runs that it can show, by name, the first one at the beginning; and the one that it shows. */
  shows;
  run;
  #label;
  title = element("strong");
  whole = element("strong", { class: "sim-whole" });
  soFar = element("span", { class: "sim-counts" });
  luck = element("span", { class: "sim-luck" });
  median = element("span", { class: "sim-median" });
  other = element("span", { class: "sim-behind", hidden: "" }, "◌ before");
  sums = element("span");
  swap;
  stage;
  scatter;
  bar;
  panel;
  chart;

  /**
   * @param {"sync" | "async"} kind
   * @param {string[]} shows
   * @param {() => void} onSwap
   */
  constructor(kind, shows, onSwap) {
    this.shows = shows;
    this.run = shows[0];
    this.#label = cycleName(kind);
    const drawing = this.#canvas("sim-stage");
    const scatter = this.#canvas("sim-scatter");
    this.bar = this.#canvas("sim-ledger");
    this.swap = this.#swapButton(onSwap);
    this.stage = new Stage(drawing, kind);
    this.scatter = new Scatter(scatter);
    const verdict = element("p", { class: "sim-verdict" }, this.whole, " ", this.soFar, this.luck);
    this.panel = element(
      "section",
      { "aria-label": this.#label },
      element("h2", {}, this.title, this.swap),
      verdict,
      drawing,
    );
    const marks = kind === "sync" ? ["page", "report", "late"] : ["page", "report", "late", "done"];
    const caption = element(
      "p",
      { class: "sim-caption" },
      element("span", { class: "sim-more" }, "Response time: "),
      ...marks.flatMap((name) => [mark(name), " "]),
      this.other,
      this.median,
    );
    const account = element("div", { class: "sim-account" }, this.bar, element("p", { class: "sim-sums" }, this.sums));
    this.chart = element(
      "section",
      { "aria-label": `${this.#label}: response times and thread-seconds` },
      caption,
      scatter,
      account,
    );
    this.tell("");
  }

  #canvas(style) {
    return /** @type {HTMLCanvasElement} */ (element("canvas", { class: style, role: "img" }));
  }

  get name() {
    return cycleName(this.run);
  }

  /** Show this side, or neither drawing nor chart of it where there is room for one side only. */
  stand(inFront) {
    for (const half of [this.panel, this.chart]) half.classList.toggle("is-behind", !inFront);
  }

  /** Back to the run that it shows first. */
  reset() {
    this.run = this.shows[0];
    this.swap.setAttribute("aria-pressed", "false");
  }

  #swapButton(onSwap) {
    const hint = "SYNC with as many threads as ASYNC has threads and workers together";
    const button = control(
      "button",
      { type: "button", "aria-pressed": "false", title: hint, hidden: "" },
      "same slots",
    );
    button.addEventListener("click", () => {
      this.run = this.shows.find((other) => other !== this.run) ?? this.run;
      button.setAttribute("aria-pressed", String(this.run !== this.shows[0]));
      onSwap();
    });
    return button;
  }

  /**
   * Say who serves and, where `told`, how the whole run goes: before the last change → now.
   * `counted`: from when on it counts, "" for the whole run; `before`, `luck` (others' errors), `guess`: by run, where
   * there are any; `behind`: the row of the run whose cloud stands behind.
   * @param {any} runs
   * @param {any} view
   */
  head(runs, { told, counted, before = {}, luck = {}, guess = {}, behind }) {
    const { records } = runs[this.run];
    const workers = records.workers ? ` + ${several(records.workers, "worker")}` : "";
    say(this.title, `${this.name.split(",")[0]} · ${several(records.threads, "thread")}${workers}`);
    this.swap.hidden = this.shows.filter((name) => runs[name]).length < 2;
    this.whole.hidden = !told;
    this.luck.replaceChildren();
    say(this.median, told ? medianReport(runs[this.run].head) : "");
    this.other.hidden = !(told && behind);
    this.other.title = behind?.turned ?? "";
    if (!told) return;
    const { head } = runs[this.run];
    const was = before[this.run];
    const from = was === undefined || was === head.timed_out ? "" : `${count(was)} → `;
    say(this.whole, from + errorsOf(head) + (counted && ` ${counted}`));
    if (luck[this.run]) this.luck.append(drawLuck(head.timed_out, luck[this.run], guess[this.run] ?? null));
  }

  /** What the drawing and the chart show, for those who do not see them. */
  tell(state) {
    const labels = [
      [this.stage.canvas, `${this.#label}, the request cycle at work. ${state}`],
      [
        this.scatter.canvas,
        `${this.#label}, response times by arrival: crosses on the dashed line are timed out. ${state}`,
      ],
      [this.bar, `${this.#label}: thread-seconds. ${this.sums.textContent}`],
    ];
    for (const [canvas, label] of labels) canvas.setAttribute("aria-label", label.trim());
  }

  /**
   * Draw the state at `t`; the ledger's bar is full when the clock is at `end`.
   * @param {import("replay").Replay} replay
   * @param {number} t
   * @param {number} end
   * @param {View} view
   */
  draw(replay, t, end, view) {
    this.stage.draw(replay, t, view);
    this.scatter.draw(replay, t, view);
    if (view.coarse) return; // the counters and the ledger can wait until the knob is let go
    const counts = replay.countsAt(t);
    say(
      this.soFar,
      this.whole.hidden ? spelled(counts) : `so far: ✓ ${count(counts.answered)} ✕ ${count(counts.timed_out)}`,
    );
    const ledger = replay.ledgerAt(t);
    drawLedger(this.bar, ledger, replay.records.threads * end, view.colours);
    const { wasted, ...others } = ledger;
    const parts = Object.entries({
      useful: others.useful,
      "▨ wasted": wasted,
      running: others.running,
      idle: others.idle,
    });
    say(this.sums, `thread-seconds: ${parts.map(([name, time]) => `${time.toFixed(0)} ${name}`).join(" · ")}`);
  }
}
