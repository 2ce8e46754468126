// The player: one clock, the same requests, SYNC left and ASYNC right. It replays; what happens was decided before.
import { Stage } from "stage";
import { Scatter, drawLedger } from "chart";
import { Replay, countUntil } from "replay";
import { EVENTS } from "trace";
import { control, element, say, seconds } from "dom";
import { figuresTable, headline } from "table";
import { paletteOf } from "tokens";

const SPEEDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000];
const SLOW = 0.1; // up to this speed a step goes hop by hop
const ANNOUNCE_EVERY = 3000; // wall ms between two descriptions for screen readers while playing
const LEFT_SIDES = ["sync", "sync_same_slots"];

/** Make a player in `root`. `options`: preview (show faintly what will come), onPosition(t, playing). */
export class Player {
  #frame = null;
  #announcedAt = 0;
  #colours = null;

  constructor(root, options = {}) {
    Object.assign(this, { root, options, t: 0, speed: 10, playing: false, left: "sync", runs: {} });
    this.still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
    root.classList.add("sim");
    this.#build();
    this.#watch();
  }

  /**
   * Show these runs: {sync, async, sync_same_slots?} of {records, summary}, on one workload, keeping the clock where it is.
   * `cycles`: the journeys by name; `notice`: a word of warning; `end`: where the replay stops, if before the run does.
   */
  show(runs, workload, cycles, { title = "", hint = "", notice = "", end = null } = {}) {
    say(this.title, title);
    say(this.hint, hint);
    this.head.hidden = !title;
    this.runs = {};
    for (const [name, run] of Object.entries(runs)) {
      const cycle = cycles[name === "sync_same_slots" ? "sync" : name];
      let replay = null;
      this.runs[name] = {
        ...run,
        get replay() {
          return (replay ??= new Replay(run.records, workload, cycle)); // a run that is not looked at costs nothing
        },
      };
    }
    this.until = end ?? (workload.ends_at || 1);
    this.sides[0].toggle.hidden = !this.runs.sync_same_slots;
    this.end = end ?? Math.max(this.#run(0).replay.endedAt, this.#run(1).replay.endedAt, this.until);
    this.scrub.max = String(this.end);
    this.t = Math.min(this.t, this.end);
    say(this.notice, notice);
    this.notice.hidden = !notice;
    this.#headlines();
    this.refresh();
  }

  /** Draw the state at `this.t` (in the next frame). */
  refresh() {
    this.#frame ??= requestAnimationFrame((now) => this.#draw(now));
  }

  seek(t) {
    this.t = Math.min(Math.max(0, t), this.end);
    this.refresh();
    this.options.onPosition?.(this.t, this.playing);
  }

  play(playing = !this.playing) {
    if (playing && this.t >= this.end) this.t = 0;
    this.playing = playing;
    this.lastFrame = null;
    say(this.playButton, playing ? "❚❚ Pause" : "▶ Play");
    this.root.classList.toggle("is-playing", playing);
    if (!playing) this.#announce(this.#describe());
    this.refresh();
    this.options.onPosition?.(this.t, this.playing);
  }

  destroy() {
    cancelAnimationFrame(this.#frame);
    this.#resizes.disconnect();
    this.#theme.disconnect();
  }

  #run(side) {
    return this.runs[side === 0 ? this.left : "async"];
  }

  #build() {
    this.sides = [this.#side("sync"), this.#side("async")];
    this.notice = element("p", { class: "sim-notice" });
    this.story = element("p", { class: "sim-story", role: "status", "aria-live": "polite" });
    this.table = element("div", { class: "sim-figures" });
    const key = legend();
    [this.title, this.hint] = [element("h1"), element("p", { class: "sim-try" })];
    this.head = element("div", { class: "sim-head" }, this.title, this.hint);
    this.root.append(
      this.head,
      element("div", { class: "sim-sides" }, ...this.sides.map((side) => side.panel)),
      key,
      this.#controls(),
      this.story,
      element("div", { class: "sim-sides sim-charts" }, ...this.sides.map((side) => side.chart)),
      this.notice,
      element("details", { class: "sim-more" }, control("summary", {}, "All figures of the whole run"), this.table),
    );
  }

  #side(kind) {
    const name = kind.toUpperCase();
    const drawing = element("canvas", { class: "sim-stage", role: "img", "aria-label": `${name}: the request cycle at work` });
    const scatter = element("canvas", { class: "sim-scatter", role: "img", "aria-label": `${name}: response times` });
    const bar = element("canvas", { class: "sim-ledger", role: "img", "aria-label": `${name}: thread-seconds` });
    const [title, counts, whole, sums] = ["strong", "span", "span", "span"].map((tag) => element(tag));
    const toggle = control("button", { type: "button", "aria-pressed": "false", hidden: "" }, "same slots");
    if (kind === "sync") toggle.addEventListener("click", () => this.#swap());
    say(title, name);
    whole.className = "sim-whole";
    return {
      kind, title, counts, whole, sums, toggle, drawing, bar,
      stage: new Stage(drawing, kind),
      scatter: new Scatter(scatter),
      panel: element("section", { "aria-label": name }, element("h2", {}, title, " ", counts, ...(kind === "sync" ? [toggle] : [])), drawing),
      chart: element(
        "section", { "aria-label": `${name}: response times and thread-seconds` },
        element("p", { class: "sim-caption" }, "Response time, s", whole), scatter,
        bar, element("p", { class: "sim-sums" }, sums),
      ),
    };
  }

  #swap() {
    this.left = LEFT_SIDES[1 - LEFT_SIDES.indexOf(this.left)];
    this.sides[0].toggle.setAttribute("aria-pressed", String(this.left !== "sync"));
    this.#headlines();
    this.refresh();
  }

