// The player: one clock, the same requests, SYNC left and ASYNC right. It replays; what happens was decided before.

import { control, element, say, seconds } from "dom";
import { Replay } from "replay";
import { Side } from "side";
import { figuresTable, headline } from "table";
import { paletteOf } from "tokens";
import { happenings, nextInstant, stateInWords } from "words";

const SPEEDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000];
const SLOW = 0.1; // up to this speed a step goes hop by hop
const ANNOUNCE_EVERY = 3000; // wall ms between two descriptions for screen readers while playing
const LONGEST_FRAME = 100; // wall ms; a tab that was hidden does not leap

export class Player {
  #frame = null;
  #announcedAt = 0;
  #colours = null;

  /**
   * A player in `root`. `options`: cycles ("sync", "async" or both), questions (by side, while what will come is covered), onPosition(t, playing).
   * While `preview` is set, what will come is shown faintly, and how the whole run went.
   */
  constructor(root, options = {}) {
    Object.assign(this, { root, options, t: 0, end: 0, speed: 10, playing: false, preview: false, runs: {} });
    this.still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
    const cycles = options.cycles ?? ["sync", "async"];
    const sides = [new Side("sync", ["sync", "sync_same_slots"], () => this.#swapped()), new Side("async", ["async"])];
    this.sides = sides.filter((side) => cycles.includes(side.run));
    root.classList.add("sim");
    root.classList.toggle("is-alone", this.sides.length === 1);
    this.#build();
    this.#watch();
  }

  /**
   * Show these runs: {sync, async, sync_same_slots?} of {records, summary}, on one workload, keeping the clock.
   * `cycles`: the journeys by name; `warmup` (s): from when on the figures count; `notice`: a word of warning;
   * `end`: where the replay stops, if before the run does.
   */
  show(runs, workload, cycles, { title = "", hint = "", warmup = 0, notice = "", end = null } = {}) {
    this.runs = Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, indexed(run, workload, cycles)]));
    this.warmup = warmup;
    this.until = end ?? (workload.ends_at || 1);
    this.end = end ?? Math.max(this.until, ...this.sides.map((side) => this.#replay(side).endedAt));
    this.scrub.max = String(this.end);
    this.t = Math.min(this.t, this.end);
    for (const [target, text] of [
      [this.title, title],
      [this.hint, hint],
      [this.notice, notice],
    ])
      say(target, text);
    this.head.hidden = !title;
    this.#headlines();
    this.refresh();
  }

  get shows() {
    return Object.keys(this.runs).length > 0;
  }

  /** Draw the state at `this.t` in the next frame. */
  refresh() {
    this.#frame ??= requestAnimationFrame((now) => this.#draw(now));
  }

  seek(t) {
    this.t = Math.min(Math.max(0, t), this.end);
    this.refresh();
    this.options.onPosition?.(this.t, this.playing);
  }

  play(playing = !this.playing) {
    const stops = this.playing && !playing;
    if (playing && this.t >= this.end) this.t = 0;
    this.playing = playing;
    this.story.classList.toggle("is-behind", playing); // told every few seconds it would contradict the counters
    this.lastFrame = null;
    say(this.playButton, playing ? "❚❚ Pause" : "▶ Play");
    if (stops) this.#announce(this.#state());
    this.refresh();
    this.options.onPosition?.(this.t, this.playing);
  }

  /** Show on each side the run that it shows first. */
  reset() {
    for (const side of this.sides) side.reset();
    this.#swapped();
  }

  /** Show or cover what will come. */
  uncover(preview = true) {
    if (!preview) say(this.story, "");
    if (this.preview === preview) return;
    this.preview = preview;
    if (this.shows) this.#headlines();
    this.refresh();
  }

  setSpeed(speed) {
    this.speed = speed;
    this.refresh();
  }

  /** On to the next instant at which something happens on either side; in slow motion every hop is something. */
  step() {
    this.play(false);
    const hopByHop = this.speed <= SLOW;
    const instants = this.sides.map((side) => nextInstant(this.#replay(side), this.t, hopByHop));
    const next = Math.min(...instants.map((at) => at ?? Infinity));
    if (next === Infinity || next > this.end) return this.#announce("Nothing more happens in this run.");
    this.seek(next);
    const told = this.sides.map((side) => [side.name, happenings(this.#replay(side), next, hopByHop)]);
    const words = told.filter(([, what]) => what).map(([name, what]) => `${name} ${what}`);
    this.#announce(`${next.toFixed(3)} s: ${words.join(" · ")}`);
  }

  toFirstTimeout() {
    this.play(false);
    const first = Math.min(...this.sides.map((side) => this.#replay(side).errors.at[0] ?? Infinity));
    if (first > this.end) return this.#announce("Nobody is timed out in this run.");
    this.seek(first);
    this.#announce(`The first 503. ${this.#state()}`);
  }

  /** What the figures are about. */
  get #counted() {
    return this.warmup ? `from ${Number(this.warmup.toPrecision(4))} s on` : "whole run";
  }

  /** Say how the whole run goes on either side: what a turned knob has changed, also for those who do not see it. */
  tellOutcome() {
    const outcomes = this.sides.map((side) => `${side.name}: ${headline(this.runs[side.run].summary)}`);
    const counted = this.#counted;
    this.#announce(`${counted[0].toUpperCase()}${counted.slice(1)}. ${outcomes.join(". ")}.`);
  }

  destroy() {
    this.playing = false;
    cancelAnimationFrame(this.#frame);
    this.resizes.disconnect();
    this.themes.disconnect();
    this.system?.removeEventListener("change", this.retheme);
  }

  #replay(side) {
    return this.runs[side.run].replay;
  }

  #state() {
    return stateInWords(
      this.sides.map((side) => [side.name, this.#replay(side)]),
      this.t,
    );
  }

  #announce(text, now = performance.now()) {
    this.#announcedAt = now;
    say(this.story, text);
    this.story.title = text; // a narrow cell cuts it short
  }

  #swapped() {
    if (this.story.textContent) this.#announce(this.#state());
    this.#headlines();
    this.refresh();
  }

  #headlines() {
    const questions = this.options.questions ?? [];
    for (const [n, side] of this.sides.entries())
      side.head(this.runs, this.preview ? this.#counted : "", questions[n] ?? "");
    say(this.summary, `All figures${this.warmup ? "," : " of the"} ${this.#counted}`);
    const secret = this.options.questions !== undefined && !this.preview;
    this.notice.hidden = secret || !this.notice.textContent;
    this.figures.hidden = secret;
    this.table.replaceChildren(figuresTable(this.runs, this.#counted, this.warmup > 0));
  }

  #build() {
    [this.title, this.hint] = [element("h1"), element("p", { class: "sim-try" })];
    this.head = element("div", { class: "sim-head" }, this.title, this.hint);
    this.story = element("p", { class: "sim-story", role: "status", "aria-live": "polite" });
    this.notice = element("p", { class: "sim-notice" });
    this.table = element("div", { class: "sim-figures" });
    this.summary = control("summary", {});
    this.figures = element("details", {}, this.summary, this.table);
    this.root.append(
      this.head,
      element("div", { class: "sim-sides" }, ...this.sides.map((side) => side.panel)),
      legend(),
      this.#controls(),
      this.story,
      element("div", { class: "sim-sides sim-charts" }, ...this.sides.map((side) => side.chart)),
      this.notice,
      this.figures,
    );
  }

  #controls() {
    const button = (label, hint, act) => {
      const made = control("button", { type: "button", title: hint }, label);
      made.addEventListener("click", act);
      return made;
    };
    this.playButton = button("▶ Play", "play or pause", () => this.play());
    this.playButton.classList.add("sim-first");
    const speed = control("select", { "aria-label": "Speed" });
    speed.append(...SPEEDS.map((value) => element("option", { value }, `${value}×`)));
    speed.value = String(this.speed);
    speed.addEventListener("change", () => this.setSpeed(Number(speed.value)));
    this.scrub = control("input", {
      type: "range",
      min: 0,
      max: 1,
      step: "any",
      value: 0,
      "aria-label": "Time",
      class: "sim-scrub",
    });
    this.scrub.addEventListener("input", () => this.#moveTo(Number(this.scrub.value)));
    this.scrub.addEventListener("keydown", (event) => this.#scrubByKey(event));
    this.clock = element("span", { class: "sim-clock" });
    return element(
      "div",
      { class: "sim-controls", role: "group", "aria-label": "Playback" },
      this.playButton,
      button("Restart", "back to the beginning", () => this.#moveTo(0)),
      button("Step ▸", "to the next event; hop by hop at 0.1× and slower", () => this.step()),
      button("✕ First timeout", "to the first 503", () => this.toFirstTimeout()),
      element("label", {}, "Speed ", speed),
      this.scrub,
      this.clock,
    );
  }

  /** Arrows move by a wall second's worth; the browser's own step would be a hundredth of the run. */
  #scrubByKey(event) {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.#moveTo(this.t + by * Math.min(this.speed, this.end / 20));
  }

  #moveTo(t) {
    this.seek(t);
    this.#announce(this.#state());
  }

  #draw(now) {
    this.#frame = null;
    if (!this.shows) return;
    if (this.playing) this.#advance(now);
    this.#colours ??= paletteOf(this.root);
    const view = {
      speed: this.speed,
      colours: this.#colours,
      still: this.still,
      until: this.until,
      warmup: this.warmup,
      preview: this.preview,
    };
    for (const side of this.sides) side.draw(this.#replay(side), this.t, this.end, view);
    this.scrub.value = String(this.t);
    this.scrub.setAttribute("aria-valuetext", seconds(this.t));
    say(this.clock, `${this.t.toFixed(this.speed < 1 ? 3 : 1)} s of ${this.end.toFixed(0)} s`);
    if (!this.playing) return;
    if (now - this.#announcedAt > ANNOUNCE_EVERY) this.#announce(this.#state(), now);
    this.refresh();
  }

  #advance(now) {
    const wall = this.lastFrame === null ? 0 : Math.min(now - this.lastFrame, LONGEST_FRAME) / 1000;
    this.lastFrame = now;
    this.t = Math.min(this.end, this.t + wall * this.speed);
    if (this.t >= this.end) this.play(false);
    else this.options.onPosition?.(this.t, true);
  }

  #watch() {
    this.resizes = new ResizeObserver(() => {
      this.root.classList.toggle("is-narrow", this.root.clientWidth < 1100);
      this.refresh();
    });
    for (const canvas of this.root.querySelectorAll("canvas")) this.resizes.observe(canvas);
    this.retheme = () => {
      this.#colours = null;
      this.refresh();
    };
    this.themes = new MutationObserver(this.retheme);
    for (const target of [document.documentElement, document.body, this.root])
      this.themes.observe(target, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light"] });
    this.system = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
    this.system?.addEventListener("change", this.retheme);
  }
}

/** A run that is indexed when somebody first looks at it. */
function indexed(run, workload, cycles) {
  let replay = null;
  return {
    ...run,
    get replay() {
      replay ??= new Replay(run.records, workload, cycles[run.records.cycle]);
      return replay;
    },
  };
}

function legend() {
  const marks = [
    ["page", "●", "page"],
    ["report", "■", "report"],
    ["late", "✕", "timed out (503)"],
    ["done", "◇", "job completed (⌃ later than the axis)"],
    ["late", "▨", "wasted: works on for a client that has gone"],
  ];
  const entries = marks.map(([colour, mark, word]) =>
    element("span", {}, element("span", { class: `sim-${colour}`, "aria-hidden": "true" }, mark), ` ${word}`),
  );
  return element("p", { class: "sim-legend" }, ...entries);
}
