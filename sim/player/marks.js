// The cloud of a run: a mark for every answer and every report that exists.

import { isTimedOut, respondedAt } from "fates";
import { TAU } from "tokens";

/** The marks of a whole run, whatever the clock says. */
export function marked(records, view) {
  const marks = new Marks(records, view);
  for (let id = 0; id < records.arrived_at.length; id++) {
    marks.delivery(id);
    marks.response(id);
  }
  return marks;
}

/** Where a request's answer is drawn. */
export function placeOf(records, view, id) {
  const arrived = records.arrived_at[id];
  return [view.x(arrived), view.y(respondedAt(records, id) - arrived)];
}

/** The marks of a cloud. Those of a kind are one shape, so that thousands of them are drawn in one go. */
export class Marks {
  #records;
  #view;
  #page = new Path2D();
  #report = new Path2D();
  #late = new Path2D();
  #done = new Path2D();

  constructor(records, view) {
    this.#records = records;
    this.#view = view;
  }

  /** When the browser had an answer: circle (page), square (report), or a cross on the line of the timeout. */
  response(id) {
    const [x, y] = placeOf(this.#records, this.#view, id);
    if (isTimedOut(this.#records, id)) this.#cross(x, y, 4);
    else if (this.#records.is_report[id]) this.#report.rect(x - 3.6, y - 3.6, 7.2, 7.2);
    else {
      this.#page.moveTo(x + 2.6, y);
      this.#page.arc(x, y, 2.6, 0, TAU);
    }
  }

  /** When a job's report existed: a diamond, at the upper edge where it took longer than the axis. */
  delivery(id) {
    const { completed_at: completedAt, arrived_at: arrivedAt } = this.#records;
    if (Number.isNaN(completedAt[id])) return;
    const { x, y, top } = this.#view;
    const [at, time] = [x(arrivedAt[id]), completedAt[id] - arrivedAt[id]];
    const up = y(Math.min(time, top));
    if (time > top) this.#line([at - 4, up + 4], [at, up - 3], [at + 4, up + 4]);
    else this.#line([at - 4, up], [at, up - 4], [at + 4, up], [at, up + 4], [at - 4, up]);
  }

  paint(ctx) {
    const { colours } = this.#view;
    ctx.lineWidth = 1.6;
    ctx.strokeStyle = colours.done;
    ctx.stroke(this.#done);
    ctx.fillStyle = colours.report;
    ctx.fill(this.#report);
    ctx.fillStyle = colours.page;
    ctx.fill(this.#page);
    ctx.lineWidth = 2;
    ctx.strokeStyle = colours.late;
    ctx.stroke(this.#late);
  }

  /** All marks in outline and of no colour. */
  outline(ctx) {
    ctx.lineWidth = 1;
    ctx.strokeStyle = this.#view.colours.soft;
    for (const shape of [this.#done, this.#report, this.#page, this.#late]) ctx.stroke(shape);
  }

  #cross(x, y, r) {
    this.#late.moveTo(x - r, y - r);
    this.#late.lineTo(x + r, y + r);
    this.#late.moveTo(x + r, y - r);
    this.#late.lineTo(x - r, y + r);
  }

  #line([x, y], ...points) {
    this.#done.moveTo(x, y);
    for (const [along, up] of points) this.#done.lineTo(along, up);
  }
}
