// Predict first: numbers and a reason, committed before the run is uncovered, compared with it and with other luck.
import { PARTS } from "amount";
import { control, element, say } from "dom";
import { luckInWords } from "luck";
import { brief, count, cycleName, errorsOf, missed } from "words";

const MOST_REASON = 200; // characters

/** How far a guess is from the number that it was about. */
export function distance(guess, value) {
  if (guess === value) return "exactly";
  if (value === 0) return "there are none";
  if (guess === 0) return "there are some";
  const times = guess / value;
  if (times > 0.9 && times < 1.1) return "close";
  if (times > 1) return `${brief(times, 2)} times as many`;
  const part = Math.round(value / guess);
  const near = Math.abs(value / guess - part) < 0.15 * part && part >= 2;
  return near && part < PARTS.length ? `${PARTS[part]} of it` : `${brief(100 * times, 2)} % of it`;
}

/** "SYNC: 94; you said 10: a ninth of it. Among 20 other seeds (5 to 121) 10 would not have been strange." */
export function judged(guess, value, others, run) {
  const told = `${cycleName(run)}: ${count(value)}; you said ${count(guess)}: ${distance(guess, value)}.`;
  if (!others) return told;
  const [least, most] = [Math.min(...others), Math.max(...others)];
  const range = least === most ? `all: ${count(least)}` : `${count(least)} to ${count(most)}`;
  const strange = guess < least || guess > most;
  const luck = strange ? "none is as far off as that" : `${count(guess)} would not have been strange`;
  return `${told} Among ${others.length} other seeds (${range}) ${luck}.`;
}

/**
 * What a guess was worth beside these runs and other luck (`others`: errors by run); without one, what the dots say.
 */
export function verdict(guess, runs, others) {
  const told = Object.entries(guess?.numbers ?? {}).map(([name, number]) =>
    judged(number, missed(runs[name].head), others[name], name),
  );
  if (guess?.reason) told.push(`Does your reason hold: “${guess.reason}”?`);
  if (!told.length && others.sync)
    told.push(`${errorsOf(runs.sync.head)} in SYNC. The dots: ${luckInWords(others.sync)}`);
  return told.join(" ");
}

/**
 * The question with its fields, or what was committed. `onCommit` takes {numbers by run, reason}, or null: taken back.
 */
export class Guess {
  element = element("div", { class: "sim-commit" });
  /** @type {{numbers: Record<string, number>, reason: string} | null} */
  committed = null;
  #runs;
  #onCommit;
  #requests = 0;

  constructor(runs, onCommit) {
    this.#runs = runs;
    this.#onCommit = onCommit;
  }

  /** Ask about a run of so many requests; show what was committed, if anything was. */
  ask(requests, committed) {
    this.#requests = requests;
    this.committed = committed;
    const hadFocus = this.element.contains(document.activeElement);
    const body = committed ? this.#promise(committed) : this.#form();
    this.element.replaceChildren(body);
    if (hadFocus) (committed ? body : (body.querySelector("input") ?? body)).focus();
  }

  #change(committed) {
    this.ask(this.#requests, committed);
    this.#onCommit(committed);
  }

  #promise({ numbers, reason }) {
    const said = Object.entries(numbers).map(([run, number]) => `${cycleName(run)}: ${count(number)}`);
    const back = control("button", { type: "button" }, "Take it back");
    back.addEventListener("click", () => this.#change(null));
    const told = element(
      "span",
      { class: "sim-said" },
      "You said ",
      element("strong", {}, said.join(", ")),
      reason ? `, because ${reason}.` : ".",
    );
    return control("p", { class: "sim-promise", tabindex: "-1" }, told, " Now press Play. ", back);
  }

  #form() {
    const fields = Object.fromEntries(this.#runs.map((run) => [run, this.#field(run)]));
    const reason = control("input", {
      type: "text",
      maxlength: MOST_REASON,
      "aria-label": "Because",
      placeholder: "because …",
      autocomplete: "off",
    });
    const wrong = element("span", { class: "sim-wrong", role: "alert" });
    const question = element(
      "span",
      {},
      element("strong", {}, "Predict: "),
      `how many of ${count(this.#requests)} get an error?`,
    );
    const labels = Object.entries(fields).map(([run, field]) => element("label", {}, `${cycleName(run)} `, field));
    const commit = control("button", { type: "submit" }, "Commit");
    const form = element("form", { novalidate: "" }, question, ...labels, reason, commit, wrong);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const complaint = this.#complaint(fields);
      say(wrong, complaint ? complaint[1] : "");
      if (complaint) return complaint[0].focus();
      const numbers = Object.fromEntries(Object.entries(fields).map(([run, field]) => [run, field.valueAsNumber]));
      this.#change({ numbers, reason: reason.value.trim() });
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
      event.preventDefault(); // JupyterLab swallows the submission that a form makes of it
      form.requestSubmit();
    });
    return form;
  }

  #field(run) {
    const bounds = { min: 0, max: this.#requests, step: 1, inputmode: "numeric", autocomplete: "off" };
    const field = control("input", {
      type: "number",
      "aria-label": `${cycleName(run)}: how many get an error`,
      ...bounds,
    });
    return /** @type {HTMLInputElement} */ (field);
  }

  /** The first field that cannot be committed, and why; null if all can. */
  #complaint(fields) {
    for (const field of Object.values(fields)) {
      const number = field.valueAsNumber;
      if (!Number.isInteger(number)) return [field, "A whole number, such as 12."];
      if (number < 0 || number > this.#requests)
        return [field, `From 0 to ${count(this.#requests)}: so many requests there are.`];
    }
    return null;
  }
}

/** Whether something could have been committed here. */
export function isGuess(guess) {
  if (typeof guess?.reason !== "string" || guess.reason.length > MOST_REASON) return false;
  const numbers = Object.entries(Object(guess.numbers));
  return (
    numbers.length > 0 &&
    numbers.every(([run, number]) => cycleName(run) && Number.isInteger(number) && number >= 0 && number < 1e9)
  );
}
