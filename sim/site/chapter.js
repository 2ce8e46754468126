// A notebook to read: what follows its prediction is covered until somebody commits one; exercises mark themselves.
import { begin, control, element, say } from "dom";
import { marked } from "marking";
import question from "question";
import { Kept, sayWhatIsStrange } from "stored";

const data = JSON.parse(document.getElementById("data")?.textContent ?? "");
const SIGNS = { true: "✓ Right. ", false: "✗ Not yet. ", null: "… " };

/** Cover all that tells the answer, until it was predicted or somebody asks for it. */
function cover(asked) {
  const covered = /** @type {HTMLElement} */ (document.querySelector(".covered"));
  const prediction = new Kept(`${data.name}: notebook`, { ...asked, asks_reason: true, least: 0, most: null });
  const anyway = control("button", { type: "button" }, "Show anyway");
  const lid = element("p", { class: "lid" }, "What was seen, and why, is covered. Commit your prediction, or ", anyway);
  const open = () => {
    prediction.set("seen", true);
    prediction.save_changes();
    covered.classList.remove("is-closed");
    lid.remove();
  };
  anyway.addEventListener("click", () => {
    open();
    covered.setAttribute("tabindex", "-1");
    covered.focus();
  });
  question.render({ model: prediction, el: document.querySelector(".asked") });
  prediction.on("change:committed", () => prediction.get("committed") && !prediction.get("seen") && open());
  covered.before(lid);
  covered.classList.add("is-closed");
  if (prediction.get("seen")) open();
}

function field(number, parts, kind) {
  const label = ["letters", "names"].includes(kind)
    ? "The list"
    : `Your answer${parts > 1 ? `, number ${number + 1} of ${parts}` : ""}`;
  return control("input", { type: "text", "aria-label": label, autocomplete: "off", spellcheck: "false" });
}

/** A field for each number of the answer, and the mark below. */
function exercise(place) {
  const asked = data.exercises[place.dataset.exercise];
  const fields = Array.from({ length: asked.parts ?? 1 }, (_, number) => field(number, asked.parts, asked.kind));
  const mark = element("p", { class: "mark", role: "status" });
  const form = element("form", { class: "marking", novalidate: "" }, ...fields, control("button", {}, "Check"), mark);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [right, why] = marked(
      fields.map((input) => input.value),
      asked,
    );
    mark.classList.toggle("is-right", right === true);
    say(mark, SIGNS[right] + why);
  });
  place.append(form);
}

begin();
document.documentElement.classList.add("runs");
sayWhatIsStrange();
data.asked.forEach(cover);
for (const place of document.querySelectorAll(".exercise")) exercise(place);
