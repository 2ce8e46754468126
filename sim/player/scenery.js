// What stands still: the stations of the slides, the dashed boxes round them and the arrows between them.
import { TAU, write } from "tokens";
import { hopName, stackName } from "words";

export const WIDTH = 584;
export const HEIGHT = 318;

/** @type {Record<string, Box>} */
const BOXES = {
  computer: [0, 42, 70, 28, "Computer"],
  router: [85, 43, 26, 26],
  web_server: [125, 36, 60, 40, "Web", "Server"],
  middleware: [200, 42, 92, 28, "Middleware"],
  routes: [200, 80, 92, 28, "routes.rb"],
  controller: [308, 80, 104, 28, "controller.rb"],
  model: [308, 42, 104, 28, "model.rb"],
  database: [428, 42, 74, 28, "Database"],
};
/** @type {Record<string, Box>} */
const ON_THREAD = { external: [518, 80, 62, 44, "HTTP", "Request"] };
/** @type {Record<string, Box>} */
const IN_WORKER = { external: [518, 268, 62, 44, "HTTP", "Request"] };
/** @type {Record<string, Box>} */
const QUEUED = { queue: [428, 184, 74, 28, "Queue"], worker_rb: [336, 184, 76, 28, "worker.rb"] };
/** @type {Box[]} for stations that the slides do not have */
const FREE = [
  [428, 84, 74, 28],
  [428, 120, 74, 28],
];
const FLOOR = 178; // where the second application begins
const ARROWS = [
  "computer-router",
  "router-web_server",
  "web_server-middleware",
  "middleware>routes",
  "routes>controller",
  "controller>middleware",
];

/** What a cycle needs drawn: whether there are workers, and what is left to them: a report's call, a page's lookup. */
export function layoutOf({ page, report }) {
  const [callLater, lookupLater] = [report, page].map(({ worker }) => worker.length > 0);
  const drawn = { ...BOXES, ...QUEUED, ...ON_THREAD };
  const others = [...new Set([page, report].flatMap(({ thread, worker }) => [...thread, ...worker]))];
  const more = others.filter((hop) => !(hop in drawn));
  return { isAsync: callLater || lookupLater, callLater, lookupLater, more };
}

/** The stations of a cycle by name: [x, y, width, height, ...lines of the label].
 * @returns {Record<string, Box>} */
export function boxesOf({ isAsync, callLater, more }) {
  const others = more.map((hop, n) => [hop, [...FREE[n % FREE.length], hopName(hop)]]);
  const stations = { ...BOXES, ...(isAsync ? QUEUED : {}), ...(callLater ? IN_WORKER : ON_THREAD) };
  return { ...stations, ...Object.fromEntries(others) };
}

function arrowsOf({ isAsync, callLater, lookupLater }) {
  const lookup = lookupLater ? ["worker_rb-database"] : ["controller-model", "model-database"];
  return [...ARROWS, ...lookup, ...(isAsync ? ["queue>worker_rb"] : []), ...(callLater ? [] : ["controller-external"])];
}

/** Where in the drawing of a layout a point lies: "threads", "workers", "below" (right of them) or "outside". */
export function zoneOf({ isAsync }, [x, y]) {
  if (x > 192 && x < 420 && y > 20) return isAsync && y > FLOOR ? "workers" : "threads";
  return x >= 420 && y > 150 ? "below" : "outside";
}

/** @type {(box: Box) => Point} */
export const centre = ([x, y, width, height]) => [x + width / 2, y + height / 2];

function dashed(view, x, y, width, height, label) {
  const { ctx, colours } = view;
  ctx.strokeStyle = colours.soft;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([6, 4]);
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, 8);
  ctx.stroke();
  ctx.setLineDash([]);
  write(ctx, label, x + 9, y + 11, { colour: colours.soft });
}

