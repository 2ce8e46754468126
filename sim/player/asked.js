// A slide's question, answered on the slide: a number and a reason, committed before the answer is uncovered.
import answer from "answer";
import { control, element } from "dom";
import { Kept, keptLine } from "kept";
import question from "question";

const MOST_REASON = 500; // characters

/** What a notebook's kernel holds for the question and for its answer, held by the page. */
class Held {
  #values;
  #told = new Map();

  constructor(values) {
    this.#values = values;
  }

  get(name) {
    return this.#values[name];
  }

  set(name, value) {
    this.#values[name] = value;
    for (const tell of this.#told.get(`change:${name}`) ?? []) tell();
  }

  save_changes() {}

  on(event, tell) {
    this.#told.set(event, [...(this.#told.get(event) ?? []), tell]);
  }

  off(event, tell) {
    this.#told.set(
      event,
      (this.#told.get(event) ?? []).filter((told) => told !== tell),
    );
  }
}

/** The place of a question: its form, then what was committed, then the answer. `kept` remembers it under `name`. */
class Asked {
  element = element("div", { class: "asked" });
  #data;
  #kept;
  #name;
  #held;
  #answer = element("div");
  #uncover = control("button", { type: "button", class: "uncover" }, "Uncover the answer");

  constructor(text, data, kept, name) {
    this.#data = data;
    this.#kept = kept;
    this.#name = name;
    const before = kept.get(name);
    this.#held = new Held({
      question: text,
      unit: data.unit,
      asks_reason: true,
      least: 0,
      most: data.most ? Number(data.most) : null,
      committed: before ? { number: before.number, reason: before.reason } : null,
      seen: Boolean(before?.seen),
    });
    const asked = element("div");
    question.render({ model: this.#held, el: asked });
    this.element.append(asked, this.#uncover, this.#answer);
    this.#uncover.addEventListener("click", () => this.#show());
    for (const change of ["change:committed", "change:seen"]) this.#held.on(change, () => this.#changed());
    if (this.#held.get("seen")) this.#show();
    this.#look();
  }

  /** As it was before anybody guessed. */
  forget() {
    this.#answer.replaceChildren();
    this.#held.set("seen", false);
    this.#held.set("committed", null);
  }

  #changed() {
    const [committed, seen] = [this.#held.get("committed"), this.#held.get("seen")];
    this.#kept.set(this.#name, committed && { ...committed, seen });
    this.#look();
  }

  #look() {
    this.#uncover.hidden = !this.#held.get("committed") || this.#held.get("seen");
    this.element.classList.toggle("uncovered", this.#held.get("seen"));
    this.element.closest("section")?.classList.toggle("answered", this.#held.get("seen"));
  }

  #show() {
    const held = new Held({
      prediction: "IPY_MODEL_question",
      value: Number(this.#data.value),
      others: JSON.parse(this.#data.others),
      interval: [],
      interval_of: "",
    });
    Object.assign(held, { widget_manager: { get_model: async () => this.#held } });
    answer.render({ model: held, el: this.#answer }).then(() => {
      this.#answer.querySelector(".sim-uncovered")?.focus();
    });
  }
}

function isSound(stored) {
  const { number, reason, seen } = Object(stored);
  return (
    Number.isFinite(number) && typeof reason === "string" && reason.length <= MOST_REASON && typeof seen === "boolean"
  );
}

/** Let every question of the slides be answered; `turn` turns the slide for a key that does so, also from a field. */
export function ask(slides, turn) {
  const kept = new Kept("guesses of the slides", isSound);
  const questions = [...slides.querySelectorAll(".guess[data-value]")];
  const asked = questions.map((place) => {
    const text = place.textContent.replace(/^Your guess: /, "");
    const made = new Asked(text[0].toUpperCase() + text.slice(1), place.dataset, kept, `${document.title}: ${text}`);
    place.replaceWith(made.element);
    made.element.closest("section").classList.add("asks");
    made.element.addEventListener("keydown", (event) => {
      event.stopPropagation(); // the slides have keys of their own
      turn(event);
    });
    return made;
  });
  const looks = asked.map((made) => {
    made.element.append(
      keptLine([kept], () => {
        for (const each of asked) each.forget();
      }),
    );
    return kept.onChange;
  });
  kept.onChange = () => {
    for (const look of looks) look();
  };
}