  #controls() {
    const button = (label, hint, act) => {
      const made = control("button", { type: "button", title: hint }, label);
      made.addEventListener("click", act);
      return made;
    };
    this.playButton = button("▶ Play", "play or pause", () => this.play());
    this.playButton.classList.add("sim-first");
    this.speedChoice = control("select", { "aria-label": "Speed" });
    for (const speed of SPEEDS) this.speedChoice.append(element("option", { value: speed }, `${speed}×`));
    this.speedChoice.value = String(this.speed);
    this.speedChoice.addEventListener("change", () => this.setSpeed(Number(this.speedChoice.value)));
    this.scrub = control("input", { type: "range", min: 0, max: 1, step: "any", value: 0, "aria-label": "Time", class: "sim-scrub" });
    this.scrub.addEventListener("input", () => this.seek(Number(this.scrub.value)));
    this.scrub.addEventListener("keydown", (event) => this.#scrubByKey(event));
    this.clock = element("output", { class: "sim-clock" });
    return element(
      "div", { class: "sim-controls", role: "group", "aria-label": "Playback" },
      this.playButton,
      button("Restart", "back to the beginning", () => this.seek(0)),
      button("Step ▸", "to the next event; hop by hop at 0.1× and slower", () => this.step()),
      button("✕ First timeout", "to the first 503", () => this.toFirstTimeout()),
      element("label", {}, "Speed ", this.speedChoice),
      this.scrub,
      this.clock,
    );
  }

