// Between the computer and the web server: requests on their way in, answers and errors on their way out.
import { person } from "people";
import { countUntil } from "sorted";
import { tick, write } from "tokens";

const LEFT = 14; // where they set out and where they arrive
const APART = 7; // tokens closer than this would only be a smear
const WORDS_APART = 34;

/** What is under way at `t`, for `flight` simulated seconds. `view` is {ctx, colours, replay, t, flight, boxes}. */
export function flights(view) {
  if (!(view.flight > 0)) return;
  requests(view);
  if (view.replay.begun(view.t)) answers(view);
}

function requests(view) {
  const { replay, t, flight, boxes } = view;
  const { arrived_at: arrivedAt } = replay.records;
  const to = boxes.web_server[0] - 10;
  let free = Infinity;
  for (let id = countUntil(arrivedAt, t); id < arrivedAt.length && arrivedAt[id] < t + flight; id++) {
    const x = LEFT + (to - LEFT) * (1 - (arrivedAt[id] - t) / flight);
    if (x > free - APART) continue;
    free = x;
    person(view, id, x, 28, 6.5);
  }
}

function answers(view) {
  const { ctx, colours, replay, t, flight, boxes } = view;
  const { ids, at } = replay.responses;
  const router = boxes.router[0] - 16;
  const errors = [];
  let free = Infinity;
  for (let k = countUntil(at, t - flight); k < at.length && at[k] <= t; k++) {
    const x = LEFT + (router - LEFT) * (1 - (t - at[k]) / flight);
    const gone = replay.isGone(ids[k], t);
    if (gone) errors.push([Math.min(x, 70), replay.errorCode(ids[k])]);
    if (Math.abs(x - free) < APART) continue;
    free = x;
    person(view, ids[k], x, 84, 6.5, gone);
    if (!gone) tick(ctx, colours, x, 99, 5);
  }
  told(view, errors);
}

/** The codes of errors [x, code], as far as they do not cover each other. */
function told(view, errors) {
  let written = -Infinity;
  for (const [x, code] of errors) {
    if (Math.abs(x - written) < WORDS_APART) continue;
    written = x;
    error(view, x, code);
  }
}

function error({ ctx, colours }, x, code) {
  ctx.fillStyle = colours.paper;
  ctx.fillRect(x - 16, 93, 32, 17); // over the ticks of others
  write(ctx, code, x, 102, { colour: colours.late, weight: "bold", align: "center" });
}
