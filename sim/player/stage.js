// The slides' drawing with a run on it: one canvas per cycle. Draws; decides nothing.
import { fit, hatched, outline, tick, token, write } from "tokens";
import { countUntil } from "replay";

const WIDTH = 584;
const HEIGHT = 318;
const FLIGHT = 0.35; // wall seconds from or to the computer: the network has no hop, so this is only for the eye
const WALK_FROM = 0.5; // wall seconds a page must last before tokens walk hop by hop
const TRACK = 84; // where a wide lane's clock begins, after the slot's number and who is in it
const NUMBERED = 13; // rows lower than this have no room for a number

const BOXES = {
  computer: [4, 42, 74, 28, "Computer"],
  web_server: [96, 42, 88, 28, "Web Server"],
  middleware: [200, 42, 92, 28, "Middleware"],
  routes: [200, 80, 92, 28, "routes.rb"],
  controller: [308, 80, 104, 28, "controller.rb"],
  model: [308, 42, 104, 28, "model.rb"],
  database: [428, 42, 74, 28, "Database"],
};
const SYNC_BOXES = { ...BOXES, external: [518, 80, 62, 44, "HTTP", "Request"] };
const ASYNC_BOXES = {
  ...BOXES,
  queue: [428, 168, 74, 28, "Queue"],
  worker_rb: [336, 168, 76, 28, "worker.rb"],
  external: [518, 268, 62, 44, "HTTP", "Request"],
};
const ARROWS = ["computer-web_server", "web_server-middleware", "middleware>routes", "routes>controller",
  "controller-model", "model-database", "controller>middleware"];
const SYNC_ARROWS = [...ARROWS, "controller-external"];
const ASYNC_ARROWS = [...ARROWS, "queue>worker_rb"];
const THREAD_LANES = { sync: [200, 134, 212, 176], async: [200, 116, 212, 34] };
const WORKER_LANES = [200, 200, 212, 110];

const centre = ([x, y, width, height]) => [x + width / 2, y + height / 2];

export class Stage {
  constructor(canvas, kind) {
    Object.assign(this, { canvas, kind, isAsync: kind === "async" });
    this.boxes = this.isAsync ? ASYNC_BOXES : SYNC_BOXES;
    this.arrows = this.isAsync ? ASYNC_ARROWS : SYNC_ARROWS;
    this.ctx = canvas.getContext("2d");
  }

  /** Draw the state at `t`. `speed`: simulated seconds per wall second, so that what passes too quickly is not drawn. */
  draw(replay, t, { speed, colours, still }) {
    fit(this.canvas);
    Object.assign(this, { replay, t, speed, colours, still, flight: still ? 0 : FLIGHT * speed });
    const { ctx, canvas } = this;
    const scale = Math.min(canvas.width / WIDTH, canvas.height / HEIGHT);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    ctx.setTransform(scale, 0, 0, scale, (canvas.width - WIDTH * scale) / 2, (canvas.height - HEIGHT * scale) / 2);
    this.#scenery();
    this.#backlog();
    const [threads, workers] = [replay.threadsAt(t), replay.workersAt(t)];
    this.#lanes(threads, THREAD_LANES[this.kind], replay.records.started_at, true);
    if (this.isAsync) this.#queue();
    if (this.isAsync) this.#lanes(workers, WORKER_LANES, replay.records.picked_up_at, false);
    this.#calls(this.isAsync ? workers : threads);
    if (this.#walks()) this.#walkers(threads);
    this.#flights();
  }

  #walks() {
    const { hop_times: hopTimes } = this.replay.workload;
    const page = this.replay.cycle.page.thread.reduce((sum, hop) => sum + hopTimes[hop], 0);
    return page / this.speed >= WALK_FROM;
  }

