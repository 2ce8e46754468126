// Canvases: as large as their boxes, and pictures that are kept as long as what they show stays the same.

/** @type {WeakMap<HTMLCanvasElement, {width: number, height: number, size: number}>} px, and those of a letter */
const boxes = new WeakMap();

/**
 * Note how large the box of a canvas is, since to ask for it in every picture would lay out the page in every picture;
 * returns whether it is another size.
 */
export function measure(canvas) {
  const size = parseFloat(getComputedStyle(canvas).fontSize);
  const [before, box] = [boxes.get(canvas), { width: canvas.clientWidth, height: canvas.clientHeight, size }];
  boxes.set(canvas, box);
  return !before || before.width !== box.width || before.height !== box.height || before.size !== size;
}

/** The size of a canvas's box when it was measured last. */
export function boxOf(canvas) {
  if (!boxes.has(canvas)) measure(canvas);
  return /** @type {{width: number, height: number, size: number}} */ (boxes.get(canvas));
}

/** What draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 */
export function pen(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/** The same, in pixels of the page. */
export function scaled(canvas, ratio) {
  const ctx = pen(canvas);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ctx;
}

/** Fit a canvas to its box at the screen's resolution; returns whether its size changed. */
export function fit(canvas) {
  const ratio = globalThis.devicePixelRatio || 1;
  const box = boxOf(canvas);
  const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}

/** A picture that is kept. */
export class Layer {
  canvas = document.createElement("canvas");
  /** @type {any[]} */
  #shows = [];

  /** Let `paint` draw it anew, on a blank canvas as large as `like`, if what it `shows` is not what it showed last. */
  keep(like, shows, paint) {
    const now = [like.width, like.height, ...shows];
    if (now.length === this.#shows.length && now.every((one, n) => one === this.#shows[n])) return;
    this.#shows = now;
    [this.canvas.width, this.canvas.height] = now;
    paint(pen(this.canvas));
  }

  /** Draw it anew the next time, whatever it shows. */
  forget() {
    this.#shows = [];
  }

  /** Lay it over what a canvas of its size shows. */
  add(ctx, alpha = 1) {
    ctx.save();
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.globalAlpha = alpha;
    ctx.drawImage(this.canvas, 0, 0);
    ctx.restore();
  }

  /** Let a canvas of its size show it and nothing else. */
  replace(ctx) {
    this.#put(ctx, "copy");
  }

  /** Lay it behind what a canvas of its size shows. */
  addBehind(ctx) {
    this.#put(ctx, "destination-over");
  }

  #put(ctx, how) {
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.globalCompositeOperation = how;
    ctx.drawImage(this.canvas, 0, 0);
    ctx.globalCompositeOperation = "source-over";
  }
}