  #scrubByKey(event) {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (!by) return;
    event.preventDefault(); // a step of "any" would move by a hundredth of the run
    this.seek(this.t + by * Math.min(this.speed, this.end / 20));
    this.#announce(this.#describe());
  }

  setSpeed(speed) {
    this.speed = speed;
    this.speedChoice.value = String(speed);
    this.refresh();
  }

  /** On to the next event of either side; in slow motion every hop is one. */
  step() {
    this.play(false);
    const found = [0, 1].map((side) => this.#nextEvent(side)).filter(Boolean).sort((a, b) => a.at - b.at)[0];
    if (!found) return;
    this.seek(found.at);
    this.#announce(found.text);
  }

  #nextEvent(side) {
    const { trace, records } = this.#run(side).replay;
    let row = countUntil(trace.at, this.t);
    while (this.speed > SLOW && row < trace.at.length && EVENTS[trace.event[row]] === "reached") row++;
    if (row >= trace.at.length) return null;
    const id = trace.request_id[row];
    const kind = records.is_report[id] ? "report" : "page";
    const event = EVENTS[trace.event[row]].replaceAll("_", " ");
    const slot = ["started", "finished", "killed"].includes(event) ? "thread" : "worker";
    const place = typeof trace.place[row] === "string" ? ` ${trace.place[row].replaceAll("_", " ")}` : trace.place[row] >= 0 && trace.place[row] !== null ? ` (${slot} ${trace.place[row] + 1})` : "";
    return { at: trace.at[row], text: `${trace.at[row].toFixed(3)} s: ${this.#nameOf(side)} ${kind} ${id + 1} ${event}${place}` };
  }

  toFirstTimeout() {
    this.play(false);
    const firsts = [0, 1].map((side) => this.#run(side).replay.errors.at[0] ?? Infinity);
    const first = Math.min(...firsts);
    if (first === Infinity) return this.#announce("Nobody is timed out in this run.");
    this.seek(first);
    this.#announce(`${this.#nameOf(firsts.indexOf(first))}: the first 503. ${this.#describe()}`);
  }

  #nameOf(side) {
    return side === 1 ? "ASYNC" : this.left === "sync" ? "SYNC" : "SYNC, same slots";
  }

  #headlines() {
    this.sides.forEach((side, number) => {
      const { records, summary } = this.#run(number);
      const slots = records.workers ? `${records.threads} threads + ${records.workers} workers` : `${records.threads} threads`;
      say(side.title, `${this.#nameOf(number).split(",")[0]} · ${slots}`);
      say(side.whole, this.options.preview ? `whole run: ${headline(summary)}` : "");
      if (number === 0) side.toggle.title = "SYNC with as many threads as ASYNC has threads and workers together";
    });
    this.table.replaceChildren(figuresTable(this.runs));
  }

  #draw(now) {
    this.#frame = null;
    if (!this.runs.sync) return;
    if (this.playing) this.#advance(now);
    this.#colours ??= paletteOf(this.root);
    const view = { speed: this.speed, colours: this.#colours, still: this.still, until: this.until, preview: this.options.preview };
    this.sides.forEach((side, number) => this.#drawSide(side, this.#run(number).replay, view));
    this.scrub.value = String(this.t);
    this.scrub.setAttribute("aria-valuetext", seconds(this.t));
    say(this.clock, `${this.t.toFixed(this.speed < 1 ? 3 : 1)} s of ${this.end.toFixed(0)} s`);
    if (this.playing && now - this.#announcedAt > ANNOUNCE_EVERY) this.#announce(this.#describe(), now);
    if (this.playing) this.refresh();
  }

  #advance(now) {
    const wall = this.lastFrame === null ? 0 : Math.min(now - this.lastFrame, 100) / 1000; // a hidden tab does not leap
    this.lastFrame = now;
    this.t = Math.min(this.end, this.t + wall * this.speed);
    if (this.t >= this.end) this.play(false);
    else this.options.onPosition?.(this.t, true);
  }

  #drawSide(side, replay, view) {
    side.stage.draw(replay, this.t, view);
    side.scatter.draw(replay, this.t, view);
    const ledger = replay.ledgerAt(this.t);
    drawLedger(side.bar, ledger, replay.records.threads * this.end, view.colours);
    const counts = replay.countsAt(this.t);
    say(side.counts, `✓ ${counts.answered} answered   ✕ ${counts.timed_out} timed out`);
    const [useful, wasted, running, idle] = ["useful", "wasted", "running", "idle"].map((name) => ledger[name].toFixed(0));
    say(side.sums, `thread-seconds: ${useful} useful · ${wasted} wasted · ${running} running · ${idle} idle`);
  }

  /** The state in words, for those who do not see the drawing. */
  #describe() {
    const sides = [0, 1].map((side) => {
      const { replay } = this.#run(side);
      const counts = replay.countsAt(this.t);
      const jobs = replay.records.workers ? `, ${counts.queue} jobs in the queue, ${counts.workers_busy} of ${replay.records.workers} workers busy` : "";
      return `${this.#nameOf(side)}: ${counts.answered} answered, ${counts.timed_out} timed out, ${counts.threads_busy} of ` +
        `${replay.records.threads} threads busy, ${counts.backlog} in the backlog${jobs}`;
    });
    return `At ${seconds(this.t)}. ${sides.join(". ")}.`;
  }

  #announce(text, now = performance.now()) {
    this.#announcedAt = now;
    say(this.story, text);
  }

  #resizes = null;
  #theme = null;

  #watch() {
    this.#resizes = new ResizeObserver(() => {
      this.root.classList.toggle("is-narrow", this.root.clientWidth < 1100);
      this.refresh();
    });
    for (const side of this.sides) this.#resizes.observe(side.drawing);
    this.#theme = new MutationObserver(() => this.#retheme());
    for (const target of [document.documentElement, document.body, this.root])
      this.#theme.observe(target, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light"] });
    globalThis.matchMedia?.("(prefers-color-scheme: dark)").addEventListener("change", () => this.#retheme());
  }

  #retheme() {
    this.#colours = null;
    this.refresh();
  }
}

function legend() {
  const marks = [["page", "●", "page"], ["report", "■", "report"], ["late", "✕", "timed out (503)"], ["done", "◇", "job completed"],
    ["late", "▨", "wasted: works on for a client that has gone"]];
  const entries = marks.map(([colour, mark, word]) =>
    element("span", {}, element("span", { class: `sim-${colour}`, "aria-hidden": "true" }, mark), ` ${word}`));
  return element("p", { class: "sim-legend" }, ...entries);
}
