// Who stands in the drawing: a request, a retry with its number, a poll as a question, a job's second run.
import { outline, token, write } from "tokens";
import { POLL } from "ways";

/** A small question: is it ready? */
function question({ ctx, colours }, x, y, r, gone) {
  outline(ctx, false, x, y, r);
  ctx.fillStyle = colours.paper;
  ctx.strokeStyle = gone ? colours.late : colours.soft;
  ctx.lineWidth = 1.5;
  ctx.fill();
  ctx.stroke();
  write(ctx, "?", x, y + 1, { colour: gone ? colours.late : colours.ink, align: "center", weight: "bold", size: 12 });
}

/** A number at the upper right of a mark. */
export function numbered({ ctx, colours }, number, x, y, r) {
  const [at, up] = [x + r * 0.8, y - r * 0.8];
  ctx.beginPath();
  ctx.arc(at, up, 6, 0, 2 * Math.PI);
  ctx.fillStyle = colours.ink;
  ctx.fill();
  write(ctx, `${number}`, at, up + 0.5, { colour: colours.paper, align: "center", weight: "bold", size: 10 });
}

/** Who a request is: the same person has the same number whenever they come. */
export const nameOf = ({ lab }, id) => `${lab ? lab.visit_id[id] : id}`;

/**
 * A request at a place; `view` is {ctx, colours, replay}. Who tries again has the number of the attempt: the same
 * person, for the second time.
 */
export function person(view, id, x, y, r, gone = false) {
  const { ctx, colours, replay } = view;
  const { lab, records } = replay;
  if (lab?.kind[id] === POLL) return question(view, x, y, Math.min(r, 6.5), gone);
  token(ctx, colours, records.is_report[id], x, y, r, gone);
  if (lab?.attempt[id] > 0 && r >= 5) numbered(view, lab.attempt[id] + 1, x, y, r);
}
