// The playback bar: it stays where the hand finds it.
import { button, control, element, say, slider, stand, tell } from "dom";
import { HAND_KEYS, KEYS } from "keys";
import { fill, Present } from "present";
import { seconds, WORDS } from "words";

const SHORT_OF_END = 1e-6; // s
const SPEEDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000];

export class Controls {
  element;
  help;
  /** @type {Present | null} */
  present = null;
  #player;
  #play;
  #scrub;
  #clock = element("span", { class: "sim-clock" });

  /**
   * @param {import("player").Player} player
   * @param {any} options drawer: what opens and closes the drawer with the knobs; present: the knobs that the
   *   projector's view reveals; isPage: it fills its window; more: further buttons
   */
  constructor(player, { drawer, present, isPage, more = [] }) {
    this.#player = player;
    if (present) this.present = new Present(player.root, present, () => player.refresh());
    this.#play = button("▶", "Play", "play or pause (Space)", () => player.play());
    this.#play.classList.add("sim-first");
    this.#scrub = this.#slider();
    const speed = this.#speed();
    const knobs = drawer ? [button("⚙", "Knobs", "show the knobs instead of the drawing", drawer)] : [];
    const keys = button("?", "Keys", "what the keys do (?)", () => this.tell());
    keys.classList.add("sim-help");
    for (const one of knobs) one.classList.add("sim-drawer");
    this.element = element(
      "div",
      { class: "sim-controls", role: "group", "aria-label": "Playback" },
      this.#play,
      button("|◀", "Restart", "back to the beginning (Home)", () => player.moveTo(0)),
      button("▸", "Step", "to the next event; hop by hop at 0.1× and slower (.)", () => player.step()),
      button("✕", "First timeout", "to the first 503 (T)", () => player.toFirstTimeout()),
      element("label", {}, element("span", { class: "sim-word" }, "Speed "), speed),
      ...knobs,
      ...this.#views(isPage),
      ...more,
      this.#scrub,
      this.#clock,
      keys,
    );
    this.help = this.#keys();
  }

  /** What makes it larger. */
  #views(isPage) {
    const { root } = this.#player;
    const whole = button("□", "Full window", "let it fill the window", () => fill(root));
    if (!this.present) return isPage ? [] : [whole];
    const next = button("⚙", "Next knob", "reveal the next knob (K)", () => this.present?.reveal());
    next.classList.add("sim-next");
    return [...(isPage ? [] : [whole]), next, this.present.element];
  }

  /** Where the clock can go. */
  reach(end) {
    stand(this.#scrub, { max: String(end) });
  }

  at(t, end, speed) {
    stand(this.#scrub, { value: String(t) });
    tell(this.#scrub, "aria-valuetext", `${seconds(t)} of ${seconds(end)}`);
    say(this.#clock, `${t.toFixed(speed < 1 ? 3 : 1)} s of ${end.toFixed(0)} s`);
  }

  playing(playing) {
    const [sign, word] = this.#play.children;
    say(sign, playing ? "❚❚" : "▶");
    say(word, playing ? " Pause" : " Play");
    this.#play.setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  /** Show, or put away, what the keys do. */
  tell() {
    if (this.help.open) this.help.close();
    else this.#open();
  }

  #speed() {
    const speed = /** @type {HTMLSelectElement} */ (control("select", { "aria-label": "Speed" }));
    speed.append(...SPEEDS.map((value) => element("option", { value }, `${value}×`)));
    speed.value = String(this.#player.speed);
    speed.addEventListener("change", () => this.#player.setSpeed(Number(speed.value)));
    return speed;
  }

  #slider() {
    const scrub = slider({ min: 0, max: 1, step: "any", value: 0, "aria-label": "Time", class: "sim-scrub" });
    scrub.addEventListener("input", () => this.#scrubTo(Number(scrub.value)));
    scrub.addEventListener("keydown", (event) => this.#scrubByKey(event));
    return scrub;
  }

  /** A browser keeps fewer digits of a slider's value than the end of a run has. */
  #scrubTo(at) {
    const { end } = this.#player;
    this.#player.moveTo(end - at < SHORT_OF_END ? end : at);
  }

  /** Arrows move by a wall second's worth; the browser's own step would be a hundredth of the run. */
  #scrubByKey(event) {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.#player.moveBy(by);
  }

  #open() {
    this.help.showModal();
    this.help.querySelector("button").focus(); // a list of names would take "?"
  }

  #keys() {
    const keys = this.#player.options.hands ? [...KEYS, ...HAND_KEYS] : KEYS;
    const rows = keys.flatMap(([key, what]) => [element("dt", {}, element("kbd", {}, key)), element("dd", {}, what)]);
    const close = control("button", { type: "button" }, "Close");
    const parts = [element("dl", {}, ...rows), ...this.#names(), close];
    const dialog = element("dialog", { class: "sim-keys", "aria-label": "Keys" }, ...parts);
    close.addEventListener("click", () => this.tell());
    return /** @type {HTMLDialogElement} */ (dialog);
  }

  /** What the boxes are called: in which stack. */
  #names() {
    const names = Object.keys(WORDS.stacks);
    if (!names.length) return [];
    const choice = /** @type {HTMLSelectElement} */ (control("select", {}));
    choice.append(...names.map((name) => element("option", {}, name)));
    choice.addEventListener("change", () => {
      WORDS.stack = choice.value;
      this.#player.refresh();
    });
    return [element("p", {}, element("label", {}, "Names on the boxes: ", choice))];
  }
}
