// The cloud of a run while a knob is turned, dot by dot: as shapes it would take a browser ten times as long.
import { isTimedOut } from "fates";

export const GHOSTLY = 0.28; // how faintly what will come is shown
const MOST = 1500; // marks of a cloud that has to keep up with a hand
const REACH = 5; // px from the middle of a mark to its edge, at most

/** By kind: whether a mark covers what lies so many px right of its middle and below it. */
const SHAPES = {
  page: (x, y) => Math.hypot(x, y) < 2.7,
  report: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 3.6,
  late: (x, y) => Math.abs(x) < 4.3 && Math.abs(Math.abs(x) - Math.abs(y)) < 1,
  done: (x, y) => Math.abs(Math.abs(x) + Math.abs(y) - 4) < 0.9,
  beyond: (x, y) => Math.abs(x) < 4.3 && Math.abs(y + 3 - 1.75 * Math.abs(x)) < 1.5,
};

/** The dots of a mark, as distances from its middle in an image that is so wide. */
function stamp(covers, wide, ratio) {
  const dots = [];
  const reach = Math.ceil(REACH * ratio);
  for (let y = -reach; y <= reach; y++)
    for (let x = -reach; x <= reach; x++) if (covers(x / ratio, y / ratio)) dots.push(y * wide + x);
  return Int32Array.from(dots);
}

/** A colour, faintly, as a dot of an image; grey where the browser does not name its parts. */
function dotOf(ctx, colour) {
  ctx.fillStyle = colour;
  const [, ...parts] = /^#(..)(..)(..)$/.exec(ctx.fillStyle) ?? ["", "80", "80", "80"];
  return new Uint32Array(Uint8Array.from([...parts.map((part) => Number.parseInt(part, 16)), 255 * GHOSTLY]).buffer)[0];
}

export class Sketch {
  #image = new ImageData(1, 1);
  #dots = new Uint32Array(1); // of the image
  /** @type {any[]} */
  #made = [];
  /** @type {any} by kind: what one of its marks covers, and the colour */
  #marks = {};

  /**
   * Let a canvas show the marks of a run, not of every request of a long one, whatever the clock says, and nothing
   * else: put there at once, for to draw a canvas on another takes a browser long where it has changed before.
   */
  replace(ctx, records, view) {
    this.#fit(ctx, view);
    this.#dots.fill(0);
    this.#mark(records, view);
    ctx.putImageData(this.#image, 0, 0);
  }

  #fit(ctx, { ratio, colours }) {
    const { width, height } = ctx.canvas;
    const made = [width, height, ratio, colours];
    if (made.every((one, n) => one === this.#made[n])) return;
    this.#made = made;
    this.#image = new ImageData(width, height);
    this.#dots = new Uint32Array(this.#image.data.buffer);
    this.#marks = Object.fromEntries(
      Object.entries(SHAPES).map(([kind, covers]) => {
        return [kind, { covered: stamp(covers, width, ratio), dot: dotOf(ctx, colours[kind] ?? colours.done) }];
      }),
    );
  }

  #mark(records, view) {
    const { arrived_at: arrivedAt, is_report: isReport, responded_at: respondedAt } = records;
    const every = Math.ceil(arrivedAt.length / MOST);
    if (records.workers) this.#deliveries(records, view, every);
    const { late, report, page } = this.#marks;
    for (let id = 0; id < arrivedAt.length; id += every) {
      const arrived = arrivedAt[id];
      const mark = isTimedOut(records, id) ? late : isReport[id] ? report : page;
      this.#put(mark, view.x(arrived), view.y(respondedAt[id] - arrived), view.ratio);
    }
  }

  #deliveries({ completed_at: completedAt, arrived_at: arrivedAt }, { x, y, top, ratio }, every) {
    const { beyond, done } = this.#marks;
    for (let id = 0; id < arrivedAt.length; id += every) {
      const time = completedAt[id] - arrivedAt[id];
      if (time >= 0) this.#put(time > top ? beyond : done, x(arrivedAt[id]), y(Math.min(time, top)), ratio);
    }
  }

  #put({ covered, dot }, x, y, ratio) {
    const dots = this.#dots;
    const { width } = this.#image;
    if (x * ratio > width - REACH * ratio) return; // it would begin the next row
    const middle = Math.round(y * ratio) * width + Math.round(x * ratio);
    for (let n = 0; n < covered.length; n++) dots[middle + covered[n]] = dot; // what lies outside is lost
  }
}
