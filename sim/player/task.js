// What a challenge asks, with its hints, its mark and what it explains; or the mystery server's question.
import { control, element, say } from "dom";
import { several } from "words";

/** `act`: {check() → {slots, wrong}, solved(name, slots)}. */
export class Task {
  element = element("section", { class: "sim-task", "aria-label": "Challenge", hidden: "" });
  #act;
  #told = element("span", { class: "sim-mark", role: "status", "aria-live": "polite" });

  constructor(act) {
    this.#act = act;
  }

  /**
   * Show the challenge of a preset, or nothing where it has none, and say on the `root` which it is. `solved`: with how
   * many slots it was solved before.
   */
  show(root, { challenge, mystery, title }, solved) {
    root.classList.toggle("is-mystery", Boolean(mystery));
    root.classList.toggle("is-task", Boolean(challenge || mystery));
    this.element.hidden = !challenge && !mystery;
    say(this.#told, solved ? `Solved, with ${several(solved, "slot")}.` : "");
    if (challenge) this.#ask(challenge, title);
    else if (mystery) this.#wonder(mystery);
    else this.element.replaceChildren();
  }

  #ask(challenge, title) {
    let given = 0;
    const check = control("button", { type: "button", class: "sim-first" }, "Check");
    const hint = control("button", { type: "button" }, "Hint");
    check.addEventListener("click", () => {
      const { slots, wrong } = this.#act.check();
      say(this.#told, wrong ? `✗ ${wrong}` : `✓ ${praise(challenge, slots)} ${challenge.explains}`);
      if (!wrong) this.#act.solved(slots);
    });
    hint.addEventListener("click", () => {
      say(this.#told, challenge.hints[given]);
      given = (given + 1) % challenge.hints.length;
    });
    this.element.replaceChildren(
      element("strong", {}, `⚑ ${title}. `),
      challenge.task,
      " ",
      check,
      " ",
      hint,
      this.#told,
    );
  }

  #wonder({ faults, fault }) {
    const choice = /** @type {HTMLSelectElement} */ (control("select", { "aria-label": "What is wrong" }));
    choice.append(element("option", { value: "" }, "what?"), ...faults.map(({ says }) => element("option", {}, says)));
    choice.addEventListener("change", () => {
      const right = choice.value === fault.says;
      say(this.#told, right ? `✓ ${fault.explains}` : choice.value && "✗ That would look otherwise. Compare with ◌.");
      if (right) this.#act.solved(1);
    });
    const asked = "Behind it in outline (◌) the same server when all is well, with the same requests. Something has";
    this.element.replaceChildren(element("strong", {}, "⚑ What is wrong? "), asked, " changed: ", choice, this.#told);
  }
}

function praise({ best }, slots) {
  if (best === null) return `Right, in every run: ${several(slots, "slot")}.`;
  if (slots <= best) return `Right, in every run, and no cheaper one is known: ${several(slots, "slot")}.`;
  return `Right, in every run: ${several(slots, "slot")}; it can be done with ${best}.`;
}
