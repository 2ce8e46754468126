// What goes wrong, in the drawing: the full line, the worker gone dark, the retry set, what is dead and lost, the core.
import { numbered } from "people";
import { write } from "tokens";
import { count, several } from "words";

const WORKER_BOX = [192, 160, 228, 152]; // Application Code 2
const SHELF = [96, 236]; // where the retry set stands, in ASYNC

/** The router's word of those that it has turned away. */
function turnedAway({ ctx, colours, replay, t }) {
  const rejected = replay.until(t, () => replay.rejections);
  if (!rejected) return;
  write(ctx, count(rejected), 42, 124, { colour: colours.late, weight: "bold", align: "center" });
  write(ctx, "turned away", 42, 140, { colour: colours.late, align: "center", size: 14 });
}

/** The worker's box goes dark while the application is stopped. */
function darkness({ ctx, colours, replay, t }) {
  const stopped = replay.stoppedAt(t);
  if (!stopped) return;
  const [x, y, width, height] = WORKER_BOX;
  ctx.globalAlpha = 0.72;
  ctx.fillStyle = colours.ink;
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, 8);
  ctx.fill();
  ctx.globalAlpha = 1;
  const [, until] = stopped;
  const words = until < Infinity ? `stopped: back in ${Math.ceil(until - t)} s` : "stopped";
  ctx.fillStyle = colours.paper;
  ctx.fillRect(x + 22, y + height / 2 - 14, width - 44, 28);
  write(ctx, words, x + width / 2, y + height / 2 + 1, { colour: colours.ink, align: "center", weight: "bold" });
}

/** Jobs that wait for their next run, and those that will get none. */
function retrySet({ ctx, colours, replay, t }) {
  if (!replay.hasRetries) return;
  const { jobs, next } = replay.retrySet(t);
  const { dead, lost } = replay.gone(t);
  const [x, y] = SHELF;
  ctx.strokeStyle = colours.soft;
  ctx.lineWidth = 1.5;
  ctx.strokeRect(x, y - 12, 92, 72);
  const lines = [
    [`retry set: ${jobs}`, jobs ? colours.ink : colours.soft, jobs ? "bold" : ""],
    [jobs && next !== null ? `next in ${Math.ceil(next - t)} s` : "", colours.soft, ""],
    [dead ? `✝ ${dead} dead` : "", colours.late, "bold"],
    [lost ? `✕ ${lost} lost` : "", colours.late, "bold"],
  ];
  let row = 0;
  for (const [text, colour, weight] of lines) {
    if (!text) continue;
    write(ctx, text, x + 5, y + row * 16, { colour, weight, size: 14 });
    row++;
  }
}

/** On the lane of whose run is not the first: how often the job was begun. Beside it, whether it comes to nothing. */
export function runMark(view, run, x, y) {
  if (run.number > 0) numbered(view, run.number + 1, x, y, 8);
}

/** On the lane of who computes: the core, which one thread holds at a time. */
export function coreMark({ ctx, colours }, x, y, height) {
  const width = 38;
  ctx.fillStyle = colours.good;
  ctx.beginPath();
  ctx.roundRect(x - width, y, width, height, 3);
  ctx.fill();
  write(ctx, "core", x - width / 2, y + height / 2 + 1, {
    colour: colours.paper,
    align: "center",
    weight: "bold",
    size: Math.min(14, height),
  });
}

/** How long the line of those who compute is. */
function coreLine({ ctx, colours, replay, t }) {
  const { lab } = replay;
  if (!lab.at_cores) return;
  const held = replay.computing(t).size;
  const waits = replay.waitForCore(t);
  const text = `${held} of ${several(lab.at_cores.slots, "core")} busy${waits ? `, ${waits} wait` : ""}`;
  write(ctx, text, 502, 13, { colour: held ? colours.ink : colours.soft, align: "right", size: 14 }); // above the box
}

/** All that is drawn over the scenery where more goes wrong. */
export function mishaps(view) {
  turnedAway(view);
  coreLine(view);
  if (!view.layout.isAsync) return;
  retrySet(view);
  darkness(view);
}
