// One half of the player: a cycle's drawing with its counters, and its response times and ledger below.
import { boxOf } from "canvases";
import { drawLedger, Scatter } from "chart";
import { control, element, say, stand, tell } from "dom";
import { ownStory, withoutData } from "following";
import { drawLuck } from "luck";
import { Stage } from "stage";
import { count, cycleName, errorsOf, medianReport, missed, several, WORDS, whole } from "words";

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

const spelled = ({ answered, timed_out: late }, word) => `✓ ${count(answered)} answered ✕ ${count(late)} ${word}`;

/** A line of code in which the words that move are marked. */
const markedWords = (line) =>
  line.split(/(EXTERNAL|QUEUE|LOOKUP)/).map((part, place) => (place % 2 ? element("mark", {}, part) : part));

/** What a side shows of a run before it is played: who serves, how it goes, what the luck of others was. */
export class Side {
  #kind;
  #label;
  title = element("strong");
  whole = element("strong", { class: "sim-whole" });
  soFar = element("span", { class: "sim-counts" });
  luck = element("span", { class: "sim-luck" });
  median = element("span", { class: "sim-median" });
  other = element("span", { class: "sim-behind", hidden: "" }, "◌ before");
  sums = element("span");
  /** Whether a report's call and a page's lookup stand in a worker, after the push. */
  later = { report: false, page: false };
  sameSlots = false;
  done = mark("done");
  hasty = element("p", { class: "sim-hasty", hidden: "" });
  code = element("code", { class: "sim-code", hidden: "" });
  own = element("p", { class: "sim-own", hidden: "" });
  buttons;
  stage;
  scatter;
  bar;
  panel;
  chart;

