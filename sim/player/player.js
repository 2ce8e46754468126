// The player: one clock, the same requests, SYNC left and ASYNC right. It replays; what happens was decided before.
import { Controls } from "controls";
import { element, say } from "dom";
import { listen } from "keys";
import { Shown } from "shown";
import { Side } from "side";
import { asksForLessMotion, follow } from "surroundings";
import { Switch } from "switch";
import { compared, Figures } from "table";
import { nextInstant, outcomeInWords, stateInWords, stepInWords } from "telling";
import { paletteOf } from "tokens";

const SLOW = 0.1; // up to this speed a step goes hop by hop
const ANNOUNCE_EVERY = 3000; // wall ms between two descriptions for screen readers while playing
const LONGEST_FRAME = 100; // wall ms; a tab that was hidden does not leap

export class Player {
  root;
  options;
  sides;
  /** @type {Record<string, Shown>} */
  runs = {};
  t = 0;
  end = 0;
  until = 1;
  warmup = 0;
  speed = 10;
  playing = false;
  preview = false; // what will come is shown faintly, and how the whole run goes is told
  /** @type {Record<string, any>} */
  beside = {}; // what stands beside how the run goes: before, luck, guess by run; behind it another run
  screen = element("div", { class: "sim-screen" });
  #coarse = false;
  #still = asksForLessMotion();
  #frame = 0; // the next picture, if one is asked for
  /** @type {number | null} */
  #lastFrame = null;
  #announcedAt = 0;
  /** @type {Colours | null} */
  #colours = null;
  #head = element("div", { class: "sim-head" });
  #title = element("h1");
  #hint = element("p", { class: "sim-try" });
  #story = element("p", { class: "sim-story", role: "status", "aria-live": "polite" });
  #notice = element("p", { class: "sim-notice" });
  #figures = new Figures();
  #switch;
  #controls;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * A player in `root`. `options`: cycles ("sync", "async" or both), asks (what will come is covered at first), above
   * and below (elements), onPosition(t, playing), keys (whose keys it hears; the root's, if not given).
   * @param {HTMLElement} root
   * @param {any} options
   */
  constructor(root, options = {}) {
    this.root = root;
    this.options = options;
    const cycles = options.cycles ?? ["sync", "async"];
    const sides = [
      new Side("sync", ["sync", "sync_same_slots"], () => this.#swapped()),
      new Side("async", ["async"], () => {}),
    ];
    this.sides = sides.filter((side) => cycles.includes(side.run));
    this.#switch = new Switch(this.sides, () => this.refresh());
    this.#controls = new Controls(this, options.drawer);
    root.classList.add("sim");
    root.classList.toggle("is-alone", this.sides.length === 1);
    this.#build();
    this.#stops.push(follow(root, this), listen(options.keys ?? root, this));
  }

  /**
   * Show these runs: {sync, async, sync_same_slots?} of {records, summary}, on one workload, keeping the clock.
   * `cycles`: the journeys by name; `warmup` (s): from when on the figures count; `notice`: a word of warning;
   * `end`: where the replay stops, if before the run does; `coarse`: a knob is being turned, so that what takes long
   * (figures, every dot) can wait.
   */
  show(runs, workload, cycles, { title = "", hint = "", warmup = 0, notice = "", end = null, coarse = false } = {}) {
    const shown = Object.entries(runs).map(([name, run]) => [name, new Shown(run, workload, cycles)]);
    this.runs = Object.fromEntries(shown);
    this.warmup = warmup;
    this.#coarse = coarse;
    this.until = end ?? (workload.ends_at || 1);
    this.end = end ?? Math.max(this.until, ...this.sides.map((side) => this.#replay(side).endedAt));
    this.t = Math.min(this.t, this.end);
    this.#controls.reach(this.end);
    say(this.#title, title);
    say(this.#hint, hint);
    say(this.#notice, notice);
    this.#head.hidden = !title;
    this.#headlines();
    this.refresh();
  }

  /** Draw in the next frame. */
  refresh() {
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
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
    this.#story.classList.toggle("is-past", playing); // told every few seconds it would contradict the counters
    this.#lastFrame = null;
    this.#controls.playing(playing);
    if (stops) this.say(this.#state());
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
    if (!preview) say(this.#story, "");
    if (this.preview === preview) return;
    this.preview = preview;
    this.#headlines();
    this.refresh();
  }

  setSpeed(speed) {
    this.speed = speed;
    this.refresh();
  }

  /** On to the next instant at which something happens on either side; in slow motion every hop is something. */
  step() {
    const hopByHop = this.speed <= SLOW;
    this.#goTo(
      (replay) => nextInstant(replay, this.t, hopByHop),
      (at) => stepInWords(this.#told, at, hopByHop),
      "Nothing more happens in this run.",
    );
  }

  toFirstTimeout() {
    this.#goTo(
      (replay) => replay.errors.at[0],
      () => `The first 503. ${this.#state()}`,
      "Nobody is timed out in this run.",
    );
  }

  /** Stop at the first instant that `find` finds in either run, and say something about it. */
  #goTo(find, words, none) {
    this.play(false);
    const at = Math.min(...this.sides.map((side) => find(this.#replay(side)) ?? Infinity));
    if (at === Infinity || at > this.end) return this.say(none);
    this.seek(at);
    this.say(words(at));
  }

  /** Go to `t` and say how things stand there. */
  moveTo(t) {
    this.seek(t);
    this.say(this.#state());
  }

  /** Back and forth by so many wall seconds' worth. */
  moveBy(seconds) {
    this.moveTo(this.t + seconds * Math.min(this.speed, this.end / 20));
  }

  get #counted() {
    return this.warmup ? `from ${Number(this.warmup.toPrecision(4))} s on` : "whole run";
  }

  /** Say how the whole run goes on either side: what a turned knob has changed, also for those who do not see it. */
  tellOutcome(more = "") {
    const heads = this.sides.map((side) => [side.name, this.runs[side.run].head]);
    this.say([outcomeInWords(heads, this.#counted), more].join(" ").trim());
  }

  /** Show, or put away, what the keys do. */
  tellKeys() {
    this.#controls.tell();
  }

  destroy() {
    this.playing = false;
    cancelAnimationFrame(this.#frame);
    for (const stop of this.#stops) stop();
  }

  #replay(side) {
    return this.runs[side.run].replay;
  }

  get #told() {
    return this.sides.map((side) => [side.name, this.#replay(side)]);
  }

  #state() {
    return stateInWords(this.#told, this.t);
  }

  /** Say something in the line of words, and of the pictures how things stand now. */
  say(text, now = performance.now()) {
    this.#announcedAt = now;
    say(this.#story, text);
    this.#story.title = text; // a narrow cell cuts it short
    for (const side of this.sides) side.tell(stateInWords([[side.name, this.#replay(side)]], this.t));
  }

  #swapped() {
    if (this.#story.textContent) this.say(this.#state());
    this.#headlines();
    this.refresh();
  }

  /** What is said beside how the run goes. */
  besides(beside) {
    this.beside = beside;
    this.#headlines();
    this.refresh();
  }

  #headlines() {
    if (!this.runs[this.sides[0].run]) return; // nothing is shown yet
    const secret = this.options.asks && !this.preview;
    const told = { told: this.preview, counted: this.warmup ? this.#counted : "", ...this.beside };
    for (const side of this.sides) side.head(this.runs, told);
    this.root.classList.toggle("is-covered", Boolean(secret));
    this.#switch.label(this.runs, this.preview);
    this.#notice.hidden = secret || !this.#notice.textContent;
    this.#figures.element.hidden = secret;
    if (!this.#coarse)
      this.#figures.show(
        compared(
          this.runs,
          this.sides.map((side) => side.run),
        ),
        this.#counted,
        this.warmup > 0,
      );
  }

  #build() {
    const { above = [], below = [] } = this.options;
    const [panels, charts] = ["panel", "chart"].map((half) => this.sides.map((side) => side[half]));
    this.#head.append(this.#title, this.#hint);
    this.screen.append(this.#head, ...above, this.#switch.element, element("div", { class: "sim-sides" }, ...panels));
    this.screen.append(this.#story, element("div", { class: "sim-sides sim-charts" }, ...charts));
    this.root.append(this.screen, this.#controls.element, this.#notice, ...below, this.#figures.element);
    this.root.append(this.#controls.help);
  }

  /** Read the colours anew. */
  retheme() {
    this.#colours = null;
    this.refresh();
  }

  #draw(now) {
    this.#frame = 0;
    if (!this.runs[this.sides[0].run]) return;
    if (this.playing) this.#advance(now);
    this.#colours ??= paletteOf(this.root);
    const { speed, until, warmup, preview } = this;
    const view = { speed, until, warmup, preview, colours: this.#colours, still: this.#still, coarse: this.#coarse };
    for (const side of this.sides) {
      const behind = this.beside.behind?.runs[side.run]?.records ?? null;
      side.draw(this.#replay(side), this.t, this.end, { ...view, behind });
    }
    this.#controls.at(this.t, this.end, this.speed);
    if (!this.playing) return;
    if (now - this.#announcedAt > ANNOUNCE_EVERY) this.say(this.#state(), now);
    this.refresh();
  }

  #advance(now) {
    const wall = this.#lastFrame === null ? 0 : Math.min(now - this.#lastFrame, LONGEST_FRAME) / 1000;
    this.#lastFrame = now;
    this.t = Math.min(this.end, this.t + wall * this.speed);
    if (this.t >= this.end) this.play(false);
    else this.options.onPosition?.(this.t, true);
  }
}
