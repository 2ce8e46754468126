// The drawing is the instrument: what can be taken hold of in it, and what comes of it where it is let go.

const TAP = 6; // px that a tap may slip

/**
 * By what is held: what happens where it is dropped. `at` is a zone of the drawing, `act` what the player's owner does.
 */
const DROPS = {
  thread: (at, act) => act.slots(at === "workers" ? "lend" : at === "threads" ? "none" : "fewer threads"),
  worker: (at, act) => act.slots(at === "threads" ? "take back" : at === "workers" ? "none" : "fewer workers"),
  "new thread": (at, act) => act.slots(at === "workers" ? "more workers" : "more threads"),
  "new worker": (at, act) => act.slots(at === "threads" ? "more threads" : "more workers"),
  call: (at, act, side) => act.move(side, "report", at === "workers" || at === "below"),
  lookup: (at, act, side) => act.move(side, "page", at === "workers" || at === "below"),
};

/**
 * Let a hand work in a side's drawing and chart. `act`: {slots(how), move(side, what, later), surge(going), follow(id),
 * timeout(seconds, held), refresh()}; returns how to stop it.
 * @param {any} side
 * @param {any} act
 */
export function takeHold(side, act) {
  const stops = [drawing(side, act), line(side, act)];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Hear a pointer on a canvas from when it is put down: {down(point) → whether it holds something, move, up}. */
function pointer(canvas, { over, down, move, up }) {
  /** @type {any} */
  let from = null;
  const point = (event) => {
    const { left, top } = canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const heard = {
    pointerdown(event) {
      if (!down(point(event))) return;
      from = point(event);
      canvas.setPointerCapture(event.pointerId);
      event.preventDefault();
    },
    pointermove(event) {
      if (from) move(point(event));
      else canvas.style.cursor = over(point(event)) ? "grab" : "";
    },
    pointerup(event) {
      if (!from) return;
      const [[x0, y0], [x, y]] = [from, point(event)];
      from = null;
      up([x, y], Math.hypot(x - x0, y - y0) <= TAP);
    },
    pointercancel() {
      if (from) up(from, false);
      from = null;
    },
  };
  for (const [name, hear] of Object.entries(heard)) canvas.addEventListener(name, hear);
  return () => {
    for (const [name, hear] of Object.entries(heard)) canvas.removeEventListener(name, hear);
  };
}

function drawing(side, act) {
  const { stage } = side;
  /** @type {any} */
  let held = null;
  const at = (point) => stage.at(stage.inside(point));
  return pointer(stage.canvas, {
    over: at,
    down(point) {
      held = at(point);
      if (held?.what === "computer") act.surge(true);
      return held;
    },
    move(point) {
      if (held.what === "computer" || held.what === "request") return;
      stage.carried = { ...held, at: stage.inside(point) };
      act.refresh();
    },
    up(point, isTap) {
      stage.carried = null;
      if (held.what === "computer") act.surge(false);
      else if (held.what === "request") act.follow(held.id);
      else if (!isTap || held.what.startsWith("new")) DROPS[held.what](stage.zone(stage.inside(point)), act, side);
      act.refresh();
      held = null;
    },
  });
}

/** The line of the timeout in the chart. */
function line(side, act) {
  const { scatter } = side;
  return pointer(scatter.canvas, {
    over: ([, y]) => act.timeout && scatter.isOnLine(y),
    down(point) {
      if (act.timeout && scatter.isOnLine(point[1])) {
        scatter.hold();
        return true;
      }
      const id = scatter.nearest(point);
      if (id >= 0) act.follow(id);
      return false;
    },
    move: ([, y]) => act.timeout(scatter.timeAt(y), true),
    up() {
      scatter.letGo();
      act.timeout(null, false);
    },
  });
}
