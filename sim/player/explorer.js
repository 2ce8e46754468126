// The explorer: the player with knobs. A knob runs the model anew on the same draws, in the page itself.
import { actsOf } from "acts";
import { compare, scenarioOf } from "comparison";
import { button, control, element } from "dom";
import { drawsOf, drawWorkload } from "draws";
import { offeredLoad } from "figures";
import { fragmentWriter, readFragment, toFragment } from "fragment";
import { Guess, isGuess, judged } from "guess";
import { Kept, keptLine } from "kept";
import { KNOWN, Knobs, turnedInWords } from "knobs";
import { luckInWords } from "luck";
import { Others } from "others";
import { Player } from "player";
import { LastRuns } from "runs";
import { luckName, nextSeed, othersOf } from "seeds";
import { surgesInWords } from "surge";
import { errorsOf, filled, missed } from "words";

const GUESSED = ["sync", "async"];
const OTHER_LUCK = "the same scenario with another seed: other people come, at other times, with other reports";

function overload(load) {
  return load === null || load < 1 ? "" : filled("overload", { load: load.toFixed(2), depends: "the duration" });
}

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
  #judged = false; // the line of words says what the guess was worth
  #choice = /** @type {HTMLSelectElement} */ (control("select", { "aria-label": "Scenario" }));
  #shows = element("p", { class: "sim-try" });
  #otherLuck = button("⚄", "Other luck", OTHER_LUCK, () => this.#tryLuck());
  #panel;
  #hands;
  #guess;
  #kept = new Kept("guesses", isGuess);
  #last = new LastRuns(
    (state) => this.#turnTo(state),
    () => this.#besides(),
  );
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
    this.#player = new Player(root, {
      asks: true,
      above: [this.#head(), this.#guess.element, this.#panel.element],
      below: [this.#last.element, keptLine([this.#kept], () => this.#forgotten())],
      hands: this.#hands,
      onMove: () => this.#wantOthers(),
      drawer: () => root.classList.toggle("is-turning"),
      keys: options.keys,
      onPosition: (t, playing) => this.#at(t, playing),
    });
    this.#write = options.keepInAddress ? fragmentWriter() : () => {};
    const { start } = options;
    if (start) this.choose(start.preset, this.#changed(start.preset, start.knobs), start.seed);
    else this.#restore(options.keepInAddress ? (globalThis.location?.hash ?? "") : "");
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
  set(changes, held = false) {
    Object.assign(this.knobs, changes);
    this.#held = held;
    if (Object.keys(changes).length) this.#uncover();
    this.#panel.show(this.knobs, this.preset);
    if (!this.#pending) requestAnimationFrame(() => this.#run());
    this.#pending = true;
  }

  /** Show a scenario with these knobs changed, and with this seed; without any change how it goes is covered. */
  choose(name, changes = {}, seed = "") {
    this.name = name;
    this.seed = seed || this.preset.seed;
    this.#draws = drawsOf(this.preset, this.seed);
    this.#player.uncover(false);
    this.#choice.value = name;
    this.knobs = { ...this.preset.knobs, surges: [] };
    this.#shows.replaceChildren(...this.#story());
    this.#panel.bound(this.preset.bounds);
    this.#otherLuck.hidden = Boolean(this.preset.draws);
    this.#last.clear();
    this.#requests = -1;
    this.#player.seek(0);
    this.set(changes);
  }

  destroy() {
    this.#player.destroy();
  }

  /** What the scenario is about, and, once it has been seen, what to try. */
  #story() {
    const { shows, try_this: tryThis } = this.preset;
    if (this.#player.preview && tryThis) return [element("strong", {}, "Try: "), tryThis];
    return shows ? [shows] : [element("strong", {}, "First: press Play. "), tryThis];
  }

  #uncover() {
    this.#player.uncover();
    this.#shows.replaceChildren(...this.#story());
  }

  get #guessName() {
    return `${this.name}: seed ${this.seed}`;
  }

  #restore(hash) {
    const names = Object.keys(this.data.presets);
    const preset = readFragment(hash, names, {}).preset ?? names[0];
    const bounds = Object.fromEntries(
      Object.entries(this.data.presets[preset].bounds).map(([knob, bound]) => [
        knob,
        { ...bound, whole: KNOWN[knob].whole },
      ]),
    );
    const { preset: _, seed, ...state } = readFragment(hash, names, bounds);
    this.choose(preset, this.#changed(preset, state), this.data.presets[preset].draws || !seed ? "" : seed);
  }

  /** Those of the knobs that are not as the preset has them. */
  #changed(preset, knobs) {
    const own = this.data.presets[preset].knobs;
    return Object.fromEntries(Object.entries(knobs).filter(([knob, value]) => knob in own && value !== own[knob]));
  }

  #turnTo({ seed, ...knobs }) {
    this.#reseed(seed);
    this.set(knobs);
    this.commit();
  }

  #reseed(seed) {
    if (seed === this.seed) return;
    this.seed = seed;
    this.#draws = drawsOf(this.preset, seed);
  }

  /** What differs from the preset, in words; "as it was" if nothing does. */
  get #turned() {
    const luck = this.seed === this.preset.seed ? [] : [luckName(this.preset.seed, this.seed)];
    const surges = surgesInWords(this.knobs.surges);
    return (
      [...luck, ...surges, ...turnedInWords(this.#changed(this.name, this.knobs), this.preset)].join(" · ") ||
      "as it was"
    );
  }

  #run() {
    this.#pending = false;
    const scenario = scenarioOf(this.preset, this.knobs);
    const workload = drawWorkload(this.#draws, scenario);
    this.#runs = compare(workload, scenario, this.data.cycles);
    const notice = overload(offeredLoad(this.#runs.async.records, workload, scenario.warmup));
    if (this.#held) this.#others.stop();
    else this.#remember();
    this.#besides();
    const shown = { warmup: scenario.warmup, notice, coarse: this.#held };
    this.#player.show(this.#runs, workload, this.data.cycles, shown);
    if (!this.#player.preview) this.#ask(workload.arrived_at.length);
  }

  /** Ask anew only about another run: what somebody is typing stays. */
  #ask(requests) {
    if (requests === this.#requests) return;
    this.#requests = requests;
    this.#guess.ask(requests, this.#kept.get(this.#guessName));
  }

  #remember() {
    this.#last.add(this.#turned, { ...this.knobs, seed: this.seed }, this.#runs);
    this.#wantOthers();
  }

  #wantOthers() {
    if (this.preset.draws || this.#held) return;
    const names = new Set(["sync", "async", "sync_same_slots", ...this.#player.sides.map((side) => side.run)]);
    this.#others.want(this.preset, this.knobs, othersOf(this.preset.seed, this.seed), [...names]);
  }

  /** What is said beside the errors: those before this change, other luck, and, as long as nothing is turned, the guess. */
  #besides() {
    const asItWas = !this.knobs.surges.length && !Object.keys(this.#changed(this.name, this.knobs)).length;
    const guess = asItWas ? (this.#kept.get(this.#guessName)?.numbers ?? {}) : {};
    const luck = this.#held ? {} : this.#others.errors;
    const behind = this.#last.behind(this.#held);
    this.#player.besides({ before: this.#last.before(this.#held), luck, guess, behind });
  }

  #luckFound() {
    this.#besides();
    if (this.#judged) this.#judge();
  }

  #at(t, playing) {
    this.#hands.goOn();
    if (t > 0 && t >= this.#player.end && !this.#player.preview) {
      this.#uncover();
      this.#judge();
    } else this.#judged = false;
    this.options.onPosition?.(t, playing);
  }

  /** What the guess was worth. */
  #judge() {
    this.#judged = true;
    const guess = this.#kept.get(this.#guessName);
    const told = Object.entries(guess?.numbers ?? {}).map(([name, number]) =>
      judged(number, missed(this.#runs[name].head), this.#others.errors[name], name),
    );
    if (guess?.reason) told.push(`Does your reason hold: “${guess.reason}”?`);
    const { sync } = this.#others.errors;
    if (!told.length && sync) told.push(`${errorsOf(this.#runs.sync.head)} in SYNC. The dots: ${luckInWords(sync)}`);
    if (told.length) requestAnimationFrame(() => this.#player.say(told.join(" ")));
  }

  commit() {
    const seed = this.seed === this.preset.seed ? {} : { seed: this.seed };
    this.#write(toFragment({ preset: this.name, ...this.#changed(this.name, this.knobs), ...seed }));
    this.options.onScenario?.(this.name, { ...this.knobs }, this.seed);
    if (this.#held) this.set({}); // the knob is let go: now all of it
    requestAnimationFrame(() => this.#player.preview && this.#player.tellOutcome()); // after the run that was asked for
  }

  #head() {
    for (const [name, preset] of Object.entries(this.data.presets))
      this.#choice.append(element("option", { value: name }, preset.title));
    this.#choice.addEventListener("change", () => {
      this.choose(this.#choice.value);
      this.commit();
    });
    const reset = button("↺", "Reset", "every knob back to the scenario's own value", () => this.#reset());
    const title = element("h1", { class: "sim-hidden" }, "SYNC and ASYNC: the explorer");
    const scenario = element("label", {}, element("span", { class: "sim-word" }, "Scenario "), this.#choice);
    return element("div", { class: "sim-head" }, title, scenario, this.#shows, this.#otherLuck, reset);
  }

  #reset() {
    this.#player.reset();
    this.choose(this.name);
    this.commit();
  }

  #tryLuck() {
    this.#turnTo({ ...this.knobs, seed: nextSeed(this.preset.seed, this.seed) });
  }

  #forgotten() {
    this.#requests = -1; // ask anew
    this.set({});
    this.#player.say("Forgotten.");
  }
}
