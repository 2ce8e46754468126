// Below the drawing: every response time as it happens, and the ledger of thread-seconds as it grows.

import { boxOf, fit, pen, scaled } from "canvases";
import { Marks, marked, placeOf } from "marks";
import { countUntil } from "sorted";
import { hatched, ring, write } from "tokens";

const TOP = 10;
const NEAR = 12; // px round a dot
const GHOSTLY = 0.28; // how faintly what will come is shown
const BEHIND = 0.4; // and another run's cloud

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
  #solid = document.createElement("canvas");
  #ghost = document.createElement("canvas");
  #behind = document.createElement("canvas");
  #stands = { records: /** @type {Records | null} */ (null), key: "" }; // on the layer behind
  #top = 0; // s at the upper edge while the line is held
  /** @type {any} what the last picture was drawn with */
  #last = null;
  #drawn = { replay: /** @type {import("replay").Replay | null} */ (null), key: "", responses: 0, deliveries: 0 };

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.ctx = pen(canvas);
  }

  /**
   * Draw what has happened by `t`; `until`: the right end of the axis (s); `warmup`: up to when nothing counts (s);
   * `preview`: show faintly what will come; `coarse`: not all of it, for a knob is being turned; `behind`: the records
   * of another run, whose cloud stands behind this one's.
   * @param {import("replay").Replay} replay
   * @param {number} t
   * @param {View} view
   */
  draw(replay, t, { colours, until, warmup, preview, coarse, behind, followed }) {
    const resized = fit(this.canvas);
    if (!this.canvas.width || !this.canvas.height) return; // hidden, as in a slide that is not shown
    const ratio = globalThis.devicePixelRatio || 1;
    const [width, height] = [this.canvas.width / ratio, this.canvas.height / ratio];
    const { timeout } = replay.records;
    const top = this.#top || timeout * 1.12;
    const { size } = boxOf(this.canvas);
    const [left, bottom, right] = [size * 2.9, size * 1.5, size * 1.4];
    const view = {
      size,
      left,
      bottom,
      x: (at) => left + ((width - left - right) * at) / until,
      y: (time) => height - bottom - ((height - bottom - TOP) * time) / top,
      top,
      colours,
    };
    const { ctx } = this;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (warmup) this.#warmup(view, warmup, ratio, height);
    const key = `${top} ${size} ${width} ${height} ${colours.ink} ${until} ${preview}`;
    if (behind && preview) this.#another(behind, `${key} ${timeout}`, view, ratio);
    if (coarse) this.#sketch(replay, view, ratio);
    else {
      if (resized || this.#drawn.replay !== replay || this.#drawn.key !== key)
        this.#restart(replay, key, view, ratio, preview);
      this.#layers(replay, t, view, ratio, preview);
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#last = { view, height, timeout, records: replay.records };
    if (followed >= 0) this.#ring(followed);
    this.#axes(view, width, height, until, timeout);
    this.#playhead(view, t, until, height);
  }

  /** Whether a height of the canvas is that of the timeout's line. */
  isOnLine(y) {
    return this.#last !== null && Math.abs(y - this.#last.view.y(this.#last.timeout)) <= 10;
  }

  /** The seconds at a height of the canvas. */
  timeAt(y) {
    const { view, height } = this.#last;
    return (view.top * (height - view.bottom - y)) / (height - view.bottom - TOP);
  }

  /** Let the axis stand while the line is pulled; and let it go again. */
  hold() {
    this.#top = this.#last.view.top;
  }

  letGo() {
    this.#top = 0;
  }

  /** The request whose answer is drawn next to a point; -1 if none is near. */
  nearest([x, y]) {
    const { view, records } = this.#last ?? {};
    let [found, nearest] = [-1, NEAR];
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

  /** The cloud of another run, in outline. */
  #another(records, key, view, ratio) {
    const { ctx } = this;
    if (this.#stands.records !== records || this.#stands.key !== key) {
      this.#behind.width = this.canvas.width;
      this.#behind.height = this.canvas.height;
      this.#stands = { records, key };
      marked({ records }, view, false).outline(scaled(this.#behind, ratio));
    }
    ctx.globalAlpha = BEHIND;
    ctx.drawImage(this.#behind, 0, 0);
    ctx.globalAlpha = 1;
  }

  /** A knob is being turned: the next picture will be of another run, so nothing is kept for it. */
  #sketch(replay, view, ratio) {
    const { ctx } = this;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.globalAlpha = GHOSTLY;
    marked(replay, view, true).paint(ctx);
    ctx.globalAlpha = 1;
    this.#drawn.replay = null;
  }

  #layers(replay, t, view, ratio, preview) {
    const { ctx } = this;
    ctx.globalAlpha = GHOSTLY;
    if (preview) ctx.drawImage(this.#ghost, 0, 0);
    ctx.globalAlpha = 1;
    if (t <= 0) return;
    this.#catchUp(replay, t, view, ratio);
    ctx.drawImage(this.#solid, 0, 0);
  }

  #restart(replay, key, view, ratio, preview) {
    for (const layer of [this.#solid, this.#ghost]) {
      layer.width = this.canvas.width;
      layer.height = this.canvas.height;
    }
    this.#drawn = { replay, key, responses: 0, deliveries: 0 };
    if (preview) marked(replay, view, false).paint(scaled(this.#ghost, ratio));
  }

  /** Add what has happened since the last picture; after a step back begin again. */
  #catchUp(replay, t, view, ratio) {
    const drawn = this.#drawn;
    const now = { responses: countUntil(replay.responses.at, t), deliveries: countUntil(replay.delivered.at, t) };
    if (now.responses < drawn.responses || now.deliveries < drawn.deliveries) {
      this.#solid.width = this.canvas.width; // which wipes it
      drawn.responses = drawn.deliveries = 0;
    }
    const marks = new Marks(replay.records, view);
    while (drawn.deliveries < now.deliveries) marks.delivery(replay.delivered.ids[drawn.deliveries++]);
    while (drawn.responses < now.responses) marks.response(replay.responses.ids[drawn.responses++]);
    marks.paint(scaled(this.#solid, ratio));
  }

  /** The stretch that does not count, on grey. */
  #warmup({ x, size, left, bottom, colours }, warmup, ratio, height) {
    const { ctx } = this;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.fillStyle = colours.lane;
    ctx.fillRect(left, TOP, x(warmup) - left, height - bottom - TOP);
    ctx.font = `${size}px sans-serif`;
    const text = "warm-up: not counted";
    if (ctx.measureText(text).width < x(warmup) - left)
      write(ctx, text, left + 6, (height - bottom + TOP) / 2, { colour: colours.soft, align: "left", size });
    ctx.setTransform(1, 0, 0, 1, 0, 0);
  }

  #axes({ x, y, top, size, left, bottom, colours }, width, height, until, timeout) {
    const { ctx } = this;
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
    write(ctx, `${Number(timeout.toPrecision(4))} s`, left - 4, y(timeout), {
      colour: colours.late,
      align: "right",
      weight: "bold",
      size,
    });
  }

  #playhead({ x, bottom, colours }, t, until, height) {
    if (t > until) return;
    const { ctx } = this;
    ctx.strokeStyle = colours.ink;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(x(t), TOP - 6);
    ctx.lineTo(x(t), height - bottom);
    ctx.stroke();
  }
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