  /**
   * @param {"sync" | "async"} kind
   * @param {() => void} onSwap
   */
  constructor(kind, onSwap) {
    this.#kind = kind;
    this.reset();
    this.#label = cycleName(kind);
    const drawing = this.#canvas("sim-stage");
    const scatter = this.#canvas("sim-scatter");
    this.bar = this.#canvas("sim-ledger");
    this.buttons = this.#buttons(onSwap);
    this.stage = new Stage(drawing);
    this.scatter = new Scatter(scatter);
    const verdict = element("p", { class: "sim-verdict" }, this.whole, " ", this.soFar, this.luck);
    this.panel = element(
      "section",
      { "aria-label": this.#label },
      element("h2", {}, this.title, element("span", { class: "sim-moves" }, ...Object.values(this.buttons))),
      this.code,
      this.hasty,
      verdict,
      drawing,
      this.own,
    );
    const caption = element(
      "p",
      { class: "sim-caption" },
      element("span", { class: "sim-more" }, "Response time: "),
      ...["page", "report", "late"].flatMap((name) => [mark(name), " "]),
      this.done,
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

  /** Whether it stands where there is room for it. */
  get isSeen() {
    return boxOf(this.stage.canvas).width > 0;
  }

  /** Show this side, or neither drawing nor chart of it where there is room for one side only. */
  stand(inFront) {
    for (const half of [this.panel, this.chart]) half.classList.toggle("is-behind", !inFront);
  }

  /** The run that it shows. */
  get run() {
    const { report, page } = this.later;
    if (report) return page ? "async_all" : "async";
    if (page) return "async_pages";
    return this.sameSlots ? "sync_same_slots" : "sync";
  }

  /** Show this run. */
  turnTo(run) {
    this.later = { report: /^async(_all)?$/.test(run), page: /^async_(all|pages)$/.test(run) };
    this.sameSlots = run === "sync_same_slots";
  }

  /** Back to the run that it shows first. */
  reset() {
    this.later = { report: this.#kind === "async", page: false };
    this.sameSlots = false;
  }

  /** Let a report's call or a page's lookup stand in a worker, after the push, or on the thread, before the answer. */
  move(what, later = !this.later[what]) {
    this.later[what] = later;
    this.sameSlots = false;
  }

  #buttons(onSwap) {
    const made = (text, hint, act) => {
      const name = `${text}, ${cycleName(this.#kind)}`;
      const told = { "aria-label": name, "aria-pressed": "false", title: hint, hidden: "" };
      const button = control("button", { type: "button", ...told }, text);
      button.addEventListener("click", () => {
        act();
        onSwap();
      });
      return button;
    };
    return {
      slots: made("same slots", "SYNC with as many threads as ASYNC has threads and workers together", () => {
        this.sameSlots = !this.sameSlots;
      }),
      report: made("⇄ call", "move a report's slow call behind the push, or back (M)", () => this.move("report")),
      page: made("⇄ lookup", "move a page's lookup behind the push, or back (N)", () => this.move("page")),
    };
  }

  /** Which buttons there are for these runs, and which are pressed; and the line of code that was moved. */
  #showMoves(runs) {
    const { slots, report, page } = this.buttons;
    const isSync = !this.later.report && !this.later.page;
    stand(slots, { hidden: !isSync || !runs.sync_same_slots || this.#kind !== "sync" });
    for (const moves of [report, page]) stand(moves, { hidden: !runs.async_all });
    stand(this.done, { hidden: isSync });
    tell(slots, "aria-pressed", String(this.sameSlots));
    tell(report, "aria-pressed", String(this.later.report !== (this.#kind === "async")));
    tell(page, "aria-pressed", String(this.later.page));
    const moved = [report, page].filter((button) => button.getAttribute("aria-pressed") === "true").length > 0;
    stand(this.code, { hidden: !moved || !WORDS.lines });
    if (this.code.hidden) return;
    const lines = ["report", "page"].map((what) => WORDS.lines[what][Number(this.later[what])]);
    const shown = this.later.page ? lines : lines.slice(0, 1);
    this.code.replaceChildren(...shown.flatMap((line) => [...markedWords(line), "\n"]).slice(0, -1));
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
    this.#showMoves(runs);
    stand(this.whole, { hidden: !told });
    stand(this.hasty, { hidden: !told || !this.later.page });
    if (!this.hasty.hidden) say(this.hasty, withoutData(records));
    say(this.median, told ? medianReport(runs[this.run].head) : "");
    stand(this.other, { hidden: !(told && behind), title: behind?.turned ?? "" });
    if (this.luck.firstChild) this.luck.replaceChildren();
    if (!told) return;
    const { head } = runs[this.run];
    const was = before[this.run];
    const from = was === undefined || was === missed(head) ? "" : `${count(was)} → `;
    say(this.whole, from + errorsOf(head) + (counted && ` ${counted}`));
    if (luck[this.run]) this.luck.append(drawLuck(missed(head), luck[this.run], guess[this.run] ?? null));
  }

  /** What the drawing and the chart show, for those who do not see them. */
  tell(state) {
    const labels = [
      [this.stage.canvas, `${this.#label}, the request cycle at work. ${state}`],
      [
        this.scatter.canvas,
        `${this.#label}, response times by arrival: crosses on the dashed line are timed out. ${state}`,
      ],
    ];
    for (const [canvas, label] of labels) tell(canvas, "aria-label", label.trim());
  }

  /**
   * Draw the state at `t`, and with `charts` what is below; the ledger's bar is full when the clock is at `end`.
   * Pictures only: a word that changes lets the browser lay out the page anew before the next one can know its size.
   * @param {import("replay").Replay} replay
   * @param {number} t
   * @param {number} end
   * @param {View} view
   */
  draw(replay, t, end, view) {
    // pictures only: the words are `count`'s, which change less often
    this.stage.draw(replay, t, view);
    if (!view.charts) return;
    this.scatter.draw(replay, t, view);
    if (view.coarse) return; // the counters and the ledger can wait until the knob is let go
    drawLedger(this.bar, replay.ledgerAt(t), replay.records.threads * end, view.colours);
  }

  /**
   * Say it in words.
   * @param {import("replay").Replay} replay
   * @param {number} t
   * @param {{followed: number, coarse: boolean}} view
   */
  count(replay, t, { followed, coarse }) {
    stand(this.own, { hidden: followed < 0 });
    if (followed >= 0) say(this.own, ownStory(replay, followed, t));
    if (coarse) return;
    const counts = replay.countsAt(t);
    say(
      this.soFar,
      this.whole.hidden
        ? spelled(counts, replay.lab ? "got an error" : "timed out")
        : `so far: ✓ ${count(counts.answered)} ✕ ${count(counts.timed_out)}`,
    );
    const { wasted, ...others } = replay.ledgerAt(t);
    const parts = Object.entries({
      useful: others.useful,
      "▨ wasted": wasted,
      running: others.running,
      idle: others.idle,
    });
    say(this.sums, `thread-seconds: ${parts.map(([name, time]) => `${whole(time)} ${name}`).join(" · ")}`);
    tell(this.bar, "aria-label", `${this.#label}: thread-seconds. ${this.sums.textContent}`);
  }
}