/** The stations and what lies between them. `view` is {ctx, colours, layout, boxes}. */
export function scenery(view) {
  const { ctx, colours, layout, boxes } = view;
  const { isAsync } = layout;
  dashed(view, 88, 2, 422, HEIGHT - 4, "Cloud Infrastructure");
  dashed(view, 192, 20, 228, isAsync ? FLOOR - 24 : HEIGHT - 26, "Application Code");
  if (isAsync) dashed(view, 192, FLOOR, 228, HEIGHT - FLOOR - 6, "");
  if (isAsync) write(ctx, "Application Code 2", 201, 198, { colour: colours.soft });
  for (const name of arrowsOf(layout)) arrow(view, name);
  if (isAsync) asyncArrows(view);
  for (const [name, [x, y, width, height, ...own]] of Object.entries(boxes)) {
    if (!own.length) continue;
    const other = stackName(name);
    const lines = other ? [other] : own;
    ctx.fillStyle = colours.paper;
    ctx.strokeStyle = colours.ink;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.roundRect(x, y, width, height, 5);
    ctx.fill();
    ctx.stroke();
    lines.forEach((line, row) => {
      const middle = y + height / 2 + (row - (lines.length - 1) / 2) * 17;
      write(ctx, line, x + width / 2, middle, { colour: colours.ink, align: "center" });
    });
  }
}

/**
 * The router stands where the cloud begins and looks at its watch: the hand tells how long the oldest request waits.
 */
export function watch({ ctx, colours, boxes, replay, t }) {
  const [left, top, width] = boxes.router;
  const [x, y, r] = [left + width / 2, top + width / 2, width / 2];
  const { timeout } = replay.records;
  const turn = TAU * Math.min(1, replay.longestWait(t) / timeout) - TAU / 4;
  ctx.fillStyle = colours.paper;
  ctx.beginPath();
  ctx.arc(x, y, r, 0, TAU);
  ctx.fill();
  ctx.fillStyle = colours.faint;
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.arc(x, y, r, -TAU / 4, turn);
  ctx.fill();
  ctx.strokeStyle = colours.ink;
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.arc(x, y, r, 0, TAU);
  ctx.moveTo(x, y);
  ctx.lineTo(x + (r - 3) * Math.cos(turn), y + (r - 3) * Math.sin(turn));
  ctx.stroke();
  ctx.strokeStyle = colours.late;
  ctx.beginPath();
  ctx.moveTo(x, y - r - 3);
  ctx.lineTo(x, y - r + 5); // where the hand may not arrive
  ctx.stroke();
  write(ctx, "Router", x, y + r + 10, { colour: colours.ink, align: "center", size: 14 });
}

function arrow(view, name) {
  const both = name.includes("-");
  const [from, to] = name.split(/[->]/).map((end) => view.boxes[end]);
  const [start, end] = [rim(from, centre(to)), rim(to, centre(from))];
  line(view, start, end, both);
}

function line(view, start, end, both) {
  const { ctx, colours } = view;
  ctx.strokeStyle = ctx.fillStyle = colours.soft;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(...start);
  ctx.lineTo(...end);
  ctx.stroke();
  head(ctx, start, end);
  if (both) head(ctx, end, start);
}

/** The push, round the corner, and the workers' way out. */
function asyncArrows(view) {
  const { ctx, colours } = view;
  ctx.strokeStyle = colours.soft;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(412, 94);
  ctx.lineTo(465, 94);
  ctx.stroke();
  line(view, [465, 94], [465, 184], false);
  if (view.layout.callLater) line(view, [412, 300], [518, 300], true);
}

/** Where the line from a box's centre to `target` leaves the box.
 * @returns {Point} */
function rim(box, [x, y]) {
  const [cx, cy] = centre(box);
  const [dx, dy] = [x - cx, y - cy];
  const part = Math.min(box[2] / 2 / Math.abs(dx || 1e-9), box[3] / 2 / Math.abs(dy || 1e-9), 1);
  return [cx + dx * part, cy + dy * part];
}

function head(ctx, [x0, y0], [x, y]) {
  const angle = Math.atan2(y - y0, x - x0);
  ctx.beginPath();
  ctx.moveTo(x, y);
  for (const turn of [-0.45, 0.45]) ctx.lineTo(x - 7 * Math.cos(angle + turn), y - 7 * Math.sin(angle + turn));
  ctx.fill();
}
