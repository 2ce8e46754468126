// The slides' drawing with a run on it: one canvas per cycle. Draws; decides nothing.
import { fit, hatched, outline, tick, token, write } from "tokens";
import { countUntil } from "replay";

const WIDTH = 584;
const HEIGHT = 334;
const FLIGHT = 0.35; // wall seconds from or to the computer: the network has no hop, so this is only for the eye
const WALK_FROM = 0.5; // wall seconds a page must last before tokens walk hop by hop
const NUMBERED = 13; // rows lower than this have no room for a number

const BOXES = {
  computer: [4, 44, 74, 28, "Computer"],
  web_server: [96, 44, 88, 28, "Web Server"],
  middleware: [200, 44, 92, 28, "Middleware"],
  routes: [200, 82, 92, 28, "routes.rb"],
  controller: [308, 82, 104, 28, "controller.rb"],
  model: [308, 44, 104, 28, "model.rb"],
  database: [428, 44, 74, 28, "Database"],
};
const SYNC_BOXES = { ...BOXES, external: [518, 82, 64, 44, "HTTP", "Request"] };
const ASYNC_BOXES = {
  ...BOXES,
  queue: [428, 192, 74, 28, "Queue"],
  worker_rb: [200, 192, 92, 24, "worker.rb"],
  external: [518, 192, 64, 44, "HTTP", "Request"],
};
const ARROWS = ["computer-web_server", "web_server-middleware", "middleware>routes", "routes>controller",
  "controller-model", "model-database", "controller>middleware"];
const SYNC_ARROWS = [...ARROWS, "controller-external"];
const ASYNC_ARROWS = [...ARROWS, "controller>queue"];
const THREAD_LANES = { sync: [200, 132, 212, 192], async: [200, 132, 212, 36] };
const WORKER_LANES = [200, 222, 212, 102];

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
    this.#dashed(88, 2, 422, 330, "Cloud Infrastructure");
    this.#dashed(192, 22, 228, isAsync ? 150 : 306, "Application Code");
    if (isAsync) this.#dashed(192, 178, 228, 150, "");
    if (isAsync) write(ctx, "Application Code 2", 411, 204, { colour: colours.soft, align: "right", size: 13 });
    for (const arrow of this.arrows) this.#arrow(arrow);
    if (isAsync) this.#workerArrows();
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

  #workerArrows() {
    this.#line([428, 206], [421, 206], false);
    this.#line([421, 324], [548, 324], false);
    this.#line([548, 324], [548, 237], false);
  }

  #backlog() {
    const { ctx, colours, replay, t } = this;
    const [first, last] = replay.backlog(t);
    write(ctx, `backlog ${last - first}`, 98, 88, { colour: colours.ink, weight: last > first ? "bold" : "" });
    const ids = Array.from({ length: Math.min(last - first, 65) }, (_, k) => first + k);
    this.#pile(ids, last - first, [104, 108], 5, 12, (id) => replay.isGone(id, t));
  }

  #queue() {
    const { ctx, colours, replay, t } = this;
    const jobs = replay.queue(t);
    write(ctx, `list: ${jobs.length}`, 430, 233, { colour: colours.ink, weight: jobs.length ? "bold" : "" });
    this.#pile(jobs, jobs.length, [436, 252], 4, 3, () => false);
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
    const [across, down] = [width / columns, Math.min(26, height / rows)];
    slots.forEach((slot, number) => {
      const [column, row] = [Math.floor(number / rows), number % rows];
      this.#lane(slot, number, [x + column * across, y + row * down, across - 4, down - 2], startedAt, isThread);
    });
  }

  #lane({ id, until, busy }, number, [x, y, width, height], startedAt, isThread) {
    const { ctx, colours, replay, t } = this;
    const named = height >= NUMBERED && width >= 90;
    const size = Math.min(15, height);
    const left = x + (named ? 20 : 0);
    ctx.fillStyle = colours.lane;
    ctx.fillRect(left, y, width - (left - x), height);
    if (named) write(ctx, String(number + 1), x + 15, y + height / 2 + 1, { colour: colours.soft, align: "right", size });
    // who has just gone fades, so that a page of 0.1 s is seen at any speed
    const glow = busy ? 1 : id < 0 || !(this.flight > 0) ? 0 : 1 - (t - until) / this.flight;
    if (glow <= 0) return;
    ctx.globalAlpha = busy ? 1 : 0.6 * glow;
    const isReport = replay.records.is_report[id];
    const r = Math.min(7, height / 2 - 1);
    const gone = isThread && replay.isGone(id, Math.min(t, until));
    const wide = width >= 190 && height >= 15;
    const track = left + 2 * r + 6 + (wide ? 44 : 0);
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
      if (row < (this.isAsync ? 4 : 10)) token(ctx, colours, true, x + 14 + column * 18, y + height + 14 + row * 18, 6.5, gone);
    });
  }

  /** In slow motion requests on a thread walk from station to station. */
  #walkers(threads) {
    const { ctx, colours, replay, t } = this;
    threads.forEach(({ id, busy }, number) => {
      const here = busy && replay.hopAt(id, t);
      if (!here || here.hop === "external") return;
      const to = centre(this.boxes[here.hop]);
      const from = here.from ? centre(this.boxes[here.from]) : to;
      const part = this.still ? 1 : ease(Math.min(1, ((t - here.at) / (here.until - here.at)) * 2));
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
    const [from, to] = [centre(this.boxes.computer), centre(this.boxes.web_server)];
    const along = (part, drop) => [from[0] + (to[0] - from[0]) * part, from[1] + drop];
    const next = countUntil(arrivedAt, t);
    for (let id = next; id < Math.min(next + 40, arrivedAt.length) && arrivedAt[id] < t + flight; id++) {
      const [x, y] = along(1 - (arrivedAt[id] - t) / flight, -22);
      token(ctx, colours, isReport[id], x, y, 6.5);
    }
    const { ids, at } = replay.responses;
    const last = countUntil(at, t) - 1;
    for (let k = last; k >= Math.max(0, last - 40) && at[k] > t - flight; k--) {
      const [x, y] = along(1 - (t - at[k]) / flight, 26);
      const gone = replay.isGone(ids[k], t);
      token(ctx, colours, isReport[ids[k]], x, y, 6.5, gone);
      if (gone) write(ctx, "503", x - 2, y + 16, { colour: colours.late, weight: "bold", align: "center" });
      else tick(ctx, colours, x + 1, y + 13, 5);
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
