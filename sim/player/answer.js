// The answer to a prediction, under a cover. The kernel may be busy when the cover goes: all of it happens here.
import { amount, comment, luck, within } from "amount";
import { control, element } from "dom";

const [WIDTH, HEIGHT, EDGE, DOTS, DOT] = [640, 92, 60, 44, 9];

function drawing(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** From the least to the largest of all that is marked, 0 included if it is near: where a value stands on the line. */
function scale(marked) {
  let [low, high] = [Math.min(...marked), Math.max(...marked)];
  if (low > 0 && low < 0.7 * high) low = 0;
  if (low === high) [low, high] = [Math.min(0, 2 * low), Math.max(1, 2 * high)];
  return (at) => EDGE + ((WIDTH - 2 * EDGE) * (at - low)) / (high - low);
}

/** A dot for each of the other runs, those of one place on top of each other. */
function dots(others, x) {
  const piles = new Map();
  for (const other of others) {
    const place = Math.round(x(other) / DOT);
    piles.set(place, (piles.get(place) ?? 0) + 1);
  }
  const step = Math.min(DOT, (DOTS - DOT) / Math.max(...piles.values()));
  const made = [];
  for (const [place, count] of piles) {
    for (let level = 0; level < count; level++) {
      const cy = HEIGHT + DOTS - DOT / 2 - level * step;
      made.push(drawing("circle", { cx: place * DOT, cy, r: DOT / 2 - 0.5, class: "sim-other" }));
    }
  }
  const text = `${others.length} other runs, a dot each`;
  return [...made, drawing("text", { x: WIDTH / 2, y: HEIGHT + DOTS + 18, "text-anchor": "middle" }, text)];
}

/** Prediction, answer and other runs over one line. */
function line(guess, value, interval, others) {
  const x = scale([value, ...interval, ...others, ...(guess === null ? [] : [guess])]);
  const height = HEIGHT + (others.length ? DOTS + 26 : 0);
  const mark = (at, y, text, shape) => [shape, drawing("text", { x: x(at), y, "text-anchor": "middle" }, text)];
  const svg = drawing("svg", { viewBox: `0 0 ${WIDTH} ${height}`, class: "sim-line", "aria-hidden": "true" });
  svg.append(drawing("line", { x1: EDGE / 2, x2: WIDTH - EDGE / 2, y1: 46, y2: 46, class: "sim-axis" }));
  if (interval.length) {
    const [from, to] = interval.map(x);
    svg.append(drawing("rect", { x: from, width: Math.max(to - from, 2), y: 38, height: 16, class: "sim-interval" }));
  }
  if (others.length) svg.append(...dots(others, x));
  svg.append(...mark(value, 80, "answer", drawing("circle", { cx: x(value), cy: 46, r: 9, class: "sim-value" })));
  if (guess !== null) {
    const points = `${x(guess) - 9},24 ${x(guess) + 9},24 ${x(guess)},44`;
    svg.append(...mark(guess, 17, "your prediction", drawing("polygon", { points, class: "sim-guess" })));
  }
  return svg;
}

function cover(uncover) {
  const button = control("button", { type: "button" }, "Show anyway");
  button.addEventListener("click", uncover);
  const told = element("p", {}, "The answer is covered. Commit your prediction above, or");
  return element("div", { class: "sim-cover" }, told, button);
}

/** Between what the answer lies, or what other runs say, in brackets. */
function bounds(interval, others, of, unit) {
  if (interval.length) return ` (${of}: ${amount(interval[0])} to ${amount(interval[1], unit)})`;
  if (!others.length) return "";
  return ` (${others.length} other runs: ${amount(Math.min(...others))} to ${amount(Math.max(...others), unit)})`;
}

/** Of the prediction: beside this answer first, and then beside other luck. */
function verdict(guess, value, interval, others, unit) {
  const far = within(guess, value, interval) || comment(guess, value);
  return `You predicted ${amount(guess, unit)}. ${far} ${luck(guess, value, others)}`.trim();
}

function uncovered(committed, model, unit) {
  const [value, interval, others] = ["value", "interval", "others"].map((name) => model.get(name));
  const guess = committed ? committed.number : null;
  const told = committed
    ? verdict(guess, value, interval, others, unit)
    : "You did not predict: was it what you would have said?";
  const because = committed?.reason ? [element("p", {}, `Read on: does your reason hold? “${committed.reason}”`)] : [];
  return element(
    "div",
    { class: "sim-uncovered", tabindex: "-1" },
    element(
      "p",
      {},
      "The answer: ",
      element("strong", {}, amount(value, unit)),
      `${bounds(interval, others, model.get("interval_of"), unit)}.`,
    ),
    line(guess, value, interval, others),
    element("p", {}, told),
    ...because,
  );
}

export default {
  async render({ model, el }) {
    const prediction = await model.widget_manager.get_model(model.get("prediction").slice("IPY_MODEL_".length));
    // the region is there before its text changes: screen readers then say what is uncovered
    const root = element("div", {
      class: "sim sim-predict",
      role: "region",
      "aria-label": "Answer",
      "aria-live": "polite",
    });
    let asked = false;
    const draw = () => {
      const committed = prediction.get("committed");
      const open = asked || committed;
      root.replaceChildren(open ? uncovered(committed, model, prediction.get("unit")) : cover(show));
      if (open && !prediction.get("seen")) {
        prediction.set("seen", true); // from now on nothing is taken back
        prediction.save_changes();
      }
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
