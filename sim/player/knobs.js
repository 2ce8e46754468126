// The knobs in the order of a lesson; a preset says where each stands and how far it goes.
import { element, say, slider, stand, tell } from "dom";
import { luckName } from "seeds";
import { surgesInWords } from "surge";
import { TROUBLES } from "trouble";
import { Troubles } from "troubles";
import { brief } from "words";

function rateShown(value, { steps }) {
  if (steps.length > 1) return `${steps.map(([, rate]) => Number((rate * value).toFixed(1))).join(" → ")} /s`;
  return `${Number(value < 0.1 ? value.toPrecision(2) : value.toFixed(2))} /s`;
}

/** By name: the label, how a value is shown, whether only whole numbers stand there. */
export const KNOBS = {
  arrival_rate: { label: "Arrival rate", shown: rateShown },
  report_fraction: {
    label: "Share of reports",
    shown: (value) => `${brief(value * 100, value < 0.01 ? 1 : 3)} %`,
  },
  external_time: {
    label: "External time",
    shown: (value, { external_mean: mean }) => `${brief(value * mean)} s mean`,
  },
  threads: { label: "Threads", shown: String, whole: true },
  workers: { label: "Workers", shown: String, whole: true },
  timeout: { label: "Timeout", shown: (value) => `${brief(value, 4)} s` },
};

/** @type {Record<string, any>} these, and those of mishaps */
export const KNOWN = { ...KNOBS, ...TROUBLES };

export const AS_IT_WAS = "as it was";

/** Those of the knobs that are not as the preset has them. */
export function changedKnobs(preset, knobs) {
  const own = preset.knobs;
  return Object.fromEntries(Object.entries(knobs).filter(([name, value]) => name in own && value !== own[name]));
}

/** Of changes those that a preset lets one make: a challenge has knobs of its own. */
export function allowed({ challenge, mystery }, changes) {
  if (mystery) return {};
  if (!challenge) return changes;
  return Object.fromEntries(Object.entries(changes).filter(([name]) => challenge.turns.includes(name)));
}

/** How far each knob goes in a link. */
export function boundsOf(preset) {
  return Object.fromEntries(
    Object.entries(preset.bounds).map(([name, bound]) => [name, { ...bound, whole: KNOWN[name].whole }]),
  );
}

/** "luck 2 · threads 10": what differs from the preset, in words; "as it was" if nothing does. */
export function turned(preset, knobs, seed) {
  const luck = seed === preset.seed ? [] : [luckName(preset.seed, seed)];
  const words = [...luck, ...surgesInWords(knobs.surges), ...turnedInWords(changedKnobs(preset, knobs), preset)];
  return words.join(" · ") || AS_IT_WAS;
}

/** "threads 10", "timeout 20 s": each knob that is not as the preset has it. */
function turnedInWords(changed, preset) {
  return Object.entries(changed).map(([name, value]) => {
    const { label, shown, off } = KNOWN[name];
    return value === off ? `${label.toLowerCase()}: no` : `${label.toLowerCase()} ${shown(value, preset)}`;
  });
}

export class Knobs {
  #troubles;
  element = element("div", { class: "sim-knobs", role: "group", "aria-label": "Knobs" });
  /** @type {Record<string, {input: HTMLInputElement, output: HTMLElement}>} */
  #each = {};

  /**
   * @param {(name: string, value: number) => void} onTurn while a knob is held
   * @param {() => void} onRelease when it is let go
   */
  constructor(onTurn, onRelease) {
    for (const [name, { label }] of Object.entries(KNOBS)) {
      const input = slider({ "aria-label": label });
      const output = element("span", { "aria-hidden": "true" }); // the slider says its value itself
      input.addEventListener("input", () => onTurn(name, Number(input.value)));
      input.addEventListener("change", onRelease);
      this.#each[name] = { input, output };
      this.element.append(element("label", { class: "sim-knob" }, label, output, input));
    }
    this.#troubles = new Troubles(this.element, onTurn, onRelease);
  }

  /** How far the knobs of a preset go, and which of them turn. */
  bound(preset) {
    for (const [name, { input }] of Object.entries(this.#each)) {
      const { min, max, step } = preset.bounds[name];
      Object.assign(input, { min, max, step, disabled: !(name in allowed(preset, { [name]: 0 })) });
    }
  }

  /** Let the knobs stand at these values. */
  show(values, preset) {
    for (const [name, { input, output }] of Object.entries(this.#each)) {
      const text = KNOBS[name].shown(values[name], preset);
      say(output, text);
      stand(input, { value: String(values[name]) });
      tell(input, "aria-valuetext", text);
    }
    this.#troubles.show(values, preset);
  }
}
