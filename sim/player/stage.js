// The slides' drawing with a run on it: one canvas per cycle. Draws; decides nothing.

import { fit, Layer, pen } from "canvases";
import { flights } from "flights";
import { mishaps } from "labscenery";
import { lanes } from "lanes";
import { nameOf, person } from "people";
import { boxesOf, centre, HEIGHT, layoutOf, scenery, WIDTH, watch, zoneOf } from "scenery";
import { badge, ring, token, write } from "tokens";
import { WORDS } from "words";

const FLIGHT = 0.35; // wall seconds from or to the computer: the network has no hop, so this is only for the eye
const WALK_FROM = 0.5; // wall seconds a page must last before tokens walk hop by hop

/** @type {Record<string, Box>} */
const THREAD_LANES = { sync: [200, 134, 212, 176], async: [200, 116, 212, 52] };
/** @type {Box} */
const WORKER_LANES = [200, 216, 212, 94];
/** @type {Record<string, Box>} */
const NEW = { sync: [258, 114, 24, 18], async: [388, 22, 24, 18], worker: [164, 189, 24, 18] }; // slots to be had
/** @type {Record<string, Box>} where a call is dropped: after the push, or before the answer */
const TARGETS = { later: [428, 200, 150, 60], now: [308, 34, 200, 80] };

export class Stage {
  canvas;
  ctx;
  layout = layoutOf({ page: { thread: [], worker: [] }, report: { thread: [], worker: [] } });
  boxes = boxesOf(this.layout);
  /** @type {any} what a hand holds, and where */
  carried = null;
  canTake = false; // whether a hand can take hold of what is drawn
  followed = -1;
  /** @type {any[]} what can be taken hold of, and where it is: the stations first */
  #things = [];
  /** @type {any[]} */
  #stations = [];
  #scenery = new Layer(); // what stands still
  #scale = 1;
  #shift = [0, 0];
  /** @type {any} what is drawn at the moment */
  replay = null;
  /** @type {Colours} */
  colours = {};
  /** @type {Set<number>} whose request holds a core */
  computing = new Set();
  t = 0;
  speed = 1;
  still = false;
  flight = 0; // simulated seconds that a token flies

  /**
   * @param {HTMLCanvasElement} canvas
   */
  constructor(canvas) {
    this.canvas = canvas;
    this.ctx = pen(canvas);
  }

