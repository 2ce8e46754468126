// The explorer: the player with knobs. A knob runs the model anew on the same draws, in the page itself.
import { columns } from "codec";
import { control, element } from "dom";
import { drawWorkload } from "draws";
import { headFigures, offeredLoad, summarise } from "figures";
import { fragmentWriter, readFragment, toFragment } from "fragment";
import { Guess, judged, Kept } from "guess";
import { KNOBS, Knobs, turnedInWords } from "knobs";
import { luckInWords } from "luck";
import { simulate } from "model";
import { Player } from "player";
import { LastRuns } from "runs";
import { errorsOf, filled } from "words";

const GUESSED = ["sync", "async"];

/** The scenario that a preset and its knobs describe, as `drawWorkload` and `simulate` take it. */
export function scenarioOf(preset, knobs) {
  const factor = preset.steps.length === 1 ? null : knobs.arrival_rate;
  return {
    ...preset.fixed,
    rate_steps: preset.steps.map(([from, rate]) => [from, factor === null ? knobs.arrival_rate : rate * factor]),
    report_fraction: knobs.report_fraction,
    external_factor: knobs.external_time,
    threads: knobs.threads,
    workers: knobs.workers,
    timeout: knobs.timeout,
  };
}

/** A run that is made, and its figures, when somebody first asks: not every one of them is looked at. */
class LazyRun {
  #workload;
  #cycle;
  #scenario;
  #made = {};

  constructor(workload, cycle, scenario) {
    this.#workload = workload;
    this.#cycle = cycle;
    this.#scenario = scenario;
  }

  get records() {
    this.#made.records ??= simulate(this.#workload, this.#cycle, this.#scenario);
    return this.#made.records;
  }

  get summary() {
    this.#made.summary ??= summarise(this.records, this.#workload, this.#scenario.warmup);
    return this.#made.summary;
  }

  get head() {
    this.#made.head ??= headFigures(this.records, this.#workload, this.#scenario.warmup);
    return this.#made.head;
  }
}

/** The three runs of `compare` on one workload. */
export function compare(workload, scenario, cycles) {
  const alone = (cycle, threads) => new LazyRun(workload, cycle, { ...scenario, threads });
  return {
    sync: alone(cycles.sync, scenario.threads),
    async: alone(cycles.async, scenario.threads),
    sync_same_slots: alone(cycles.sync, scenario.threads + scenario.workers),
  };
}

function overload(load) {
  return load === null || load < 1 ? "" : filled("overload", { load: load.toFixed(2), depends: "the duration" });
}

export class Explorer {
  root;
  data;
  options;
  name = "";
  /** @type {Record<string, number>} */
  knobs = {};
  #draws;
  #runs = {};
  #requests = 0;
  #pending = false;
  #held = false; // a knob is being turned
  #choice = /** @type {HTMLSelectElement} */ (control("select", { "aria-label": "Scenario" }));
  #shows = element("p", { class: "sim-try" });
  #panel;
  #guess;
  #kept = new Kept();
  #last = new LastRuns((knobs) => this.#turnTo(knobs));
  #write;
  #player;

  /**
   * `data`: presets {name: {...}}, draws, cycles. `options`: start {preset, knobs} or keepInAddress,
   * onScenario(preset, knobs), onPosition(t, playing), keys.
   */
  constructor(root, data, options = {}) {
    this.root = root;
    this.data = data;
    this.options = options;
    this.#draws = Object.fromEntries(Object.entries(data.draws).map(([name, sent]) => [name, columns(sent)]));
    this.#panel = new Knobs(
      (name, value) => this.set({ [name]: value }, true),
      () => this.#commit(),
    );
    this.#guess = new Guess(GUESSED, (guess) => this.#kept.set(this.#guessName, guess));
    root.classList.add("sim-explorer");
    this.#player = new Player(root, {
      asks: true,
      above: [this.#head(), this.#guess.element, this.#panel.element],
      below: [this.#last.element],
      drawer: () => root.classList.toggle("is-turning"),
      keys: options.keys,
      onPosition: (t, playing) => this.#at(t, playing),
    });
    this.#write = options.keepInAddress ? fragmentWriter() : () => {};
    if (options.start) this.choose(options.start.preset, this.#changed(options.start.preset, options.start.knobs));
    else this.#restore(options.keepInAddress ? (globalThis.location?.hash ?? "") : "");
    if (options.keepInAddress) addEventListener("hashchange", () => this.#restore(location.hash));
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

  /** Show a scenario with these knobs changed; without any, how it goes is covered. */
  choose(name, changes = {}) {
    this.name = name;
    this.#player.uncover(false);
    this.#choice.value = name;
    this.knobs = { ...this.preset.knobs };
    this.#shows.replaceChildren(...this.#story());
    this.#panel.bound(this.preset.bounds);
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
    return `${this.name}: ${this.preset.draws}`;
  }

  #restore(hash) {
    const names = Object.keys(this.data.presets);
    const preset = readFragment(hash, names, {}).preset ?? names[0];
    const bounds = Object.fromEntries(
      Object.entries(this.data.presets[preset].bounds).map(([knob, bound]) => [
        knob,
        { ...bound, whole: KNOBS[knob].whole },
      ]),
    );
    const { preset: _, ...state } = readFragment(hash, names, bounds);
    this.choose(preset, this.#changed(preset, state));
  }

  /** Those of the knobs that are not as the preset has them. */
  #changed(preset, knobs) {
    const own = this.data.presets[preset].knobs;
    return Object.fromEntries(Object.entries(knobs).filter(([knob, value]) => value !== own[knob]));
  }

  #turnTo(knobs) {
    this.set(knobs);
    this.#commit();
  }

