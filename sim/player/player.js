// The player: one clock, the same requests, SYNC left and ASYNC right. It replays; what happens was decided before.
import { Controls } from "controls";
import { control, element, say } from "dom";
import { listen } from "keys";
import { Replay } from "replay";
import { Side } from "side";
import { figuresTable } from "table";
import { happenings, nextInstant, stateInWords } from "telling";
import { paletteOf } from "tokens";
import { count, errorsOf, medianReport } from "words";

const SLOW = 0.1; // up to this speed a step goes hop by hop
const ANNOUNCE_EVERY = 3000; // wall ms between two descriptions for screen readers while playing
const LONGEST_FRAME = 100; // wall ms; a tab that was hidden does not leap
const [NARROW, SMALL, FLAT] = [900, 640, 500]; // px: one side at a time; a phone; a phone on its side

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
  beside = {}; // what is said beside how the run goes: before, luck, guess, each by run
  screen = element("div", { class: "sim-screen" });
  #coarse = false;
  #still;
  /** @type {number | null} */
  #frame = null;
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
  #table = element("div", { class: "sim-figures" });
  #summary = control("summary", {});
  #figures = element("details", {}, this.#summary, this.#table);
  #switch = element("div", { class: "sim-switch", role: "group", "aria-label": "Which cycle is shown" });
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
    this.#still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
    const cycles = options.cycles ?? ["sync", "async"];
    const sides = [
      new Side("sync", ["sync", "sync_same_slots"], () => this.#swapped()),
      new Side("async", ["async"], () => {}),
    ];
    this.sides = sides.filter((side) => cycles.includes(side.run));
    this.#controls = new Controls(this, options.drawer);
    root.classList.add("sim");
    root.classList.toggle("is-alone", this.sides.length === 1);
    this.#build();
    this.#watch();
    this.#listen();
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
    for (const [target, text] of [
      [this.#title, title],
      [this.#hint, hint],
      [this.#notice, notice],
    ])
      say(target, text);
    this.#head.hidden = !title;
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
    this.#story.classList.toggle("is-past", playing); // told every few seconds it would contradict the counters
    this.#lastFrame = null;
    this.#controls.playing(playing);
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
    if (!preview) say(this.#story, "");
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

  /** Go to `t` and say how things stand there. */
  moveTo(t) {
    this.seek(t);
    this.#announce(this.#state());
  }

  /** Back and forth by so many wall seconds' worth. */
  moveBy(seconds) {
    this.moveTo(this.t + seconds * Math.min(this.speed, this.end / 20));
  }

  /** What the figures are about. */
  get #counted() {
    return this.warmup ? `from ${Number(this.warmup.toPrecision(4))} s on` : "whole run";
  }

  /** Say how the whole run goes on either side: what a turned knob has changed, also for those who do not see it. */
  tellOutcome(more = "") {
    const outcomes = this.sides.map((side) => {
      const { head } = this.runs[side.run];
      return `${side.name}: ${errorsOf(head)}, ${medianReport(head)}`;
    });
    const counted = this.#counted;
    this.#announce(`${counted[0].toUpperCase()}${counted.slice(1)}. ${outcomes.join(". ")}.${more && ` ${more}`}`);
  }

  /** Say something in the line of words. */
  say(text) {
    this.#announce(text);
  }

  destroy() {
    this.playing = false;
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    for (const stop of this.#stops) stop();
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
    say(this.#story, text);
    this.#story.title = text; // a narrow cell cuts it short
    for (const side of this.sides) side.tell(stateInWords([[side.name, this.#replay(side)]], this.t));
  }

  #swapped() {
    if (this.#story.textContent) this.#announce(this.#state());
    this.#headlines();
    this.refresh();
  }

  /** What is said beside how the run goes. */
  besides(beside) {
    this.beside = beside;
    if (this.shows) this.#headlines();
  }

  #headlines() {
    const secret = this.options.asks && !this.preview;
    const told = { told: this.preview, counted: this.warmup ? this.#counted : "", ...this.beside };
    for (const side of this.sides) side.head(this.runs, told);
    this.root.classList.toggle("is-covered", Boolean(secret));
    for (const [n, side] of this.sides.entries()) this.#switchLabel(n, side);
    this.#notice.hidden = secret || !this.#notice.textContent;
    this.#figures.hidden = secret;
    say(this.#summary, `All figures${this.warmup ? "," : " of the"} ${this.#counted}`);
    this.#tabulate();
  }

  /** The table of figures; it can wait until somebody opens it. */
  #tabulate() {
    if (this.#coarse || !this.shows) return;
    if (this.#figures.open) this.#table.replaceChildren(figuresTable(this.runs, this.#counted, this.warmup > 0));
    else this.#table.replaceChildren();
  }

  #switchLabel(n, side) {
    const head = this.preview ? this.runs[side.run].head : null;
    say(this.#switch.children[n], side.name.split(",")[0] + (head ? ` · ✕ ${count(head.timed_out)}` : ""));
  }

  #build() {
    this.#head.append(this.#title, this.#hint);
    this.#switch.append(...this.sides.map((_, n) => this.#switchButton(n)));
    this.#toFront(0);
    this.#figures.addEventListener("toggle", () => this.#tabulate());
    this.screen.append(
      this.#head,
      ...(this.options.above ?? []),
      this.#switch,
      element("div", { class: "sim-sides" }, ...this.sides.map((side) => side.panel)),
      this.#story,
      element("div", { class: "sim-sides sim-charts" }, ...this.sides.map((side) => side.chart)),
    );
    this.root.append(
      this.screen,
      this.#controls.element,
      this.#notice,
      ...(this.options.below ?? []),
      this.#figures,
      this.#controls.help,
    );
  }

  #switchButton(n) {
    const button = control("button", { type: "button" });
    button.addEventListener("click", () => this.#toFront(n));
    return button;
  }

  #toFront(front) {
    for (const [n, side] of this.sides.entries()) {
      side.stand(n === front);
      this.#switch.children[n].setAttribute("aria-pressed", String(n === front));
    }
    this.refresh();
  }

  #listen() {
    const acts = {
      " ": () => this.play(),
      ".": () => this.step(),
      t: () => this.toFirstTimeout(),
      Home: () => this.moveTo(0),
      ArrowRight: () => this.moveBy(1),
      ArrowLeft: () => this.moveBy(-1),
      "?": () => this.#controls.tell(),
    };
    this.#stops.push(listen(this.options.keys ?? this.root, acts));
  }

  #draw(now) {
    this.#frame = null;
    if (!this.shows) return;
    if (this.playing) this.#advance(now);
    this.#colours ??= paletteOf(this.root);
    const view = {
      speed: this.speed,
      colours: this.#colours,
      still: this.#still,
      until: this.until,
      warmup: this.warmup,
      preview: this.preview,
      coarse: this.#coarse,
    };
    for (const side of this.sides) side.draw(this.#replay(side), this.t, this.end, view);
    this.#controls.at(this.t, this.end, this.speed);
    if (!this.playing) return;
    if (now - this.#announcedAt > ANNOUNCE_EVERY) this.#announce(this.#state(), now);
    this.refresh();
  }

  #advance(now) {
    const wall = this.#lastFrame === null ? 0 : Math.min(now - this.#lastFrame, LONGEST_FRAME) / 1000;
    this.#lastFrame = now;
    this.t = Math.min(this.end, this.t + wall * this.speed);
    if (this.t >= this.end) this.play(false);
    else this.options.onPosition?.(this.t, true);
  }

  /** Follow the size of the window, and the theme. */
  #watch() {
    const resizes = new ResizeObserver(() => this.#layOut());
    for (const target of [this.root, ...this.root.querySelectorAll("canvas")]) resizes.observe(target);
    const retheme = () => {
      this.#colours = null;
      this.refresh();
    };
    const themes = new MutationObserver(retheme);
    for (const target of [document.documentElement, document.body, this.root])
      themes.observe(target, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light"] });
    this.#stops.push(
      () => resizes.disconnect(),
      () => themes.disconnect(),
    );
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"]) {
      const media = globalThis.matchMedia?.(query);
      media?.addEventListener("change", retheme);
      this.#stops.push(() => media?.removeEventListener("change", retheme));
    }
  }

  #layOut() {
    const { clientWidth: width, classList } = this.root;
    classList.toggle("is-narrow", width < NARROW);
    classList.toggle("is-small", width < SMALL);
    classList.toggle("is-flat", width >= SMALL && width < NARROW && globalThis.innerHeight < FLAT);
    this.refresh();
  }
}

/** A run that is indexed, and whose figures are made, when somebody first looks at them. */
class Shown {
  #run;
  #workload;
  #cycles;
  /** @type {Replay | null} */
  #replay = null;

  constructor(run, workload, cycles) {
    this.#run = run;
    this.#workload = workload;
    this.#cycles = cycles;
  }

  get records() {
    return this.#run.records;
  }

  get summary() {
    return this.#run.summary;
  }

  /** The few figures that are said of it at once. */
  get head() {
    return this.#run.head ?? this.#run.summary;
  }

  get replay() {
    this.#replay ??= new Replay(this.records, this.#workload, this.#cycles[this.records.cycle]);
    return this.#replay;
  }
}
