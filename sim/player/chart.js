// Below the drawing: every response time as it happens, and the ledger of thread-seconds as it grows.

import { boxOf, fit, Layer, pen, scaled } from "canvases";
import { Marks, marked, placeOf } from "marks";
import { GHOSTLY, Sketch } from "sketch";
import { countUntil } from "sorted";
import { hatched, ring, write } from "tokens";
import { brief } from "words";

const TOP = 10;
const NEAR = 12; // px round a dot
const BEHIND = 0.4; // how faintly another run's cloud is shown

/** Round marks for an axis: at most `most` of them. */
export function ticksFor(top, most) {
  const rough = top / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, k) => Number((k * step).toPrecision(12)));
}

export class Scatter {
  canvas;
  ctx;
  #solid = new Layer(); // what has happened
  #ghost = new Layer(); // what will come
  #behind = new Layer(); // another run's cloud
  #under = new Layer(); // all that stands still under the marks,
  #over = new Layer(); // and over them
  #sketch = new Sketch();
  #top = 0; // s at the upper edge while the line is held
  /** @type {any} what the last picture was drawn with */
  #last = null;
  #drawn = { responses: 0, deliveries: 0 }; // on the solid layer,
  #run = /** @type {import("replay").Replay | null} */ (null); // which is this one's, or one that it grows into

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.ctx = pen(canvas);
  }

  /**
   * Draw what has happened by `t`; `until`: the right end of the axis (s); `warmup`: up to when nothing counts (s);
   * `preview`: show faintly what will come; `coarse`: not all of it, for a knob is being turned; `behind`: the records
   * of another run, whose cloud stands behind this one's; `grows`: the run is the last one and what came since.
   * @param {import("replay").Replay} replay
   * @param {number} t
   * @param {View} shown
   */
  draw(replay, t, shown) {
    fit(this.canvas);
    if (!this.canvas.width || !this.canvas.height) return; // hidden, as in a slide that is not shown
    const view = this.#view(replay.records.timeout, shown);
    const { ctx } = this;
    this.#ground(replay, view, shown);
    if (shown.coarse) {
      this.#sketch.replace(ctx, replay.records, view);
      this.#under.addBehind(ctx);
    } else {
      this.#under.replace(ctx);
      if (t > 0) this.#happened(replay, t, view, shown.grows);
    }
    this.#last = { view, records: replay.records };
    ctx.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    if (shown.followed >= 0) this.#ring(shown.followed);
    this.#over.keep(this.canvas, view.key, () => axes(scaled(this.#over.canvas, view.ratio), view));
    this.#over.add(ctx);
    playhead(ctx, view, t);
  }

  /**
   * Where things stand: in pixels of the page, from seconds; `key`: all that tells whether they stand elsewhere now.
   */
  #view(timeout, { until, colours }) {
    const ratio = globalThis.devicePixelRatio || 1;
    const [width, height] = [this.canvas.width / ratio, this.canvas.height / ratio];
    const top = this.#top || timeout * 1.12;
    const { size } = boxOf(this.canvas);
    const left = size * Math.max(2.9, 0.5 * brief(timeout, 4).length + 1.4);
    const [bottom, right] = [size * 1.5, size * 1.4];
    const x = (at) => left + ((width - left - right) * at) / until;
    const y = (time) => height - bottom - ((height - bottom - TOP) * time) / top;
    const key = [top, size, ratio, until, timeout, colours];
    return { size, left, bottom, x, y, top, ratio, width, height, until, timeout, colours, key };
  }

  /** All that stands still under the marks; and, before them, what will come. */
  #ground(replay, view, { warmup, preview, coarse, behind }) {
    const clouds = preview ? [behind, coarse ? null : replay] : [null, null];
    this.#under.keep(this.canvas, [...view.key, warmup, ...clouds], (ctx) => {
      if (warmup) warmingUp(scaled(this.#under.canvas, view.ratio), view, warmup);
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      const [another, own] = clouds;
      if (another) this.#cloud(this.#behind, another, view, (marks, on) => marks.outline(on)).add(ctx, BEHIND);
      if (own) this.#cloud(this.#ghost, own.records, view, (marks, on) => marks.paint(on)).add(ctx, GHOSTLY);
    });
  }

  /** A layer with the cloud of a run. */
  #cloud(layer, records, view, paint) {
    layer.keep(this.canvas, [...view.key, records], () =>
      paint(marked(records, view), scaled(layer.canvas, view.ratio)),
    );
    return layer;
  }

  /** Add what has happened since the last picture; after a step back begin again. */
  #happened(replay, t, view, grows) {
    if (!grows) this.#run = replay;
    const now = { responses: countUntil(replay.responses.at, t), deliveries: countUntil(replay.delivered.at, t) };
    const isBack = now.responses < this.#drawn.responses || now.deliveries < this.#drawn.deliveries;
    if (isBack) this.#solid.forget();
    this.#solid.keep(this.canvas, [...view.key, this.#run], () => {
      this.#drawn = { responses: 0, deliveries: 0 };
    });
    this.#catchUp(replay, now, view);
    this.#solid.add(this.ctx);
  }

  #catchUp(replay, now, view) {
    const drawn = this.#drawn;
    if (now.responses === drawn.responses && now.deliveries === drawn.deliveries) return;
    const marks = new Marks(replay.records, view);
    while (drawn.deliveries < now.deliveries) marks.delivery(replay.delivered.ids[drawn.deliveries++]);
    while (drawn.responses < now.responses) marks.response(replay.responses.ids[drawn.responses++]);
    marks.paint(scaled(this.#solid.canvas, view.ratio));
  }

  /** Whether a height of the canvas is that of the timeout's line, or nearly so. */
  isOnLine(y, slack = 0) {
    return this.#last !== null && Math.abs(y - this.#last.view.y(this.#last.view.timeout)) <= Math.max(10, slack);
  }

  /** The seconds at a height of the canvas. */
  timeAt(y) {
    const { top, height, bottom } = this.#last.view;
    return (top * (height - bottom - y)) / (height - bottom - TOP);
  }

  /** Let the axis stand while the line is pulled; and let it go again. */
  hold() {
    this.#top = this.#last.view.top;
  }

  letGo() {
    this.#top = 0;
  }

  /** The request whose answer is drawn next to a point; -1 if none is near. */
  nearest([x, y], slack = 0) {
    const { view, records } = this.#last ?? {};
    let [found, nearest] = [-1, Math.max(NEAR, slack)];
    for (let id = 0; id < (records?.arrived_at.length ?? 0); id++) {
      const [across, up] = placeOf(records, view, id);
      const distance = Math.hypot(across - x, up - y);
      if (distance < nearest) [found, nearest] = [id, distance];
    }
    return found;
  }

  #ring(id) {
    const { view, records } = this.#last;
    if (id < records.arrived_at.length) ring(this.ctx, view.colours, ...placeOf(records, view, id), 3);
  }
}

