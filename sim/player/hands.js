// The drawing is the instrument: what can be taken hold of in it, and what comes of it where it is let go.

const TAP = 6; // px that a tap may slip
const FINGER = 17; // px round what is drawn small: a finger finds 44 px of it

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
  const stops = [drawing(side, act), chart(side, act)];
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * Hear a pointer on a canvas from when it is put down: {down(point, slack) → what it holds, move(point, held),
 * up(point, isTap, held)}, up without a point where the browser takes the pointer away. While a finger holds something
 * the page does not scroll; what it holds stays in hand where the page is laid out anew below it.
 */
function pointer(canvas, { over, down, move, up }) {
  /** @type {any} */
  let [held, from, corner] = [null, null, null];
  const point = (event) => [event.clientX - corner.left, event.clientY - corner.top];
  const heard = {
    pointerdown(event) {
      if (event.button || !event.isPrimary) return;
      corner = canvas.getBoundingClientRect();
      from = point(event);
      held = down(from, event.pointerType === "mouse" ? 0 : FINGER);
      if (held) canvas.setPointerCapture(event.pointerId);
      if (held) event.preventDefault();
    },
    touchstart(event) {
      if (held && held.what !== "request") event.preventDefault();
    },
    pointermove(event) {
      if (held) return move(point(event), held);
      corner = canvas.getBoundingClientRect();
      canvas.style.cursor = over(point(event)) ? "grab" : "";
    },
    pointerup(event) {
      const [x, y] = held ? point(event) : [0, 0];
      if (held) up([x, y], Math.hypot(x - from[0], y - from[1]) <= TAP, held);
      held = null;
    },
    pointercancel() {
      if (held) up(null, false, held);
      held = null;
    },
  };
  for (const [name, hear] of Object.entries(heard)) canvas.addEventListener(name, hear);
  return () => {
    for (const [name, hear] of Object.entries(heard)) canvas.removeEventListener(name, hear);
  };
}

function drawing(side, act) {
  const { stage } = side;
  const at = (point, slack) => stage.at(stage.inside(point), slack);
  return pointer(stage.canvas, {
    over: (point) => at(point),
    down(point, slack) {
      const held = at(point, slack);
      if (held?.what === "computer") act.surge(true);
      return held;
    },
    move(point, held) {
      if (held.what === "computer" || held.what === "request") return;
      stage.carried = { ...held, at: stage.inside(point) };
      act.refresh();
    },
    up(point, isTap, held) {
      stage.carried = null;
      if (held.what === "computer") act.surge(false);
      else if (held.what === "request") isTap && act.follow(held.id);
      else if (point && (!isTap || held.what.startsWith("new")))
        DROPS[held.what](stage.zone(stage.inside(point)), act, side);
      act.refresh();
    },
  });
}

/** In the chart: the line of the timeout, and the answers. */
function chart(side, act) {
  const { scatter } = side;
  return pointer(scatter.canvas, {
    over: ([, y]) => act.timeout && scatter.isOnLine(y),
    down(point, slack) {
      const pulls = act.timeout && scatter.isOnLine(point[1], slack);
      const id = pulls ? -1 : scatter.nearest(point, slack);
      if (pulls) scatter.hold();
      return pulls ? { what: "line" } : id >= 0 ? { what: "request", id } : null;
    },
    move([, y], held) {
      if (held.what === "line") act.timeout(scatter.timeAt(y), true);
    },
    up(_, isTap, held) {
      if (held.what === "request") return isTap && act.follow(held.id);
      scatter.letGo();
      act.timeout(null, false);
    },
  });
}