  /** A point of the page, from the canvas's corner, as a point of the drawing. */
  inside([x, y]) {
    const ratio = globalThis.devicePixelRatio || 1;
    return [(x * ratio - this.#shift[0]) / this.#scale, (y * ratio - this.#shift[1]) / this.#scale];
  }

  /**
   * What can be taken hold of at a point of the drawing, or within `slack` px of it: {what, ...}, the nearest, and a
   * request before what it stands in; or null.
   */
  at(point, slack = 0) {
    const most = (slack * (globalThis.devicePixelRatio || 1)) / this.#scale;
    const least = Math.min(most, ...this.#things.map(({ box }) => apart(box, point)));
    const near = this.#things.filter(({ box }) => apart(box, point) <= least);
    return near.findLast(({ what }) => what === "request") ?? near.at(-1) ?? null;
  }

  zone(point) {
    return zoneOf(this.layout, point);
  }

  /** A request was drawn here. */
  marked(id, x, y, r) {
    this.#things.push({ what: "request", id, box: [x - r - 4, y - r - 4, 2 * r + 8, 2 * r + 8] });
    if (id === this.followed) ring(this.ctx, this.colours, x, y, r);
  }

  /** A slot was drawn here. */
  slot(number, box, isThread) {
    if (this.canTake) this.#things.push({ what: isThread ? "thread" : "worker", number, box });
  }

  /**
   * Draw the state at `t`. `speed`: simulated seconds per wall second, so that what passes too quickly is not drawn.
   */
  draw(replay, t, { speed, colours, still, coarse, followed }) {
    fit(this.canvas);
    this.replay = replay;
    this.colours = colours;
    this.followed = followed;
    [this.t, this.speed, this.still, this.flight] = [t, speed, still, still ? 0 : FLIGHT * speed];
    const { ctx, canvas } = this;
    if (!canvas.width || !canvas.height) return; // the other side is shown
    this.#scenery.keep(canvas, [replay.cycle, colours, this.canTake, WORDS.stack], (still) => this.#stand(still));
    this.#scenery.replace(ctx);
    this.#place(ctx);
    watch(this);
    this.#things = [...this.#stations];
    const { isAsync, callLater } = this.layout;
    this.#backlog();
    const [threads, workers] = [replay.threadsAt(t), replay.workersAt(t)];
    this.computing = replay.computing(t);
    lanes(this, threads, THREAD_LANES[isAsync ? "async" : "sync"], true);
    if (isAsync) this.#queue();
    if (isAsync) lanes(this, workers, WORKER_LANES, false);
    this.#calls(callLater ? workers : threads);
    if (replay.lab) mishaps(this);
    if (this.#walks()) this.#walkers(threads);
    if (!coarse) flights(this);
    if (this.carried) this.#carry(this.carried);
  }

  /** Draw what stands still. */
  #stand(ctx) {
    const { canvas, colours } = this;
    this.layout = layoutOf(this.replay.cycle);
    this.boxes = boxesOf(this.layout);
    this.#scale = Math.min(canvas.width / WIDTH, canvas.height / HEIGHT);
    this.#shift = [(canvas.width - WIDTH * this.#scale) / 2, (canvas.height - HEIGHT * this.#scale) / 2];
    this.#place(ctx);
    scenery({ ctx, colours, layout: this.layout, boxes: this.boxes });
    this.#stations = this.canTake ? this.#toTake(ctx) : [];
  }

  #place(ctx) {
    ctx.setTransform(this.#scale, 0, 0, this.#scale, ...this.#shift);
  }

  /** The stations that can be taken hold of, and the slots that are to be had. */
  #toTake(ctx) {
    const { isAsync } = this.layout;
    const { computer, external, model, database } = this.boxes;
    const news = { "new thread": NEW[isAsync ? "async" : "sync"], ...(isAsync ? { "new worker": NEW.worker } : {}) };
    for (const [what, [x, y, , height]] of Object.entries(news))
      badge(ctx, this.colours, "+", x, y + height / 2, what === "new thread", false, height);
    if (isAsync) this.#label(ctx, "threads", NEW.async);
    if (isAsync) this.#label(ctx, "workers", NEW.worker);
    const boxes = { computer: [computer], call: [external], lookup: [model, database] };
    const stations = Object.entries(boxes).flatMap(([what, places]) => places.map((box) => ({ what, box })));
    return [...stations, ...Object.entries(news).map(([what, box]) => ({ what, box }))];
  }

  #label(ctx, text, box) {
    const [x, y, , height] = box;
    write(ctx, text, x - 5, y + height / 2 + 1, { colour: this.colours.soft, align: "right" });
  }

  /** What a hand holds, and where it may put it. */
  #carry({ what, at: [x, y], number }) {
    const { ctx, colours } = this;
    if (what === "call" || what === "lookup") {
      const later = what === "call" ? this.layout.callLater : this.layout.lookupLater;
      const target = TARGETS[later ? "now" : "later"];
      ctx.strokeStyle = colours.accent;
      ctx.fillStyle = colours.paper;
      ctx.lineWidth = 2.5;
      ctx.setLineDash([6, 4]);
      if (!later) ctx.fillRect(...target);
      ctx.strokeRect(...target);
      ctx.setLineDash([]);
      const words = later ? ["the thread does it:", "before the answer"] : ["a worker does it:", "after the push"];
      words.forEach((text, row) => {
        write(ctx, text, target[0] + target[2] / 2, target[1] + (later ? -14 : 20) + row * 20, {
          colour: colours.ink,
          align: "center",
          weight: "bold",
        });
      });
    }
    const isSlot = what.endsWith("thread") || what.endsWith("worker");
    if (isSlot) badge(ctx, colours, number ?? "+", x - 11, y, what.endsWith("thread"), true, 20);
    else
      write(ctx, what === "call" ? "slow call" : "lookup", x, y - 16, {
        colour: colours.accent,
        align: "center",
        weight: "bold",
      });
  }

