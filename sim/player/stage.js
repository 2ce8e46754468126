// The slides' drawing with a run on it: one canvas per cycle. Draws; decides nothing.

import { lanes } from "lanes";
import { countUntil } from "replay";
import { boxesOf, centre, HEIGHT, scenery, WIDTH } from "scenery";
import { badge, fit, pen, tick, token, write } from "tokens";

const FLIGHT = 0.35; // wall seconds from or to the computer: the network has no hop, so this is only for the eye
const WALK_FROM = 0.5; // wall seconds a page must last before tokens walk hop by hop

/** @type {Record<string, Box>} */
const THREAD_LANES = { sync: [200, 134, 212, 176], async: [200, 116, 212, 34] };
/** @type {Box} */
const WORKER_LANES = [200, 200, 212, 110];

export class Stage {
  canvas;
  ctx;
  kind;
  isAsync;
  boxes;
  /** @type {any} what is drawn at the moment */
  replay = null;
  /** @type {Colours} */
  colours = {};
  t = 0;
  speed = 1;
  still = false;
  flight = 0; // simulated seconds that a token flies

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {"sync" | "async"} kind
   */
  constructor(canvas, kind) {
    this.canvas = canvas;
    this.ctx = pen(canvas);
    this.kind = kind;
    this.isAsync = kind === "async";
    this.boxes = boxesOf(this.isAsync);
  }

  /** Draw the state at `t`. `speed`: simulated seconds per wall second, so that what passes too quickly is not drawn. */
  draw(replay, t, { speed, colours, still, coarse }) {
    fit(this.canvas);
    this.replay = replay;
    this.colours = colours;
    [this.t, this.speed, this.still, this.flight] = [t, speed, still, still ? 0 : FLIGHT * speed];
    const { ctx, canvas } = this;
    if (!canvas.width || !canvas.height) return; // the other side is shown
    const scale = Math.min(canvas.width / WIDTH, canvas.height / HEIGHT);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    ctx.setTransform(scale, 0, 0, scale, (canvas.width - WIDTH * scale) / 2, (canvas.height - HEIGHT * scale) / 2);
    scenery(this);
    this.#backlog();
    const [threads, workers] = [replay.threadsAt(t), replay.workersAt(t)];
    lanes(this, threads, THREAD_LANES[this.kind], replay.records.started_at, true);
    if (this.isAsync) this.#queue();
    if (this.isAsync) lanes(this, workers, WORKER_LANES, replay.records.picked_up_at, false);
    this.#calls(this.isAsync ? workers : threads);
    if (this.#walks()) this.#walkers(threads);
    if (!coarse) this.#flights();
  }

  #walks() {
    const { hop_times: hopTimes } = this.replay.workload;
    const page = this.replay.cycle.page.thread.reduce((sum, hop) => sum + hopTimes[hop], 0);
    return page / this.speed >= WALK_FROM;
  }

  #backlog() {
    const { ctx, colours, replay, t } = this;
    const [first, last] = replay.backlog(t);
    write(ctx, `backlog ${last - first}`, 96, 104, { colour: colours.ink, weight: last > first ? "bold" : "" });
    const ids = Array.from({ length: Math.min(last - first, 70) }, (_, k) => first + k);
    this.#pile(ids, last - first, [104, 124], 5, 11, (id) => replay.isGone(id, t));
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
    const { replay, t } = this;
    threads.forEach(({ id, busy }, number) => {
      const here = busy && replay.hopAt(id, t);
      if (!here || here.hop === "external") return;
      const from = centre(this.boxes[here.hop]);
      const to = here.next ? centre(this.boxes[here.next]) : from;
      // it stands where it is served for the first half of a visit, and is on its way for the second
      const part = this.still ? 0 : ease(Math.max(0, ((t - here.at) / (here.until - here.at)) * 2 - 1));
      const [x, y] = [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
      const shift = ((number % 5) - 2) * 6; // so that two at one station are both seen
      const gone = replay.isGone(id, t);
      this.#tag(id, number, x + shift, y - this.boxes[here.hop][3] / 2 - 10, gone);
    });
  }

  /** A request with its number and the thread that it holds, on a label that can stand anywhere on the drawing. */
  #tag(id, thread, x, y, gone) {
    const { ctx, colours, replay } = this;
    const name = String(id);
    const held = x - 1 + name.length * 4.5;
    const width = 54 + name.length * 9;
    ctx.fillStyle = colours.paper;
    ctx.strokeStyle = gone ? colours.late : colours.ink;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.roundRect(x - width / 2, y - 11, width, 22, 11);
    ctx.fill();
    ctx.stroke();
    token(ctx, colours, replay.records.is_report[id], x - width / 2 + 12, y, 7.5, gone);
    write(ctx, name, x - width / 2 + 22, y + 1, { colour: colours.ink, weight: "bold" });
    badge(ctx, colours, thread, held, y, true, true);
  }

  /** Requests on their way in, answers and errors on their way out. */
  #flights() {
    const { ctx, colours, replay, t, flight } = this;
    if (!(flight > 0)) return;
    const { arrived_at: arrivedAt, is_report: isReport } = replay.records;
    const [from, to, router] = [14, this.boxes.web_server[0] - 10, this.boxes.router[0] - 16];
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
    const errors = [];
    free = Infinity;
    for (let k = countUntil(at, t - flight); k < at.length && at[k] <= t; k++) {
      const x = from + (router - from) * (1 - (t - at[k]) / flight);
      const gone = replay.isGone(ids[k], t);
      if (gone) errors.push(Math.min(x, 70));
      if (Math.abs(x - free) < 7) continue;
      free = x;
      token(ctx, colours, isReport[ids[k]], x, 84, 6.5, gone);
      if (!gone) tick(ctx, colours, x, 99, 5);
    }
    for (let k = 0, written = -Infinity; k < errors.length; k++) {
      if (Math.abs(errors[k] - written) < 34) continue;
      written = errors[k];
      this.#error(written);
    }
  }

  #error(x) {
    const { ctx, colours } = this;
    ctx.fillStyle = colours.paper;
    ctx.fillRect(x - 16, 93, 32, 17); // over the ticks of others
    write(ctx, "503", x, 102, { colour: colours.late, weight: "bold", align: "center" });
  }
}

const ease = (part) => part * part * (3 - 2 * part);
