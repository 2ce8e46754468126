// The explorer: the player with knobs. A knob runs the exact recursion anew on the same draws, in the page itself.

import { columns } from "codec";
import { control, element, say } from "dom";
import { drawWorkload } from "draws";
import { offeredLoad, summarise } from "figures";
import { fragmentWriter, readFragment, toFragment } from "fragment";
import { simulate } from "model";
import { Player } from "player";

const rateShown = (value, { preset }) =>
  preset.steps.length === 1
    ? `${Number(value < 0.1 ? value.toPrecision(2) : value.toFixed(2))} /s`
    : `${preset.steps.map(([, rate]) => Number((rate * value).toFixed(1))).join(" → ")} /s`;

/** The knobs in the order of a lesson; a preset says where each stands and how far it goes. */
const KNOBS = {
  arrival_rate: { label: "Arrival rate", shown: rateShown },
  report_fraction: {
    label: "Share of reports",
    shown: (value) => `${Number((value * 100).toPrecision(value < 0.01 ? 1 : 3))} %`,
  },
  external_time: {
    label: "External time",
    shown: (value, { preset }) => `${Number((value * preset.external_mean).toPrecision(3))} s mean`,
  },
  threads: { label: "Threads", shown: String, whole: true },
  workers: { label: "Workers", shown: String, whole: true },
  timeout: { label: "Timeout", shown: (value) => `${Number(value.toPrecision(4))} s` },
};

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

/** The three runs of `compare` on one workload. */
export function compare(workload, scenario, cycles) {
  const alone = (cycle, threads) => {
    const records = simulate(workload, cycle, { ...scenario, threads });
    return { records, summary: summarise(records, workload, scenario.warmup) };
  };
  return {
    sync: alone(cycles.sync, scenario.threads),
    async: alone(cycles.async, scenario.threads),
    sync_same_slots: alone(cycles.sync, scenario.threads + scenario.workers),
  };
}

function overload(load) {
  if (load === null || load < 1) return "";
  return `The jobs bring ${load.toFixed(2)} times the work that the workers can do: the queue grows without bound as long as requests arrive, and these figures depend on the duration.`;
}

/** Predict first: how it went is not told before somebody has played it to the end or turned a knob. */
const QUESTIONS = ["your guess: how many get an error?", "and here?"];

export class Explorer {
  #pending = null;