  #walks() {
    const { hop_times: hopTimes } = this.replay.workload;
    const page = this.replay.cycle.page.thread.reduce((sum, hop) => sum + hopTimes[hop], 0);
    return page / this.speed >= WALK_FROM;
  }

  #backlog() {
    const { ctx, colours, replay, t } = this;
    const ids = replay.waiting(t);
    write(ctx, `backlog ${ids.length}`, 96, 104, { colour: colours.ink, weight: ids.length ? "bold" : "" });
    const rows = this.layout.isAsync && replay.lab ? 5 : 11; // below it stands the retry set
    this.#pile(ids, ids.length, [104, 124], 5, rows, (id) => replay.isGone(id, t));
  }

  #queue() {
    const { ctx, colours, replay, t } = this;
    const jobs = replay.queue(t);
    write(ctx, `list: ${jobs.length}`, 430, 225, { colour: colours.ink, weight: jobs.length ? "bold" : "" });
    this.#pile(jobs, jobs.length, [436, 242], 4, this.layout.callLater ? 2 : 3, () => false);
  }

  /** Tokens in rows, the next one first; what does not fit is a number. */
  #pile(ids, count, [x, y], across, rows, isGone) {
    const { ctx, colours } = this;
    const fits = across * (rows + 1) >= count ? count : across * rows;
    for (let k = 0; k < fits; k++) {
      const [at, row] = [x + (k % across) * 17, y + Math.floor(k / across) * 17];
      person(this, ids[k], at, row, 6.5, isGone(ids[k]));
      this.marked(ids[k], at, row, 6.5);
    }
    if (fits < count) write(ctx, `+${count - fits}`, x - 6, y + rows * 17, { colour: colours.ink, weight: "bold" });
  }

  /** The slow calls under way, at the service outside. */
  #calls(slots) {
    const { ctx, colours, replay, t } = this;
    const [x, y, , height] = this.boxes.external;
    const out = slots.filter(({ id, busy }) => busy && replay.hopAt(id, t)?.hop === "external");
    out.forEach(({ id }, k) => {
      const gone = !this.layout.callLater && replay.isGone(id, t);
      const [column, row] = [k % 3, Math.floor(k / 3)];
      const down = this.layout.callLater ? y - 14 - row * 18 : y + height + 14 + row * 18;
      if (row >= 9) return;
      token(ctx, colours, true, x + 13 + column * 18, down, 6.5, gone);
      this.marked(id, x + 13 + column * 18, down, 6.5);
    });
  }

  /** In slow motion requests on a thread walk from station to station. */
  #walkers(threads) {
    const { replay, t } = this;
    const waiting = new Map(); // how many stand before a station already
    threads.forEach(({ id, busy }, number) => {
      const here = busy && replay.hopAt(id, t);
      if (!here || here.hop === "external") return;
      const from = centre(this.boxes[here.hop]);
      const to = here.next ? centre(this.boxes[here.next]) : from;
      // it stands where it is served for the first half of a visit, and is on its way for the second
      const part = this.still || here.waits ? 0 : ease(Math.max(0, ((t - here.at) / (here.until - here.at)) * 2 - 1));
      const [x, y] = [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
      const shift = ((number % 5) - 2) * 6; // so that two at one station are both seen
      const gone = replay.isGone(id, t);
      const above = here.waits ? (waiting.get(here.hop) ?? 0) : 0;
      if (here.waits) waiting.set(here.hop, above + 1);
      this.#tag(id, number, x + shift, y - this.boxes[here.hop][3] / 2 - 10 - 22 * above, gone, here.waits);
    });
  }

  /**
   * A request with its number and the thread that it holds, on a label that can stand anywhere on the drawing; its edge
   * is broken while it waits for a core.
   */
  #tag(id, thread, x, y, gone, waits = false) {
    const { ctx, colours, replay } = this;
    const name = nameOf(replay, id);
    const held = x - 1 + name.length * 4.5;
    const width = 54 + name.length * 9;
    ctx.fillStyle = colours.paper;
    ctx.strokeStyle = gone ? colours.late : colours.ink;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.roundRect(x - width / 2, y - 11, width, 22, 11);
    ctx.fill();
    ctx.setLineDash(waits ? [4, 3] : []);
    ctx.stroke();
    ctx.setLineDash([]);
    person(this, id, x - width / 2 + 12, y, 7.5, gone);
    this.marked(id, x - width / 2 + 12, y, 7.5);
    write(ctx, name, x - width / 2 + 22, y + 1, { colour: colours.ink, weight: "bold" });
    badge(ctx, colours, thread, held, y, true, true);
  }
}

/** How far a point is from a box; 0 inside. */
const apart = ([left, top, width, height], [x, y]) =>
  Math.hypot(Math.max(left - x, 0, x - left - width), Math.max(top - y, 0, y - top - height));

const ease = (part) => part * part * (3 - 2 * part);