  #run() {
    this.#pending = false;
    const scenario = scenarioOf(this.preset, this.knobs);
    const draws = { ...this.#draws[this.preset.draws], ...this.#draws[this.preset.external] };
    const workload = drawWorkload(draws, scenario);
    this.#runs = compare(workload, scenario, this.data.cycles);
    const notice = overload(offeredLoad(this.#runs.async.records, workload, scenario.warmup));
    if (!this.#held) this.#remember();
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
    const heads = Object.fromEntries(GUESSED.map((name) => [name, this.#runs[name].head]));
    this.#last.add(turnedInWords(this.#changed(this.name, this.knobs), this.preset), this.knobs, heads);
  }

  /** What is said beside the errors: those before this change; as long as nothing is turned, other luck and the guess. */
  #besides() {
    const asItWas = Object.keys(this.#changed(this.name, this.knobs)).length === 0;
    const own = asItWas ? { luck: this.preset.luck ?? {}, guess: this.#kept.get(this.#guessName)?.numbers ?? {} } : {};
    this.#player.besides({ before: this.#last.before(this.#held), ...own });
  }

  #at(t, playing) {
    if (t > 0 && t >= this.#player.end && !this.#player.preview) {
      this.#uncover();
      this.#judge();
    }
    this.options.onPosition?.(t, playing);
  }

  /** What the guess was worth. */
  #judge() {
    const guess = this.#kept.get(this.#guessName);
    const told = Object.entries(guess?.numbers ?? {}).map(([name, number]) =>
      judged(number, this.#runs[name].head.timed_out, this.preset.luck?.[name], name),
    );
    if (guess?.reason) told.push(`Does your reason hold: “${guess.reason}”?`);
    const { sync } = this.preset.luck ?? {};
    if (!told.length && sync) told.push(`${errorsOf(this.#runs.sync.head)} in SYNC. The dots: ${luckInWords(sync)}`);
    if (told.length) requestAnimationFrame(() => this.#player.say(told.join(" ")));
  }

  #commit() {
    this.#write(toFragment({ preset: this.name, ...this.#changed(this.name, this.knobs) }));
    this.options.onScenario?.(this.name, { ...this.knobs });
    if (this.#held) this.set({}); // the knob is let go: now all of it
    requestAnimationFrame(() => this.#player.preview && this.#player.tellOutcome()); // after the run that was asked for
  }

  #head() {
    for (const [name, preset] of Object.entries(this.data.presets))
      this.#choice.append(element("option", { value: name }, preset.title));
    this.#choice.addEventListener("change", () => {
      this.choose(this.#choice.value);
      this.#commit();
    });
    const reset = control("button", { type: "button", title: "every knob back to the scenario's own value" }, "Reset");
    reset.addEventListener("click", () => {
      this.#player.reset();
      this.choose(this.name);
      this.#commit();
    });
    const title = element("h1", { class: "sim-hidden" }, "SYNC and ASYNC: the explorer");
    const scenario = element("label", {}, element("span", { class: "sim-word" }, "Scenario "), this.#choice);
    return element("div", { class: "sim-head" }, title, scenario, this.#shows, reset);
  }
}
