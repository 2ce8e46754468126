// Where there is room for one side only: which one it is, and how it goes on both.
import { control, element, say } from "dom";
import { count, missed } from "words";

export class Switch {
  element = element("div", { class: "sim-switch", role: "group", "aria-label": "Which cycle is shown" });
  /** @type {import("side").Side} */
  front;
  #sides;

  /**
   * @param {import("side").Side[]} sides
   * @param {() => void} onTurn
   */
  constructor(sides, onTurn) {
    this.#sides = sides;
    for (const side of sides) {
      const button = control("button", { type: "button" });
      button.addEventListener("click", () => {
        this.turnTo(side);
        onTurn();
      });
      this.element.append(button);
    }
    this.front = sides[0];
    this.turnTo(this.front);
  }

  /** Let this side stand in front. */
  turnTo(front) {
    this.front = front;
    for (const [n, side] of this.#sides.entries()) {
      side.stand(side === front);
      this.element.children[n].setAttribute("aria-pressed", String(side === front));
    }
  }

  /** Name the sides and, where `told`, how many get an error on each. */
  label(runs, told) {
    for (const [n, side] of this.#sides.entries()) {
      const errors = told ? ` · ✕ ${count(missed(runs[side.run].head))}` : "";
      say(this.element.children[n], side.name.split(",")[0] + errors);
    }
  }
}
