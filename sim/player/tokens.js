// The marks: a page is a circle, a report a square, an error a cross, wasted work hatched. Colour only helps.
export const TAU = 2 * Math.PI;

/** The colours of the theme now in force, read from the style sheet. */
export function paletteOf(element) {
  const style = getComputedStyle(element);
  const names = ["ink", "soft", "faint", "paper", "lane", "page", "report", "late", "good", "done", "edge", "accent"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

export function outline(ctx, isReport, x, y, r) {
  ctx.beginPath();
  if (isReport) ctx.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else ctx.arc(x, y, r, 0, TAU);
}

export function cross(ctx, x, y, r) {
  ctx.beginPath();
  ctx.moveTo(x - r, y - r);
  ctx.lineTo(x + r, y + r);
  ctx.moveTo(x + r, y - r);
  ctx.lineTo(x - r, y + r);
  ctx.stroke();
}

/** One request. `gone`: its client has had the error, so it is drawn hollow and crossed out. */
export function token(ctx, colours, isReport, x, y, r, gone = false) {
  outline(ctx, isReport, x, y, r);
  ctx.fillStyle = gone ? colours.paper : isReport ? colours.report : colours.page;
  ctx.strokeStyle = gone ? colours.late : colours.edge;
  ctx.lineWidth = gone ? 2 : 1;
  ctx.fill();
  ctx.stroke();
  if (gone) cross(ctx, x, y, r * 0.6);
}

/** Round a request that is followed. */
export function ring(ctx, colours, x, y, r) {
  ctx.strokeStyle = colours.accent;
  ctx.lineWidth = 3;
  ctx.beginPath();
  ctx.arc(x, y, r + 4, 0, TAU);
  ctx.stroke();
}

/**
 * A slot of a pool, with its number: round for a thread, square for a worker; filled while it is held.
 * @param {boolean} isThread
 */
export function badge(ctx, colours, number, x, y, isThread, held, height = 17) {
  const width = Math.max(22, 8 + 8 * String(number).length);
  ctx.beginPath();
  ctx.roundRect(x, y - height / 2, width, height, isThread ? height / 2 : 1);
  ctx.fillStyle = held ? colours.ink : colours.paper;
  ctx.strokeStyle = held ? colours.ink : colours.soft;
  ctx.lineWidth = 1.2;
  ctx.fill();
  ctx.stroke();
  const colour = held ? colours.paper : colours.soft;
  write(ctx, String(number), x + width / 2, y + 1, { colour, align: "center", size: height - 3 });
  return width;
}

/** A tick: answered in time. */
export function tick(ctx, colours, x, y, r) {
  ctx.strokeStyle = colours.good;
  ctx.lineWidth = 3;
  ctx.beginPath();
  ctx.moveTo(x - r, y);
  ctx.lineTo(x - r * 0.2, y + r * 0.8);
  ctx.lineTo(x + r, y - r * 0.8);
  ctx.stroke();
}

/** A bar of wasted time: hatched, so that it is told from useful work without its colour. */
export function hatched(ctx, colours, x, y, width, height) {
  if (width <= 0) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, width, height);
  ctx.fillStyle = colours.paper;
  ctx.fill();
  ctx.clip();
  ctx.strokeStyle = colours.late;
  ctx.lineWidth = 2.5;
  ctx.beginPath();
  for (let at = x - height - ((x - height) % 6); at < x + width; at += 6) {
    ctx.moveTo(at, y + height);
    ctx.lineTo(at + height, y);
  }
  ctx.stroke();
  ctx.restore();
  ctx.strokeStyle = colours.late;
  ctx.lineWidth = 1;
  ctx.strokeRect(x + 0.5, y + 0.5, Math.max(0, width - 1), height - 1);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {{size?: number, colour: string, align?: CanvasTextAlign, weight?: string}} style
 */
export function write(ctx, text, x, y, { size = 15, colour, align = "left", weight = "" }) {
  ctx.font = `${weight} ${size}px "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif`;
  ctx.fillStyle = colour;
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, y);
}
