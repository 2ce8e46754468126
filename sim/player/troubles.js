// "Add a mishap": the knobs of what can go wrong, none of which is there until a scenario or the reader asks for it.
import { control, element, say, slider, stand, tell } from "dom";
import { boundsOf, isOff, isPossible, startOf, TROUBLES } from "trouble";

export class Troubles {
  /** Where one is asked for. */
  #choice = /** @type {HTMLSelectElement} */ (control("select", { "aria-label": "Add a mishap", class: "sim-mishap" }));
  #panel;
  #onTurn;
  #onRelease;
  /** @type {Record<string, {label: HTMLElement, input: HTMLInputElement, output: HTMLElement}>} */
  #each = {};
  /** @type {any} */
  #preset = null;
  #on = "nothing yet"; // the names of those that are on: while a knob is held the others stay as they are offered

  /**
   * @param {HTMLElement} panel the knobs, to which those of mishaps are added
   * @param {(name: string, value: number) => void} onTurn while a knob is held
   * @param {() => void} onRelease when it is let go, or a mishap is added or taken away
   */
  constructor(panel, onTurn, onRelease) {
    this.#panel = panel;
    this.#onTurn = onTurn;
    this.#onRelease = onRelease;
    panel.append(this.#choice);
    this.#choice.addEventListener("change", () => {
      const name = this.#choice.value;
      this.#choice.value = "";
      this.#turn(name, startOf(name, this.#preset));
    });
  }

  #turn(name, value) {
    this.#onTurn(name, value);
    this.#onRelease();
  }

  /** Let the knobs stand at these values: those that are on are there, the others can be asked for. */
  show(values, preset) {
    const isOther = this.#preset !== preset;
    this.#preset = preset;
    const on = Object.keys(TROUBLES).filter((name) => !isOff(name, values[name]));
    for (const name of Object.keys(this.#each)) if (!on.includes(name)) this.#remove(name);
    for (const name of on) this.#stand(name, values[name]);
    if (isOther || `${on}` !== this.#on) this.#offer(on);
    this.#on = `${on}`;
  }

  /** Offer those that are not on. */
  #offer(on) {
    const offered = Object.keys(TROUBLES).filter((name) => !on.includes(name) && isPossible(name, this.#preset));
    const options = offered.map((name) => element("option", { value: name }, TROUBLES[name].asks));
    this.#choice.replaceChildren(element("option", { value: "" }, "Add a mishap …"), ...options);
    this.#choice.value = "";
  }

  #remove(name) {
    this.#each[name].label.remove();
    delete this.#each[name];
  }

  #stand(name, value) {
    this.#each[name] ??= this.#make(name);
    const { input, output } = this.#each[name];
    const { shown } = TROUBLES[name];
    const { min, max, step } = boundsOf(name, this.#preset, value);
    stand(input, { min: String(min), max: String(max), step: String(step) });
    stand(input, { value: String(value) });
    tell(input, "aria-valuetext", shown(value));
    say(output, shown(value));
  }

  #make(name) {
    const { label: text } = TROUBLES[name];
    const input = slider({ "aria-label": text });
    const output = element("span", { "aria-hidden": "true" });
    const away = control("button", { type: "button", class: "sim-away", "aria-label": `${text}: take it away` }, "×");
    input.addEventListener("input", () => this.#onTurn(name, Number(input.value)));
    input.addEventListener("change", this.#onRelease);
    away.addEventListener("click", () => {
      this.#turn(name, TROUBLES[name].off);
      this.#choice.focus({ preventScroll: true }); // the button has gone
    });
    const label = element("label", { class: "sim-knob sim-trouble" }, text, output, input);
    const whole = element("div", { class: "sim-troubled" }, label, away);
    this.#panel.append(whole);
    return { label: whole, input, output };
  }
}
