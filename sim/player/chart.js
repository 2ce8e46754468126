// Below the drawing: every response time as it happens, and the ledger of thread-seconds as it grows.

import { completionTime, isTimedOut, respondedAt } from "fates";
import { countUntil } from "replay";
import { cross, fit, hatched, outline, write } from "tokens";

const TOP = 10;

/** Round marks for an axis: at most `most` of them. */
export function ticksFor(top, most) {
  const rough = top / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, k) => Number((k * step).toPrecision(12)));
}

export class Scatter {
  #solid = document.createElement("canvas");
  #ghost = document.createElement("canvas");
  #drawn = { replay: null, responses: 0, deliveries: 0 };

  constructor(canvas) {
    this.canvas = canvas;
    this.ctx = canvas.getContext("2d");
  }

  /**
   * Draw what has happened by `t`; `until`: the right end of the axis (s); `warmup`: up to when nothing counts (s);
   * `preview`: show faintly what will come.
   */
  draw(replay, t, { colours, until, warmup, preview }) {
    const resized = fit(this.canvas);
    if (!this.canvas.width || !this.canvas.height) return; // hidden, as in a slide that is not shown
    const ratio = globalThis.devicePixelRatio || 1;
    const [width, height] = [this.canvas.width / ratio, this.canvas.height / ratio];
    const { timeout } = replay.records;
    const size = parseFloat(getComputedStyle(this.canvas).fontSize);
    const [left, bottom, right] = [size * 2.9, size * 1.5, size * 1.4];
    const view = {
      size,
      left,
      bottom,
      x: (at) => left + ((width - left - right) * at) / until,
      y: (time) => height - bottom - ((height - bottom - TOP) * time) / (timeout * 1.12),
      top: timeout * 1.12,
      colours,
    };
    const key = `${size} ${width} ${height} ${colours.ink} ${until} ${preview}`;
    const changed = resized || this.#drawn.replay !== replay || this.#drawn.key !== key;
    if (changed) this.#restart(replay, key, view, ratio, preview);
    this.#catchUp(replay, t, view, ratio);
    const { ctx } = this;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (warmup) this.#warmup(view, warmup, ratio, height);
    if (preview) {
      ctx.globalAlpha = 0.28;
      ctx.drawImage(this.#ghost, 0, 0);
      ctx.globalAlpha = 1;
    }
    ctx.drawImage(this.#solid, 0, 0);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#axes(view, width, height, until, timeout);
    this.#playhead(view, t, until, height);
  }

  #restart(replay, key, view, ratio, preview) {
    for (const layer of [this.#solid, this.#ghost]) {
      layer.width = this.canvas.width;
      layer.height = this.canvas.height;
    }
    this.#drawn = { replay, key, responses: 0, deliveries: 0 };
    if (!preview) return;
    const ctx = scaled(this.#ghost, ratio);
    for (const id of replay.responses.ids) response(ctx, replay, id, view);
    for (const id of replay.delivered.ids) delivery(ctx, replay, id, view);
  }

  /** Add what has happened since the last picture; after a step back begin again. */
  #catchUp(replay, t, view, ratio) {
    const drawn = this.#drawn;
    const now = { responses: countUntil(replay.responses.at, t), deliveries: countUntil(replay.delivered.at, t) };
    if (now.responses < drawn.responses || now.deliveries < drawn.deliveries) {
      this.#solid.getContext("2d").setTransform(1, 0, 0, 1, 0, 0);
      this.#solid.getContext("2d").clearRect(0, 0, this.#solid.width, this.#solid.height);
      Object.assign(drawn, { responses: 0, deliveries: 0 });
    }
    const ctx = scaled(this.#solid, ratio);
    for (; drawn.deliveries < now.deliveries; drawn.deliveries++)
      delivery(ctx, replay, replay.delivered.ids[drawn.deliveries], view);
    for (; drawn.responses < now.responses; drawn.responses++)
      response(ctx, replay, replay.responses.ids[drawn.responses], view);
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

function scaled(canvas, ratio) {
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ctx;
}

/** When the browser had an answer: circle (page), square (report), or a cross on the line of the timeout. */
function response(ctx, { records }, id, { x, y, colours }) {
  const isReport = records.is_report[id];
  const at = [x(records.arrived_at[id]), y(respondedAt(records, id) - records.arrived_at[id])];
  if (isTimedOut(records, id)) {
    ctx.strokeStyle = colours.late;
    ctx.lineWidth = 2;
    cross(ctx, ...at, 4);
    return;
  }
  outline(ctx, isReport, ...at, isReport ? 4 : 2.6);
  ctx.fillStyle = isReport ? colours.report : colours.page;
  ctx.fill();
}

/** When a job's report existed: a diamond, at the upper edge where it took longer than the axis. */
function delivery(ctx, { records }, id, { x, y, top, colours }) {
  if (Number.isNaN(records.completed_at[id])) return;
  const [at, time] = [x(records.arrived_at[id]), completionTime(records, id)];
  const up = y(Math.min(time, top));
  ctx.strokeStyle = colours.done;
  ctx.lineWidth = 1.6;
  ctx.beginPath();
  if (time > top) {
    ctx.moveTo(at - 4, up + 4);
    ctx.lineTo(at, up - 3);
    ctx.lineTo(at + 4, up + 4);
  } else {
    ctx.moveTo(at - 4, up);
    ctx.lineTo(at, up - 4);
    ctx.lineTo(at + 4, up);
    ctx.lineTo(at, up + 4);
    ctx.closePath();
  }
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
