// Load over time, where more goes wrong: first attempts, retries and polls, stacked, as Python's plot has it
// (sim/plots/load.py).
import { control, element, stand } from "dom";
import { drawing } from "luck";
import { POLL } from "ways";
import { brief, count, cycleName } from "words";

const STRETCHES = 60; // about so many fit side by side
const NICE = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600]; // seconds that people count in
const [WIDTH, HEIGHT, LEFT, BASE, TOP] = [440, 120, 46, 98, 6];
const PARTS = [
  ["first attempts", "sim-load-first"],
  ["retries", "sim-load-retries"],
  ["polls", "sim-load-polls"],
];

/** How many first attempts, retries and polls arrive in each stretch of `width` seconds, up to `until` and beyond. */
export function loadOf({ arrived_at: arrivedAt, lab: { kind, attempt } }, until) {
  const width = NICE.find((nice) => nice >= until / STRETCHES) ?? NICE[NICE.length - 1];
  const stretches = Math.floor(until / width) + 1;
  const parts = PARTS.map(() => new Uint32Array(stretches));
  for (let id = 0; id < arrivedAt.length; id++) {
    const part = kind[id] === POLL ? 2 : attempt[id] > 0 ? 1 : 0;
    parts[part][Math.floor(arrivedAt[id] / width)]++;
  }
  return { width, parts };
}

const total = (part) => part.reduce((sum, arrivals) => sum + arrivals, 0);

/** "SYNC: 1,965 first attempts, 3,739 retries." */
function inWords(name, parts) {
  const told = parts.flatMap((part, n) => (total(part) ? [`${count(total(part))} ${PARTS[n][0]}`] : []));
  return `${cycleName(name)}: ${told.join(", ") || "nobody comes"}`;
}

/** Steps from left to right between two heights. */
function steps(below, above, x, y) {
  const there = above.flatMap((height, n) => [`${x(n)},${y(height)}`, `${x(n + 1)},${y(height)}`]);
  const back = below.flatMap((height, n) => [`${x(n)},${y(height)}`, `${x(n + 1)},${y(height)}`]).reverse();
  return [...there, ...back].join(" ");
}

/** Lines and dots, so that colour is not the only sign. */
function patterns() {
  const lines = drawing("pattern", { id: "sim-lines", width: 5, height: 5, patternUnits: "userSpaceOnUse" });
  lines.append(drawing("path", { d: "M0,5 L5,0", class: "sim-load-lines" }));
  const dots = drawing("pattern", { id: "sim-dotted", width: 5, height: 5, patternUnits: "userSpaceOnUse" });
  dots.append(drawing("circle", { cx: 2.5, cy: 2.5, r: 1, class: "sim-load-dots" }));
  return drawing("defs", {}, lines, dots);
}

/** One run's; `isFirst`: it holds the patterns of all. */
function figure(name, { width, parts }, top, isFirst) {
  const stretches = parts[0].length;
  const x = (stretch) => LEFT + ((WIDTH - LEFT - 4) * stretch) / stretches;
  const y = (height) => BASE - ((BASE - TOP) * height) / top;
  const words = inWords(name, parts);
  const svg = drawing("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": `Load over time. ${words}`,
  });
  if (isFirst) svg.append(patterns());
  let below = Array.from(parts[0], () => 0);
  for (const [n, part] of parts.entries()) {
    const above = below.map((height, k) => height + part[k]);
    const points = steps(below, above, x, y);
    if (total(part))
      for (const kind of ["", "-sign"]) svg.append(drawing("polygon", { points, class: PARTS[n][1] + kind }));
    below = above;
  }
  const end = x(stretches);
  const label = (at, up, text, anchor) => drawing("text", { x: at, y: up, "text-anchor": anchor }, text);
  svg.append(drawing("line", { x1: LEFT, x2: end, y1: BASE, y2: BASE }));
  svg.append(label(LEFT - 6, TOP + 10, `${brief(top / width, 2)} /s`, "end"), label(LEFT - 6, BASE, "0", "end"));
  svg.append(label(LEFT, HEIGHT - 6, "0 s", "start"), label(end, HEIGHT - 6, `${stretches * width} s`, "end"));
  return element("figure", {}, element("figcaption", {}, words), svg);
}

const key = () =>
  PARTS.map(([word, style]) =>
    element("span", {}, element("span", { class: `sim-load-key ${style}-key`, "aria-hidden": "true" }), ` ${word} `),
  );

/** The figures behind a line to open them; not there where nothing goes wrong. */
export class Load {
  #figures = element("div", { class: "sim-load" });
  element = element(
    "details",
    { hidden: "", open: "" },
    control("summary", {}, "Load over time"),
    element("p", { class: "sim-caption" }, "Requests per second: ", ...key()),
    this.#figures,
  );

  /** Of runs [name, records] on one workload that ends at `endsAt` (s): one scale for all of them. */
  show(runs, endsAt) {
    stand(this.element, { hidden: !runs[0]?.[1].lab });
    if (this.element.hidden) return;
    const until = runs.reduce(
      (last, [, { arrived_at: at }]) => at.reduce((latest, one) => Math.max(latest, one), last),
      endsAt,
    );
    const loads = runs.map(([, records]) => loadOf(records, until));
    const heights = ({ parts }) => Array.from(parts[0], (_, n) => parts.reduce((sum, part) => sum + part[n], 0));
    const top = Math.max(1, ...loads.flatMap(heights));
    const figures = loads.map((load, n) => figure(runs[n][0], load, top, n === 0));
    this.#figures.replaceChildren(...figures);
  }
}