/** The stretch that does not count, on grey. */
function warmingUp(ctx, { x, size, left, bottom, height, colours }, warmup) {
  ctx.fillStyle = colours.lane;
  ctx.fillRect(left, TOP, x(warmup) - left, height - bottom - TOP);
  ctx.font = `${size}px sans-serif`;
  const text = "warm-up: not counted";
  if (ctx.measureText(text).width < x(warmup) - left)
    write(ctx, text, left + 6, (height - bottom + TOP) / 2, { colour: colours.soft, align: "left", size });
}

/** The axes, and the line of the timeout. */
function axes(ctx, { x, y, top, size, left, bottom, width, height, until, timeout, colours }) {
  ctx.strokeStyle = colours.soft;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(left, TOP);
  ctx.lineTo(left, height - bottom);
  ctx.lineTo(width - 8, height - bottom);
  ctx.stroke();
  for (const mark of ticksFor(top, Math.max(2, Math.min(5, height / (size * 2.2))))) {
    if (Math.abs(y(mark) - y(timeout)) > size * 0.8)
      write(ctx, `${mark}`, left - 6, y(mark), { colour: colours.soft, align: "right", size });
  }
  for (const mark of ticksFor(until, Math.max(2, Math.min(8, width / (size * 6))))) {
    write(ctx, mark === 0 ? "0 s" : `${mark}`, x(mark), height - size * 0.6, {
      colour: colours.soft,
      align: "center",
      size,
    });
  }
  ctx.strokeStyle = colours.late;
  ctx.setLineDash([7, 5]);
  ctx.beginPath();
  ctx.moveTo(left, y(timeout));
  ctx.lineTo(width - 8, y(timeout));
  ctx.stroke();
  ctx.setLineDash([]);
  write(ctx, `${brief(timeout, 4)} s`, left - 4, y(timeout), {
    colour: colours.late,
    align: "right",
    weight: "bold",
    size,
  });
}

/** Where the clock stands. */
function playhead(ctx, { x, bottom, height, until, colours }, t) {
  if (t > until) return;
  ctx.strokeStyle = colours.ink;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(x(t), TOP - 6);
  ctx.lineTo(x(t), height - bottom);
  ctx.stroke();
}

/** The ledger as one growing bar, `whole` thread-seconds long when the run has ended. */
export function drawLedger(canvas, ledger, whole, colours) {
  fit(canvas);
  const ratio = globalThis.devicePixelRatio || 1;
  const ctx = scaled(canvas, ratio);
  const [width, height] = [canvas.width / ratio, canvas.height / ratio];
  ctx.clearRect(0, 0, width, height);
  const scale = (width - 2) / (whole || 1);
  let x = 1;
  const part = (seconds, paint) => {
    if (seconds > 0) paint(x, seconds * scale);
    x += seconds * scale;
  };
  const solid = (colour) => (at, length) => {
    ctx.fillStyle = colour;
    ctx.fillRect(at, 1, length, height - 2);
  };
  part(ledger.useful, solid(colours.good));
  part(ledger.wasted, (at, length) => hatched(ctx, colours, at, 1, length, height - 2));
  part(ledger.running, solid(colours.report));
  part(ledger.idle, solid(colours.faint));
  ctx.strokeStyle = colours.soft;
  ctx.lineWidth = 1;
  ctx.strokeRect(0.5, 0.5, width - 1, height - 1);
}
