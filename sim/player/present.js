// For the projector: one drawing, one chart, letters that the last row can read, one knob after the other, full screen.
import { button } from "dom";

/** The button that turns a root into the projector's view, and back; `K` reveals the next knob. */
export class Present {
  element = button("▣", "Present", "one drawing and one chart in large letters, full screen (P)", () => this.toggle());
  #root;
  #knobs;
  #revealed = -1;
  #onChange;

  /**
   * @param {HTMLElement} root
   * @param {HTMLElement} knobs
   * @param {() => void} onChange
   */
  constructor(root, knobs, onChange) {
    this.#root = root;
    this.#knobs = knobs;
    this.#onChange = onChange;
    document.addEventListener("fullscreenchange", () => {
      if (!document.fullscreenElement && this.on) this.toggle();
    });
  }

  get on() {
    return this.#root.classList.contains("is-presenting");
  }

  toggle() {
    if (!this.on && this.#root.matches(".is-small, .is-flat")) return; // a phone is no projector
    const on = this.#root.classList.toggle("is-presenting");
    this.element.setAttribute("aria-pressed", String(on));
    this.#revealed = -1;
    this.reveal(0);
    if (on) fill(this.#root);
    else if (document.fullscreenElement) document.exitFullscreen?.();
    this.#onChange();
  }

  /** Reveal the next knob, the first again after the last; while not presenting all of them are there. */
  reveal(by = 1) {
    const all = [...this.#knobs.children];
    this.#revealed = this.on ? (this.#revealed + by + all.length + 1) % (all.length + 1) : -1;
    all.forEach((knob, number) => {
      knob.toggleAttribute("hidden", this.on && number !== this.#revealed);
    });
  }
}

/** Let an element fill the screen, where the browser lets it; it fills the window anyway. */
export function fill(root) {
  root.requestFullscreen?.().catch(() => {});
}
