// A question that takes a number and a reason, once: they can be taken back until the answer is seen.
import { amount, doubt } from "amount";
import { control, element, say } from "dom";

const LONGEST = 500; // characters of a reason
let shown = 0; // labels need ids of their own, also where one question is shown twice

/**
 * What is still to be said before these are committed, and where; null where nothing is. `asked`: what was asked about.
 */
function objection(number, reason, model, asked) {
  const value = number.valueAsNumber;
  if (Number.isNaN(value)) return [number, "A number first, such as 12 or 0.5."];
  const doubted = doubt(value, model.get("least"), model.get("most"), model.get("unit"));
  if (doubted && asked !== value) return [number, `${doubted} Commit it once more if you mean it.`];
  if (model.get("asks_reason") && !reason.value.trim()) return [reason, "And why? A few words are enough."];
  return null;
}

function commitsOn(field, form, isEnough) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !isEnough(event)) return;
    event.preventDefault(); // JupyterLab swallows the submission that a form makes of it
    form.requestSubmit();
  });
}

function form(model, commit) {
  const id = `sim-question-${++shown}`;
  const described = { "aria-describedby": `${id}-wrong` };
  const number = control("input", {
    id: `${id}-number`,
    type: "number",
    step: "any",
    autocomplete: "off",
    ...described,
  });
  const reason = control("textarea", { id: `${id}-reason`, rows: "2", maxlength: LONGEST, ...described });
  const wrong = element("p", { id: `${id}-wrong`, class: "sim-wrong", role: "alert" });
  const submit = control("button", { type: "submit", class: "sim-first" }, "Commit");
  const made = element(
    "form",
    { class: "sim-ask", novalidate: "" },
    element("label", { for: number.id }, "I predict"),
    element("span", {}, number, ` ${model.get("unit")}`),
    ...(model.get("asks_reason") ? [element("label", { for: reason.id }, "because"), reason] : []),
    element("span", {}, submit, " or Shift+Enter"),
    wrong,
  );
  let asked = null;
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const [field, told] = objection(number, reason, model, asked) ?? [null, ""];
    asked = number.valueAsNumber;
    say(wrong, told);
    if (field) field.focus();
    else commit({ number: number.valueAsNumber, reason: reason.value.trim().slice(0, LONGEST) });
  });
  commitsOn(number, made, () => true);
  commitsOn(reason, made, (event) => event.shiftKey || event.ctrlKey || event.metaKey);
  return made;
}

function promise(model, takeBack) {
  const { number, reason } = model.get("committed");
  const told = element(
    "p",
    { class: "sim-committed", tabindex: "-1" },
    "You predict ",
    element("strong", {}, amount(number, model.get("unit"))),
  );
  told.append(reason ? `, because: ${reason} ` : ". ");
  if (model.get("seen")) return told;
  const button = control("button", { type: "button" }, "Take it back");
  button.addEventListener("click", takeBack);
  told.append(button);
  return told;
}

export default {
  render({ model, el }) {
    const root = element("div", { class: "sim sim-predict", role: "region", "aria-label": "Prediction" });
    const commit = (committed) => {
      model.set("committed", committed);
      model.save_changes();
    };
    const draw = () => {
      const hadFocus = root.contains(document.activeElement);
      const body = model.get("committed") ? promise(model, () => commit(null)) : form(model, commit);
      root.replaceChildren(
        element("p", { class: "sim-asked" }, element("strong", {}, "Predict: "), model.get("question")),
        body,
      );
      if (hadFocus) (body.querySelector("input") ?? body).focus();
    };
    draw();
    el.append(root);
    const changes = ["change:committed", "change:seen"];
    for (const change of changes) model.on(change, draw);
    return () => {
      for (const change of changes) model.off(change, draw);
    };
  },
};
