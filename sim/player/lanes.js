// Threads and workers as lanes: one for each slot, with whom it serves and for how long already.
import { coreMark, runMark } from "labscenery";
import { nameOf, person } from "people";
import { badge, hatched, write } from "tokens";
import { brief } from "words";

const BADGE = 24;
const TRACK = 90; // where a wide lane's clock begins, after the slot's number and who is in it
const MOST_COLUMNS = 8;
const LOWEST = 6; // lower lanes would only be stripes
const CROWDED = 500; // s: from there on the axis has no room for two marks of four digits
const NUMBERED = 13; // rows lower than this have no room for a number

/**
 * The slots of a pool as lanes: who is in them, and their clock since arrival (thread) or pick-up (worker).
 * `view` is {ctx, colours, replay, t, flight, layout, marked(id, x, y, r), slot(number, box, isThread)}.
 */
export function lanes(view, slots, box, isThread) {
  let [x, y, width, height] = box;
  if (slots.length > MOST_COLUMNS * Math.floor(height / LOWEST)) {
    [y, height] = [y + 15, height - 15];
  }
  const shown = Math.min(slots.length, MOST_COLUMNS * Math.floor(height / LOWEST));
  const columns = laneColumns(shown, height);
  const rows = Math.ceil(shown / columns);
  const [across, down] = [width / columns, Math.min(34, height / rows)];
  if (isThread && !view.layout.isAsync && columns === 1) laneAxis(view, x, y, across - 4);
  if (shown < slots.length)
    write(view.ctx, `${shown} of ${slots.length} shown`, x, y - 7, { colour: view.colours.soft });
  slots.slice(0, shown).forEach((slot, number) => {
    const [column, row] = [Math.floor(number / rows), number % rows];
    lane(view, slot, number, [x + column * across, y + row * down, across - 4, down - 2], isThread);
  });
}

/** The lanes' common axis: seconds since arrival. */
function laneAxis(view, x, y, width) {
  const { colours, replay } = view;
  const { timeout } = replay.records;
  const [left, right] = [x + TRACK, x + width];
  const marks = [
    [left, 0, "center"],
    [(left + right) / 2, timeout, "center"],
    [right, 2 * timeout, "right"],
  ];
  for (const [at, mark, align] of timeout < CROWDED ? marks : marks.slice(0, 2)) {
    const colour = mark === timeout ? colours.late : colours.soft;
    write(view.ctx, mark ? `${brief(mark)} s` : "0", at, y - 11, { colour, align });
  }
  write(view.ctx, "threads", x, y - 11, { colour: colours.soft });
}

function lane(view, slot, number, [x, y, width, height], isThread) {
  const { id, since, until, busy, run } = slot;
  const { ctx, colours, replay, t } = view;
  const named = height >= NUMBERED && width >= 60;
  const size = Math.min(16, height);
  const left = x + (named ? BADGE : 0);
  ctx.fillStyle = colours.lane;
  ctx.fillRect(left, y, width - (left - x), height);
  view.slot(number, [x, y, width, height], isThread);
  if (named) badge(ctx, colours, number, x - 2, y + height / 2, isThread, busy, Math.min(17, height));
  // who has just gone fades, so that a page of 0.1 s is seen at any speed
  const fades = id >= 0 && view.flight > 0 && t < replay.endedAt; // when all is over nothing is left standing
  const glow = busy ? 1 : !fades ? 0 : 1 - (t - until) / view.flight;
  if (glow <= 0) return;
  ctx.globalAlpha = busy ? 1 : 0.6 * glow;
  const r = Math.min(8, height / 2 - 1);
  const gone = isThread ? replay.isGone(id, Math.min(t, until)) : !run.isUseful;
  const wide = width >= 190 && height >= 15;
  const track = wide ? x + TRACK : left + 2 * r + 6;
  clock(view, id, [track, y + 2, x + width - track - 2, height - 4], since, Math.min(t, until), isThread, gone);
  person(view, id, left + r + 3, y + height / 2, r, isThread && gone);
  if (busy) view.marked(id, left + r + 3, y + height / 2, r);
  runMark(view, run, left + r + 3, y + height / 2);
  if (wide) write(ctx, nameOf(replay, id), left + 2 * r + 8, y + height / 2 + 1, { colour: colours.ink, size });
  if (isThread && busy && view.computing?.has(id)) coreMark(view, x + width - 2, y + 1, height - 2);
  ctx.globalAlpha = 1;
}

/** Waiting (thin), serving (solid; hatched once it is for nothing), with the timeout in the middle of the track. */
function clock(view, id, [x, y, width, height], startedAt, t, isThread, gone) {
  const { ctx, colours, replay } = view;
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
  if (gone && height >= 12) error(view, replay.errorCode(id), x + width / 2 + 5, y + height / 2);
}

function error(view, code, x, y) {
  const { ctx, colours } = view;
  ctx.fillStyle = colours.paper;
  ctx.fillRect(x - 2, y - 8, 34, 16);
  write(ctx, code, x, y + 1, { colour: colours.late, weight: "bold" });
}

/** So many columns that a lane is at least 13 high, if that leaves them wide enough to see. */
function laneColumns(slots, height) {
  for (const columns of [1, 2, 3]) if (height / Math.ceil(slots / columns) >= 17) return columns;
  return slots > 4 * Math.floor(height / LOWEST) ? MOST_COLUMNS : 4;
}