  /**
   * `data`: presets {name: {...}}, draws, cycles. `options`: start {preset, knobs} or keepInAddress,
   * onScenario(preset, knobs), onPosition(t, playing).
   */
  constructor(root, data, options = {}) {
    Object.assign(this, { root, data, options });
    this.draws = Object.fromEntries(Object.entries(data.draws).map(([name, sent]) => [name, columns(sent)]));
    root.classList.add("sim", "sim-explorer");
    root.append(this.#head(), this.#knobs());
    this.player = new Player(root, { questions: QUESTIONS, onPosition: (t, playing) => this.#at(t, playing) });
    this.write = options.keepInAddress ? fragmentWriter() : () => {};
    if (options.start) this.choose(options.start.preset, this.#changed(options.start.preset, options.start.knobs));
    else this.#restore(options.keepInAddress ? (globalThis.location?.hash ?? "") : "");
    if (options.keepInAddress) addEventListener("hashchange", () => this.#restore(location.hash));
  }

  get preset() {
    return this.data.presets[this.name];
  }

  /** Set knobs by name and show the outcome. */
  set(changes) {
    Object.assign(this.knobs, changes);
    if (Object.keys(changes).length) this.player.uncover();
    this.#label();
    this.#pending ??= requestAnimationFrame(() => this.#run());
  }

  /** Show a scenario with these knobs changed; without any, how it goes is covered. */
  choose(name, changes = {}) {
    this.name = name;
    this.player.uncover(false);
    this.choice.value = name;
    this.knobs = { ...this.preset.knobs };
    this.hint.replaceChildren(element("strong", {}, "First: press Play. "), this.preset.try_this);
    this.hint.title = `${this.preset.shows} ${this.preset.try_this}`;
    for (const [knob, input] of Object.entries(this.inputs)) {
      const { min, max, step } = this.preset.bounds[knob];
      Object.assign(input, { min, max, step });
    }
    this.player.seek(0);
    this.set(changes);
  }

  destroy() {
    this.player.destroy();
  }

  #restore(hash) {
    const names = Object.keys(this.data.presets);
    const { preset = names[0] } = readFragment(hash, names, {});
    const bounds = Object.fromEntries(
      Object.entries(this.data.presets[preset].bounds).map(([knob, bound]) => [
        knob,
        { ...bound, whole: KNOBS[knob].whole },
      ]),
    );
    const state = readFragment(hash, names, bounds);
    delete state.preset;
    this.choose(preset, this.#changed(preset, state));
  }

  /** Those of the knobs that are not as the preset has them. */
  #changed(preset, knobs) {
    const own = this.data.presets[preset].knobs;
    return Object.fromEntries(Object.entries(knobs).filter(([knob, value]) => value !== own[knob]));
  }

  #run() {
    this.#pending = null;
    const scenario = scenarioOf(this.preset, this.knobs);
    const { hazard, kind } = this.draws[this.preset.draws];
    const workload = drawWorkload({ hazard, kind, external: this.draws[this.preset.external].external }, scenario);
    const runs = compare(workload, scenario, this.data.cycles);
    const notice = overload(offeredLoad(runs.async.records, workload, scenario.warmup));
    this.player.show(runs, workload, this.data.cycles, { warmup: scenario.warmup, notice });
  }

  #at(t, playing) {
    if (t > 0 && t >= this.player.end) this.player.uncover();
    this.options.onPosition?.(t, playing);
  }

  #commit() {
    this.write(toFragment({ preset: this.name, ...this.#changed(this.name, this.knobs) }));
    this.options.onScenario?.(this.name, { ...this.knobs });
    requestAnimationFrame(() => this.player.preview && this.player.tellOutcome()); // after the run that was asked for
  }

  #head() {
    this.choice = control("select", { "aria-label": "Scenario" });
    for (const [name, preset] of Object.entries(this.data.presets))
      this.choice.append(element("option", { value: name }, preset.title));
    this.choice.addEventListener("change", () => {
      this.choose(this.choice.value);
      this.#commit();
    });
    this.hint = element("p", { class: "sim-try" });
    const reset = control("button", { type: "button", title: "every knob back to the scenario's own value" }, "Reset");
    reset.addEventListener("click", () => {
      this.player.reset();
      this.choose(this.name);
      this.#commit();
    });
    const title = element("h1", { class: "sim-hidden" }, "SYNC and ASYNC: the explorer");
    return element(
      "div",
      { class: "sim-head" },
      title,
      element("label", {}, "Scenario ", this.choice),
      this.hint,
      reset,
    );
  }

  #knobs() {
    this.inputs = {};
    this.outputs = {};
    const knobs = Object.entries(KNOBS).map(([name, { label }]) => {
      const input = control("input", { type: "range", "aria-label": label });
      const output = element("span", { "aria-hidden": "true" }); // the slider says its value itself
      input.addEventListener("input", () => this.set({ [name]: Number(input.value) }));
      input.addEventListener("change", () => this.#commit());
      Object.assign(this, { inputs: { ...this.inputs, [name]: input }, outputs: { ...this.outputs, [name]: output } });
      return element("label", { class: "sim-knob" }, label, output, input);
    });
    return element("div", { class: "sim-knobs", role: "group", "aria-label": "Knobs" }, ...knobs);
  }

  #label() {
    for (const [name, { shown }] of Object.entries(KNOBS)) {
      const text = shown(this.knobs[name], this);
      say(this.outputs[name], text);
      this.inputs[name].value = String(this.knobs[name]);
      this.inputs[name].setAttribute("aria-valuetext", text);
    }
  }
}
