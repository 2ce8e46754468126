// The answer to a prediction, under a cover. The kernel may be busy when the cover goes: all of it happens here.
import { amount, comment } from "amount";
import { control, element } from "dom";

const [WIDTH, HEIGHT, EDGE] = [640, 92, 60];

function drawing(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Prediction and answer on one line from the least to the largest of all that is marked, 0 included if it is near. */
function line(guess, value, interval) {
  const marked = [value, ...interval, ...(guess === null ? [] : [guess])];
  let [low, high] = [Math.min(...marked), Math.max(...marked)];
  if (low > 0 && low < 0.7 * high) low = 0;
  if (low === high) [low, high] = [Math.min(0, 2 * low), Math.max(1, 2 * high)];
  const x = (at) => EDGE + ((WIDTH - 2 * EDGE) * (at - low)) / (high - low);
  const mark = (at, y, text, shape) => [shape, drawing("text", { x: x(at), y, "text-anchor": "middle" }, text)];
  const svg = drawing("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "sim-line", "aria-hidden": "true" });
  svg.append(drawing("line", { x1: EDGE / 2, x2: WIDTH - EDGE / 2, y1: 46, y2: 46, class: "sim-axis" }));
  if (interval.length) {
    const [from, to] = interval.map(x);
    svg.append(drawing("rect", { x: from, width: Math.max(to - from, 2), y: 38, height: 16, class: "sim-interval" }));
  }
  svg.append(...mark(value, 84, "answer", drawing("circle", { cx: x(value), cy: 46, r: 9, class: "sim-value" })));
  if (guess !== null) {
    const points = `${x(guess) - 9},24 ${x(guess) + 9},24 ${x(guess)},44`;
    svg.append(...mark(guess, 17, "your prediction", drawing("polygon", { points, class: "sim-guess" })));
  }
  return svg;
}

function cover(uncover) {
  const button = control("button", { type: "button" }, "Show anyway");
  button.addEventListener("click", uncover);
  return element(
    "div",
    { class: "sim-cover" },
    element("p", {}, "The answer is covered. Commit your prediction above, or"),
    button,
  );
}

function uncovered(committed, model, unit) {
  const [value, interval] = [model.get("value"), model.get("interval")];
  const bounds = interval.length
    ? ` (${model.get("interval_of")}: ${amount(interval[0])} to ${amount(interval[1], unit)})`
    : "";
  const guess = committed ? committed.number : null;
  const told = committed
    ? `You predicted ${amount(guess, unit)}. ${comment(guess, value, interval)}`
    : "You did not predict: was it what you would have said?";
  const because = committed?.reason ? [element("p", {}, `Read on: does your reason hold? “${committed.reason}”`)] : [];
  return element(
    "div",
    { class: "sim-uncovered", tabindex: "-1" },
    element("p", {}, "The answer: ", element("strong", {}, amount(value, unit)), `${bounds}.`),
    line(guess, value, interval),
    element("p", {}, told),
    ...because,
  );
}

export default {
  async render({ model, el }) {
    const prediction = await model.widget_manager.get_model(model.get("prediction").slice("IPY_MODEL_".length));
    // the region is there before its text changes: screen readers then say what is uncovered
    const root = element("section", { class: "sim sim-predict", "aria-label": "Answer", "aria-live": "polite" });
    let asked = false;
    const draw = () => {
      const committed = prediction.get("committed");
      const open = asked || committed;
      root.replaceChildren(open ? uncovered(committed, model, prediction.get("unit")) : cover(show));
    };
    const show = () => {
      asked = true;
      draw();
      root.firstChild.focus();
    };
    draw();
    el.append(root);
    prediction.on("change:committed", draw);
    return () => prediction.off("change:committed", draw);
  },
};
