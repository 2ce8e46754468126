// A question that takes a number and a reason, once.
import { amount } from "amount";
import { control, element, say } from "dom";

let shown = 0; // labels need ids of their own, also where one question is shown twice

function form(model, commit) {
  const id = `sim-question-${++shown}`;
  const unit = model.get("unit");
  const number = control("input", {
    id: `${id}-number`,
    type: "number",
    step: "any",
    autocomplete: "off",
    "aria-describedby": `${id}-wrong`,
  });
  const reason = control("textarea", { id: `${id}-reason`, rows: "2", "aria-describedby": `${id}-wrong` });
  const wrong = element("p", { id: `${id}-wrong`, class: "sim-wrong", role: "alert" });
  const made = element(
    "form",
    { class: "sim-ask", novalidate: "" },
    element("label", { for: number.id }, "I predict"),
    element("span", {}, number, ` ${unit}`),
    ...(model.get("asks_reason") ? [element("label", { for: reason.id }, "because"), reason] : []),
    element("span", {}, control("button", { type: "submit", class: "sim-first" }, "Commit")),
    wrong,
  );
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const told = reason.value.trim();
    const lacks = Number.isNaN(number.valueAsNumber) ? number : model.get("asks_reason") && !told ? reason : null;
    say(
      wrong,
      lacks === number ? "A number first, such as 12 or 0.5." : lacks ? "And why? A few words are enough." : "",
    );
    if (lacks) lacks.focus();
    else commit({ number: number.valueAsNumber, reason: told });
  });
  number.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // JupyterLab swallows the submission that a form makes of it
    made.requestSubmit();
  });
  return made;
}

function promise(model) {
  const { number, reason } = model.get("committed");
  const told = element(
    "p",
    { class: "sim-committed", tabindex: "-1" },
    "You predict ",
    element("strong", {}, amount(number, model.get("unit"))),
  );
  told.append(reason ? `, because: ${reason}` : ".");
  return told;
}

export default {
  render({ model, el }) {
    const root = element("section", { class: "sim sim-predict", "aria-label": "Prediction" });
    const draw = () => {
      const hadFocus = root.contains(document.activeElement);
      const body = model.get("committed") ? promise(model) : form(model, commit);
      root.replaceChildren(
        element("p", { class: "sim-asked" }, element("strong", {}, "Predict: "), model.get("question")),
        body,
      );
      if (hadFocus) body.focus();
    };
    const commit = (committed) => {
      model.set("committed", committed);
      model.save_changes();
    };
    draw();
    el.append(root);
    model.on("change:committed", draw);
    return () => model.off("change:committed", draw);
  },
};
