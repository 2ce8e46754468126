// The player: one clock, the same requests, SYNC left and ASYNC right. It replays; what happens was decided before.
import { Clock } from "clock";
import { Controls } from "controls";
import { element, say, stand } from "dom";
import { nextToFollow } from "following";
import { takeHold } from "hands";
import { listen } from "keys";
import { Load } from "load";
import { Shown } from "shown";
import { Side } from "side";
import { asksForLessMotion, follow, layOut } from "surroundings";
import { Switch } from "switch";
import { compared, Figures } from "table";
import { outcomeInWords, stateInWords } from "telling";
import { paletteOf } from "tokens";
import { brief } from "words";

const COUNT_EVERY = 100; // wall ms between two words of the counters while playing: faster nobody reads
const ANNOUNCE_EVERY = 3000; // wall ms between two descriptions for screen readers while playing

export class Player extends Clock {
  root;
  warmup = 0;
  preview = false; // what will come is shown faintly, and how the whole run goes is told
  /** @type {Record<string, any>} */
  beside = {}; // what stands beside how the run goes: before, luck, guess by run; behind it another run
  screen = element("div", { class: "sim-screen" });
  followed = -1; // the request that is followed
  #coarse = false;
  /** @type {Side[]} those that have not drawn yet what a turned knob has done, the first one longest */
  #due = [];
  #still = asksForLessMotion();
  #frame = 0; // the next picture, if one is asked for
  #pictures = 0; // so many were drawn while it played
  #announcedAt = 0;
  #countedAt = -Infinity;
  /** @type {Colours | null} */
  #colours = null;
  #head = element("div", { class: "sim-head" });
  #title = element("h1");
  #hint = element("p", { class: "sim-try" });
  #story = element("p", { class: "sim-story", role: "status", "aria-live": "polite" });
  #notice = element("p", { class: "sim-notice" });
  #figures = new Figures();
  #load = new Load();
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
    super();
    this.root = root;
    this.options = options;
    const cycles = options.cycles ?? ["sync", "async"];
    const sides = [new Side("sync", () => this.#swapped()), new Side("async", () => this.#swapped())];
    this.sides = sides.filter((side) => cycles.includes(side.run));
    this.#switch = new Switch(this.sides, () => this.#turned());
    this.#controls = new Controls(this, options);
    root.classList.add("sim");
    root.classList.toggle("is-alone", this.sides.length === 1);
    layOut(root); // as long as nothing stands in it, that takes a browser no time
    this.#build();
    this.#stops.push(follow(root, this), listen(options.keys ?? root, this), ...this.#hands());
  }

  /**
   * Show these runs: {sync, async, sync_same_slots?} of {records, summary}, on one workload, keeping the clock.
   * `cycles`: the journeys by name; `warmup` (s): from when on the figures count; `notice`: a word of warning;
   * `end`: where the replay stops, if before the run does; `coarse`: a knob is being turned, so that what takes long
   * (figures, every dot, one of two sides) can wait, and the caller lets it redraw.
   */
  show(runs, workload, cycles, { title = "", hint = "", warmup = 0, notice = "", end = null, coarse = false } = {}) {
    const shown = Object.entries(runs).map(([name, run]) => [name, new Shown(run, workload, cycles)]);
    this.runs = Object.fromEntries(shown);
    this.warmup = warmup;
    this.#coarse = coarse;
    this.until = end ?? (workload.ends_at || 1);
    this.endsAt = end;
    this.reach();
    say(this.#title, title);
    say(this.#hint, hint);
    say(this.#notice, notice);
    stand(this.#head, { hidden: !title });
    this.#headlines();
    this.root.classList.toggle("is-held", coarse);
    this.#due = coarse ? [...new Set([...this.#due, ...this.sides.filter((side) => side.isSeen)])] : [];
    if (!coarse) this.refresh();
  }

  /** It begins to play, or stops. */
  onPlay(stops) {
    this.#story.classList.toggle("is-past", this.playing); // told every few seconds it would contradict the counters
    this.#controls.playing(this.playing);
    if (stops) this.say(this.state);
  }

  onReach() {
    this.#controls.reach(this.end);
  }

  /** Draw in this frame. */
  redraw(now) {
    this.wait();
    this.#draw(now);
  }

  /** Draw no picture before the next `redraw`. */
  wait() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  /** Draw in the next frame. */
  refresh() {
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  /** Which side stands in front where there is room for one: its number. */
  get front() {
    return this.sides.indexOf(this.#switch.front);
  }

  set front(number) {
    this.#switch.turnTo(this.sides[number]);
    this.refresh();
  }

  #turned() {
    this.options.onPosition?.(this.t, this.playing);
    this.refresh();
  }

  /** Show or cover what will come. */
  uncover(preview = true) {
    if (!preview) say(this.#story, "");
    if (this.preview === preview) return;
    this.preview = preview;
    this.#headlines();
    this.refresh();
  }

  /** The names of the runs that are shown. */
  get shown() {
    return this.sides.map((side) => side.run);
  }

  get #counted() {
    return this.warmup ? `from ${brief(this.warmup, 4)} s on` : "whole run";
  }

  /** Say how the whole run goes on either side: what a turned knob has changed, also for those who do not see it. */
  tellOutcome(more = "") {
    const heads = this.sides.map((side) => [side.name, this.runs[side.run].head]);
    this.say([outcomeInWords(heads, this.#counted), more].join(" ").trim());
  }

  /** The projector's view, or back; and there the next knob. */
  present() {
    this.#controls.present?.toggle();
  }

  nextKnob() {
    this.#controls.present?.reveal();
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

  /** Say something in the line of words, and of the pictures how things stand now. */
  say(text, now = performance.now()) {
    this.#announcedAt = now;
    say(this.#story, text);
    stand(this.#story, { title: text }); // a narrow cell cuts it short
    for (const side of this.sides) side.tell(stateInWords([[side.name, this.replayOf(side)]], this.t));
  }

  /** Move a report's call or a page's lookup on a side, the first one if none is named. */
  move(what, later = undefined, side = this.sides[0]) {
    if (!this.runs.async_all) return;
    side.move(what, later);
    this.#swapped();
  }

  /** Follow a request, or, with -1, nobody; the same one again: nobody. */
  follow(id) {
    this.followed = id === this.followed ? -1 : id;
    this.refresh();
  }

  followNext() {
    this.followed = nextToFollow(this.replayOf(this.sides[0]), this.t, this.followed);
    this.refresh();
  }

  #swapped() {
    if (!this.runs[this.sides[0].run]) return;
    this.reach();
    this.options.onMove?.(this.shown);
    if (this.#story.textContent) this.say(this.state);
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
    const secret = Boolean(this.options.asks && !this.preview);
    const told = { told: this.preview, counted: this.warmup ? this.#counted : "", ...this.beside };
    for (const side of this.sides) side.head(this.runs, told);
    this.#switch.label(this.runs, this.preview);
    this.root.classList.toggle("is-covered", secret);
    stand(this.#notice, { hidden: secret || !this.#notice.textContent });
    stand(this.#figures.element, { hidden: secret });
    if (this.#coarse) return;
    const sides = this.sides.map(({ run }) => [run, this.runs[run].records]);
    this.#load.show(secret ? [] : sides, this.until);
    this.#figures.show(compared(this.runs, this.shown), this.#counted, this.warmup > 0);
  }

  #build() {
    const { above = [], below = [] } = this.options;
    const [panels, charts] = ["panel", "chart"].map((half) => this.sides.map((side) => side[half]));
    this.#head.append(this.#title, this.#hint);
    this.screen.append(this.#head, ...above, this.#switch.element, element("div", { class: "sim-sides" }, ...panels));
    this.screen.append(this.#story, element("div", { class: "sim-sides sim-charts" }, ...charts));
    this.root.append(this.screen, this.#controls.element, this.#notice, this.#load.element);
    this.root.append(...below, this.#figures.element, this.#controls.help);
  }

  /** Let hands into the drawings. */
  #hands() {
    const { hands } = this.options;
    const own = { follow: (id) => this.follow(id), refresh: () => this.refresh() };
    const move = (side, what, later) => this.move(what, later, side);
    return this.sides.map((side) => {
      side.stage.canTake = Boolean(hands);
      return takeHold(side, { ...hands, ...own, move });
    });
  }

  /** Say where the clock stands and how many have come and gone. */
  #count(view, now) {
    this.#countedAt = now;
    for (const side of this.sides) side.count(this.replayOf(side), this.t, view);
    this.#controls.at(this.t, this.end, this.speed);
  }

  /** Read the colours anew. */
  retheme() {
    this.#colours = null;
    this.refresh();
  }

  #draw(now) {
    this.#frame = 0;
    if (!this.runs[this.sides[0].run]) return;
    if (this.playing) this.advance(now);
    this.#colours ??= paletteOf(this.root);
    const { speed, until, warmup, preview, followed } = this;
    const seen = { colours: this.#colours, still: this.#still, coarse: this.#coarse };
    const view = { speed, until, warmup, preview, followed, ...seen };
    if (!this.playing || now - this.#countedAt >= COUNT_EVERY) this.#count(view, now);
    // while a knob is turned the sides take turns, the other one in the next frame; and while it plays the charts
    const charted = this.playing && !this.#coarse ? this.sides[this.#pictures++ % this.sides.length] : null;
    for (const side of this.#due.length ? this.#due.splice(0, 1) : this.sides) {
      const behind = this.beside.behind?.runs[side.run]?.records ?? null;
      const charts = !charted || side === charted;
      side.draw(this.replayOf(side), this.t, this.end, { ...view, behind, charts });
    }
    if (this.#due.length) this.refresh();
    if (!this.playing) return;
    if (now - this.#announcedAt > ANNOUNCE_EVERY) this.say(this.state, now);
    this.refresh();
  }
}