  #dashed(x, y, width, height, label) {
    const { ctx, colours } = this;
    ctx.strokeStyle = colours.soft;
    ctx.lineWidth = 1.5;
    ctx.setLineDash([6, 4]);
    ctx.beginPath();
    ctx.roundRect(x, y, width, height, 8);
    ctx.stroke();
    ctx.setLineDash([]);
    write(ctx, label, x + 9, y + 11, { colour: colours.soft });
  }

  #scenery() {
    const { ctx, colours, boxes, isAsync } = this;
    this.#dashed(88, 2, 422, HEIGHT - 4, "Cloud Infrastructure");
    this.#dashed(192, 20, 228, isAsync ? 134 : HEIGHT - 26, "Application Code");
    if (isAsync) this.#dashed(192, 160, 228, HEIGHT - 166, "");
    if (isAsync) write(ctx, "Application Code 2", 201, 182, { colour: colours.soft });
    for (const arrow of this.arrows) this.#arrow(arrow);
    if (isAsync) this.#asyncArrows();
    for (const [x, y, width, height, ...lines] of Object.values(boxes)) {
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

  #arrow(arrow) {
    const both = arrow.includes("-");
    const [from, to] = arrow.split(/[->]/).map((name) => this.boxes[name]);
    const [start, end] = [rim(from, centre(to)), rim(to, centre(from))];
    this.#line(start, end, both);
  }

  #line(start, end, both) {
    const { ctx, colours } = this;
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
  #asyncArrows() {
    const { ctx, colours } = this;
    ctx.strokeStyle = colours.soft;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(412, 94);
    ctx.lineTo(465, 94);
    ctx.stroke();
    this.#line([465, 94], [465, 168], false);
    this.#line([412, 300], [518, 300], true);
  }

  #backlog() {
    const { ctx, colours, replay, t } = this;
    const [first, last] = replay.backlog(t);
    write(ctx, `backlog ${last - first}`, 98, 86, { colour: colours.ink, weight: last > first ? "bold" : "" });
    const ids = Array.from({ length: Math.min(last - first, 70) }, (_, k) => first + k);
    this.#pile(ids, last - first, [104, 106], 5, 12, (id) => replay.isGone(id, t));
  }

  #queue() {
    const { ctx, colours, replay, t } = this;
    const jobs = replay.queue(t);
    write(ctx, `list: ${jobs.length}`, 430, 209, { colour: colours.ink, weight: jobs.length ? "bold" : "" });
    this.#pile(jobs, jobs.length, [436, 226], 4, 3, () => false);
  }

  /** Tokens in rows, the next one first; what does not fit is a number. */
  #pile(ids, count, [x, y], across, rows, isGone) {
    const { ctx, colours, replay } = this;
    const fits = across * (rows + 1) >= count ? count : across * rows;
    for (let k = 0; k < fits; k++) {
      const [at, row] = [x + (k % across) * 17, y + Math.floor(k / across) * 17];
      token(ctx, colours, replay.records.is_report[ids[k]], at, row, 6.5, isGone(ids[k]));
    }
    if (fits < count) write(ctx, `+${count - fits}`, x - 6, y + rows * 17, { colour: colours.ink, weight: "bold" });
  }

  /** The slots of a pool as lanes: who is in them, and their clock since arrival (thread) or pick-up (worker). */
  #lanes(slots, [x, y, width, height], startedAt, isThread) {
    const columns = laneColumns(slots.length, height);
    const rows = Math.ceil(slots.length / columns);
    const [across, down] = [width / columns, Math.min(34, height / rows)];
    if (isThread && !this.isAsync && columns === 1) this.#laneAxis(x, y, across - 4);
    slots.forEach((slot, number) => {
      const [column, row] = [Math.floor(number / rows), number % rows];
      this.#lane(slot, number, [x + column * across, y + row * down, across - 4, down - 2], startedAt, isThread);
    });
  }

  /** The lanes' common axis: seconds since arrival. */
  #laneAxis(x, y, width) {
    const { colours, replay } = this;
    const { timeout } = replay.records;
    const [left, right] = [x + TRACK, x + width];
    const marks = [[left, 0, "center"], [(left + right) / 2, timeout, "center"], [right, 2 * timeout, "right"]];
    for (const [at, mark, align] of marks) {
      const colour = mark === timeout ? colours.late : colours.soft;
      write(this.ctx, mark ? `${Number(mark.toPrecision(3))} s` : "0", at, y - 11, { colour, align });
    }
    write(this.ctx, "threads", x, y - 11, { colour: colours.soft });
  }

  #lane({ id, until, busy }, number, [x, y, width, height], startedAt, isThread) {
    const { ctx, colours, replay, t } = this;
    const named = height >= NUMBERED && width >= 90;
    const size = Math.min(16, height);
    const left = x + (named ? 20 : 0);
    ctx.fillStyle = colours.lane;
    ctx.fillRect(left, y, width - (left - x), height);
    if (named) write(ctx, String(number + 1), x + 15, y + height / 2 + 1, { colour: colours.soft, align: "right", size });
    // who has just gone fades, so that a page of 0.1 s is seen at any speed
    const glow = busy ? 1 : id < 0 || !(this.flight > 0) ? 0 : 1 - (t - until) / this.flight;
    if (glow <= 0) return;
    ctx.globalAlpha = busy ? 1 : 0.6 * glow;
    const isReport = replay.records.is_report[id];
    const r = Math.min(8, height / 2 - 1);
    const gone = isThread && replay.isGone(id, Math.min(t, until));
    const wide = width >= 190 && height >= 15;
    const track = wide ? x + TRACK : left + 2 * r + 6;
    this.#clock(id, [track, y + 2, x + width - track - 2, height - 4], startedAt[id], Math.min(t, until), isThread, gone);
    token(ctx, colours, isReport, left + r + 3, y + height / 2, r, gone);
    if (wide) write(ctx, `${id + 1}`, left + 2 * r + 8, y + height / 2 + 1, { colour: colours.ink, size });
    ctx.globalAlpha = 1;
  }

  /** Waiting (thin), serving (solid; hatched once it is for nothing), with the timeout in the middle of the track. */
  #clock(id, [x, y, width, height], startedAt, t, isThread, gone) {
    const { ctx, colours, replay } = this;
    const { arrived_at: arrivedAt, timeout, is_report: isReport } = replay.records;
    const zero = isThread ? arrivedAt[id] : startedAt;
    const at = (instant) => x + Math.min(width, ((instant - zero) / (2 * timeout)) * width);
    ctx.fillStyle = colours.soft;
    ctx.fillRect(x, y + height / 2 - 1, at(startedAt) - x, 2);
    if (gone) hatched(ctx, colours, at(startedAt), y, at(t) - at(startedAt), height);
    else {
      ctx.fillStyle = isReport[id] ? colours.report : colours.page;
      ctx.fillRect(at(startedAt), y, Math.max(1, at(t) - at(startedAt)), height);
    }
    if (!isThread) return;
    ctx.fillStyle = colours.late;
    ctx.fillRect(x + width / 2 - 1, y - 2, 2, height + 4);
    if (gone && height >= 12) this.#error(x + width / 2 + 5, y + height / 2);
  }

  #error(x, y) {
    const { ctx, colours } = this;
    ctx.fillStyle = colours.paper;
    ctx.fillRect(x - 2, y - 8, 34, 16);
    write(ctx, "503", x, y + 1, { colour: colours.late, weight: "bold" });
  }

  /** The slow calls under way, at the service outside. */
  #calls(slots) {
    const { ctx, colours, replay, t } = this;
    const [x, y, , height] = this.boxes.external;
    const out = slots.filter(({ id, busy }) => busy && replay.hopAt(id, t)?.hop === "external");
    out.forEach(({ id }, k) => {
      const gone = !this.isAsync && replay.isGone(id, t);
      const [column, row] = [k % 3, Math.floor(k / 3)];
      const down = this.isAsync ? y - 14 - row * 18 : y + height + 14 + row * 18;
      if (row < 9) token(ctx, colours, true, x + 13 + column * 18, down, 6.5, gone);
    });
  }

  /** In slow motion requests on a thread walk from station to station. */
  #walkers(threads) {
    const { ctx, colours, replay, t } = this;
    threads.forEach(({ id, busy }, number) => {
      const here = busy && replay.hopAt(id, t);
      if (!here || here.hop === "external") return;
      const from = centre(this.boxes[here.hop]);
      const to = here.next ? centre(this.boxes[here.next]) : from;
      // it stands where it is served for the first half of a visit, and is on its way for the second
      const part = this.still ? 0 : ease(Math.max(0, ((t - here.at) / (here.until - here.at)) * 2 - 1));
      const [x, y] = [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
      const shift = (number % 5) * 5 - 10;
      const gone = replay.isGone(id, t);
      ctx.strokeStyle = colours.paper;
      ctx.lineWidth = 5;
      outline(ctx, replay.records.is_report[id], x + shift, y - 14, 10);
      ctx.stroke();
      token(ctx, colours, replay.records.is_report[id], x + shift, y - 14, 10, gone);
      write(ctx, String(id + 1), x + shift + 13, y - 16, { colour: colours.ink, weight: "bold" });
    });
  }

  /** Requests on their way in, answers and errors on their way out. */
  #flights() {
    const { ctx, colours, replay, t, flight } = this;
    if (!(flight > 0)) return;
    const { arrived_at: arrivedAt, is_report: isReport } = replay.records;
    const [from, to] = [this.boxes.computer[0] + 14, this.boxes.web_server[0] - 10];
    const along = (part) => from + (to - from) * part;
    const next = countUntil(arrivedAt, t);
    let free = Infinity; // tokens closer than this would only be a smear
    for (let id = next; id < arrivedAt.length && arrivedAt[id] < t + flight; id++) {
      const x = along(1 - (arrivedAt[id] - t) / flight);
      if (x > free - 7) continue;
      free = x;
      token(ctx, colours, isReport[id], x, 28, 6.5);
    }
    const { ids, at } = replay.responses;
    let labelled = Infinity;
    free = Infinity;
    for (let k = countUntil(at, t - flight); k < at.length && at[k] <= t; k++) {
      const x = along(1 - (t - at[k]) / flight);
      const gone = replay.isGone(ids[k], t);
      if (gone && Math.abs(x - labelled) >= 30) {
        write(ctx, "503", x, 104, { colour: colours.late, weight: "bold", align: "center" });
        labelled = x;
      }
      if (Math.abs(x - free) < 7) continue;
      free = x;
      token(ctx, colours, isReport[ids[k]], x, 84, 6.5, gone);
      if (!gone) tick(ctx, colours, x, 99, 5);
    }
  }
}

const ease = (part) => part * part * (3 - 2 * part);

/** So many columns that a lane is at least 13 high, if that leaves them wide enough to see. */
function laneColumns(slots, height) {
  for (const columns of [1, 2, 3]) if (height / Math.ceil(slots / columns) >= 17) return columns;
  return slots > 40 ? 8 : 4;
}

/** Where the line from a box's centre to `target` leaves the box. */
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
