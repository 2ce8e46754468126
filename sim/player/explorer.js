// The explorer: the player with knobs. A knob runs the model anew on the same draws, in the page itself.
import { actsOf } from "acts";
import { addressOf, arrange, readAddress } from "address";
import { played } from "comparison";
import { control, element } from "dom";
import { drawsOf } from "draws";
import { offeredLoad } from "figures";
import { fragmentWriter } from "fragment";
import { Guess, isGuess, verdict } from "guess";
import { heading, offer, otherLuck, resets, tellStory } from "heading";
import { Kept, keptLine } from "kept";
import { AS_IT_WAS, allowed, changedKnobs, Knobs, turned } from "knobs";
import { Others } from "others";
import { Player } from "player";
import { LastRuns } from "runs";
import { nextSeed } from "seeds";
import { Share } from "share";
import { Task } from "task";
import { mark } from "trial";
import { overload } from "words";

const GUESSED = ["sync", "async"];

export class Explorer {
  root;
  data;
  options;
  name = "";
  /** @type {Record<string, any>} numbers by knob, and surges [[from, until], ...] */
  knobs = {};
  seed = "";
  #draws = {};
  #others;
  #runs = {};
  #requests = 0;
  #pending = false;
  #held = false; // a knob is being turned
  #asked = ""; // what was turned when how it goes was covered
  #startsAt = 0; // where the clock is to stand when the next run is there
  #judged = false; // the line of words says what the guess was worth
  #choice = /** @type {HTMLSelectElement} */ (control("select", { "aria-label": "Scenario" }));
  #shows = element("p", { class: "sim-try" });
  #otherLuck = otherLuck(() => this.#turnTo({ ...this.knobs, seed: nextSeed(this.preset.seed, this.seed) }));
  #panel;
  #hands;
  #guess;
  #kept = new Kept("guesses", isGuess);
  #solved = new Kept("solved", (value) => Number.isInteger(value?.slots) && value.slots > 0 && value.slots < 1000);
  #task = new Task({
    check: () => mark(this.preset, this.knobs, this.#player.sides[0].run, this.data.cycles),
    solved: (slots) => this.#solved.set(this.#taskName, { slots }),
  });
  #last = new LastRuns(
    (state) => this.#turnTo(state),
    () => this.#player.besides(this.#beside),
  );
  #share;
  #write;
  #player;

  /**
   * `data`: presets {name: {...}}, cycles. `options`: start {preset, knobs, seed} or keepInAddress,
   * onScenario(preset, knobs, seed), onPosition(t, playing), keys.
   */
  constructor(root, data, options = {}) {
    this.root = root;
    this.data = data;
    this.options = options;
    this.#others = new Others(data.cycles, () => this.#luckFound());
    this.#panel = new Knobs(
      (name, value) => this.set({ [name]: value }, true),
      () => this.commit(),
    );
    this.#hands = actsOf(this);
    this.#guess = new Guess(GUESSED, (guess) => this.#kept.set(this.#guessName, guess));
    root.classList.add("sim-explorer");
    const forget = keptLine([this.#kept, this.#solved], () => this.#forgotten());
    this.#share = options.keepInAddress && data.fields ? new Share(this) : null;
    this.#player = new Player(root, {
      asks: true,
      above: [this.#head(), this.#share?.told ?? "", this.#guess.element, this.#task.element, this.#panel.element],
      below: [this.#last.element, forget, this.#share?.dialog ?? ""],
      present: this.#panel.element,
      more: this.#share ? [this.#share.button] : [],
      hands: this.#hands,
      onMove: () => this.#moved(),
      isPage: options.keepInAddress,
      drawer: () => root.classList.toggle("is-turning"),
      keys: options.keys,
      onPosition: (t, playing) => this.#at(t, playing),
    });
    this.#write = options.keepInAddress ? fragmentWriter() : () => {};
    const { start } = options;
    if (start) {
      const changes = changedKnobs(data.presets[start.preset], start.knobs);
      this.choose(start.preset, { seed: start.seed, changes });
    } else this.#restore(options.keepInAddress ? (globalThis.location?.hash ?? "") : "");
    if (options.keepInAddress) addEventListener("hashchange", () => this.#restore(location.hash));
  }

  /** Where the clock stands, in simulated seconds. */
  get clock() {
    return this.#player.t;
  }

  get preset() {
    return this.data.presets[this.name];
  }

  /** Set knobs by name and show the outcome; while a knob is `held` only what is seen is computed. */
  set(wanted, held = false) {
    const changes = allowed(this.preset, wanted);
    Object.assign(this.knobs, changes);
    [this.#held, this.#judged] = [held, false]; // a guess is about the run that was asked for
    if (Object.keys(changes).length && !this.#player.preview) this.#uncover();
    this.#panel.show(this.knobs, this.preset);
    if (!this.#pending) requestAnimationFrame((now) => this.#run(now));
    this.#player.wait();
    this.#pending = true;
  }

  /**
   * Show a scenario; `said` is what a link says of it (`readAddress`). Without any change, or where that is asked for,
   * how it goes is covered.
   */
  choose(name, said = {}) {
    this.name = name;
    const { challenge, mystery, draws } = this.preset;
    const { changes = {}, seed, clock = 0, covered } = said;
    arrange(this.#player, { moves: challenge?.begins, ...said });
    this.#task.show(this.root, this.preset, this.#solved.get(this.#taskName)?.slots);
    this.seed = seed || this.preset.seed;
    this.#draws = drawsOf(this.preset, this.seed);
    this.#player.uncover(false);
    this.#choice.value = name;
    this.knobs = { ...this.preset.knobs, surges: [] };
    this.#panel.bound(this.preset);
    this.#otherLuck.hidden = Boolean(draws || mystery);
    this.#last.clear();
    this.#requests = -1;
    this.set(changes);
    this.#player.seek(0);
    this.#startsAt = clock;
    this.#asked = this.#turned;
    this.#uncover(Boolean(challenge || mystery || (Object.keys(changes).length && !covered)));
  }

  /** One more scenario: that of a file which somebody brought. */
  bring(preset) {
    this.data.presets.own = preset;
    offer(this.#choice, "own", preset.title);
    this.choose("own");
    this.commit();
  }

  destroy() {
    this.#player.destroy();
  }

  #uncover(preview = true) {
    this.#player.uncover(preview);
    tellStory(this.#shows, this.preset, this.#player.preview);
  }

  /** What differs from the preset, in words. */
  get #turned() {
    return turned(this.preset, this.knobs, this.preset.seed);
  }

  get #guessName() {
    return `${this.name}: seed ${this.seed}${this.#asked === AS_IT_WAS ? "" : `, ${this.#asked}`}`;
  }

  /** What a link says. */
  #restore(hash) {
    const { name, refused, ...said } = readAddress(hash, this.data);
    this.#share?.say(refused);
    if (name === "own") offer(this.#choice, name, this.data.presets.own.title);
    this.choose(name, said);
  }

  /** The fragment of a link to what is seen now; where that is asked for, how it goes is covered there. */
  fragment(covered = !this.#player.preview && this.#asked !== AS_IT_WAS) {
    const { name, knobs, seed, clock } = this;
    const { sides, front } = this.#player;
    const { fields } = this.data;
    return addressOf(this.preset, { name, knobs, seed, sides, front, clock, covered, fields });
  }

  /** The name under which a challenge's solution is kept. */
  get #taskName() {
    return this.preset.mystery ? `${this.name} ${this.preset.seed}` : this.name;
  }

  #turnTo({ seed, ...knobs }) {
    if (seed !== this.seed) this.#draws = drawsOf(this.preset, seed);
    this.seed = seed;
    this.set(knobs);
    this.commit();
  }

  #run(now) {
    this.#pending = false;
    const { scenario, workload, runs } = played(this.preset, this.knobs, this.#draws, this.data.cycles);
    this.#runs = runs;
    const notice = overload(offeredLoad(this.#runs.async.records, workload, scenario.warmup));
    if (this.#held) this.#others.stop();
    else this.#remember();
    this.#player.beside = this.#beside;
    const shown = { warmup: scenario.warmup, notice, coarse: this.#held };
    this.#player.show(this.#runs, workload, this.data.cycles, shown);
    if (this.#startsAt) this.#player.seek(this.#startsAt);
    this.#startsAt = 0;
    if (!this.#player.preview) this.#ask(workload.arrived_at.length);
    this.#player.redraw(now);
  }

  /** Ask anew only about another run: what somebody is typing stays. */
  #ask(requests) {
    if (requests !== this.#requests) this.#guess.ask(requests, this.#kept.get(this.#guessName));
    this.#requests = requests;
  }

  #remember() {
    this.#last.add(turned(this.preset, this.knobs, this.seed), { ...this.knobs, seed: this.seed }, this.#runs);
    this.#wantOthers();
  }

  #moved() {
    this.#wantOthers();
    this.#player.besides(this.#beside);
    this.commit();
  }

  #wantOthers() {
    if (this.#held) return;
    const names = new Set(["sync", "async", "sync_same_slots", ...this.#player.shown]);
    this.#others.want(this.preset, this.knobs, this.seed, [...names]);
  }

  /** What stands beside the errors: those before this change, other luck; as long as nothing is turned, the guess. */
  get #beside() {
    const guess = this.#turned === this.#asked ? (this.#kept.get(this.#guessName)?.numbers ?? {}) : {};
    const luck = this.#held ? {} : this.#others.errors;
    const behind = this.preset.mystery ? this.#well() : this.#last.behind(this.#held);
    return { before: this.#last.before(this.#held, this.#player.shown), luck, guess, behind };
  }

  /** The mystery server as it is when all is well, on the same draws. */
  #well() {
    return { turned: "all is well", ...played(this.preset, this.preset.mystery.well, this.#draws, this.data.cycles) };
  }

  #luckFound() {
    this.#player.besides(this.#beside);
    if (this.#judged) this.#judge();
  }

  #at(t, playing) {
    this.#hands.goOn();
    if (t > 0 && t >= this.#player.end && !this.#player.preview) {
      this.#uncover();
      this.#judge();
    } else this.#judged = false;
    if (!playing && !this.#pending) this.#write(this.fragment());
    this.options.onPosition?.(t, playing);
  }

  /** Say what the guess was worth. */
  #judge() {
    this.#judged = true;
    const told = verdict(this.#kept.get(this.#guessName), this.#runs, this.#others.errors);
    if (told) requestAnimationFrame(() => this.#player.say(told));
  }

  commit() {
    this.#write(this.fragment());
    this.options.onScenario?.(this.name, { ...this.knobs }, this.seed);
    if (this.#held) this.set({}); // the knob is let go: now all of it
    requestAnimationFrame(() => this.#player.preview && this.#player.tellOutcome()); // after the run that was asked for
  }

  #head() {
    this.#choice.addEventListener("change", () => {
      this.choose(this.#choice.value);
      this.commit();
    });
    const reset = resets(() => {
      this.choose(this.name, { cycle: "sync" });
      this.commit();
    });
    return heading(this.data, this.#choice, this.#shows, this.#otherLuck, reset);
  }

  #forgotten() {
    this.#requests = -1; // ask anew
    this.set({});
    this.#player.say("Forgotten.");
  }
}
