// The clock of a player: where it stands in the runs that are shown, and how it gets on.
import { nextInstant, stateInWords, stepInWords } from "telling";

const SLOW = 0.1; // up to this speed a step goes hop by hop
const LONGEST_FRAME = 100; // wall ms; a tab that was hidden does not leap

/** What a player shows, and when. It draws nothing: `refresh`, `say`, `onPlay` and `onReach` are the player's. */
export class Clock {
  /** @type {any} */
  options = {};
  /** @type {import("side").Side[]} */
  sides = [];
  /** @type {Record<string, import("shown").Shown>} */
  runs = {};
  t = 0;
  end = 0;
  until = 1;
  /** @type {number | null} where a replay stops, if before the run does */
  endsAt = null;
  speed = 10;
  playing = false;
  /** @type {number | null} */
  #lastFrame = null;

  refresh() {}
  /** @param {string} _text */
  say(_text) {}
  /** @param {boolean} _stops */
  onPlay(_stops) {}
  onReach() {}

  replayOf(side) {
    return this.runs[side.run].replay;
  }

  get told() {
    return this.sides.map((side) => [side.name, this.replayOf(side)]);
  }

  /** How things stand now, in words. */
  get state() {
    return stateInWords(this.told, this.t);
  }

  /** Find how far the clock goes. */
  reach() {
    this.end = this.endsAt ?? Math.max(this.until, ...this.sides.map((side) => this.replayOf(side).endedAt));
    this.t = Math.min(this.t, this.end);
    this.onReach();
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
    this.#lastFrame = null;
    this.onPlay(stops);
    this.refresh();
    this.options.onPosition?.(this.t, this.playing);
  }

  setSpeed(speed) {
    this.speed = speed;
    this.refresh();
  }

  /** On by the wall time since the last picture. */
  advance(now) {
    const wall = this.#lastFrame === null ? 0 : Math.min(now - this.#lastFrame, LONGEST_FRAME) / 1000;
    this.#lastFrame = now;
    this.t = Math.min(this.end, this.t + wall * this.speed);
    if (this.t >= this.end) this.play(false);
    else this.options.onPosition?.(this.t, true);
  }

  /** On to the next instant at which something happens on either side; in slow motion every hop is something. */
  step() {
    const hopByHop = this.speed <= SLOW;
    this.#goTo(
      (replay) => nextInstant(replay, this.t, hopByHop),
      (at) => stepInWords(this.told, at, hopByHop),
      "Nothing more happens in this run.",
    );
  }

  toFirstTimeout() {
    this.#goTo(
      (replay) => replay.errors.at[0],
      () => `The first 503. ${this.state}`,
      "Nobody is timed out in this run.",
    );
  }

  /** Stop at the first instant that `find` finds in either run, and say something about it. */
  #goTo(find, words, none) {
    this.play(false);
    const at = Math.min(...this.sides.map((side) => find(this.replayOf(side)) ?? Infinity));
    if (at === Infinity || at > this.end) return this.say(none);
    this.seek(at);
    this.say(words(at));
  }

  /** Go to `t` and say how things stand there. */
  moveTo(t) {
    this.seek(t);
    this.say(this.state);
  }

  /** Back and forth by so many wall seconds' worth. */
  moveBy(seconds) {
    this.moveTo(this.t + seconds * Math.min(this.speed, this.end / 20));
  }
}
