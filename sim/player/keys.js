// Keys that work wherever nothing else wants them: in the page, or while the focus is in the widget.

export const KEYS = [
  ["Space", "play or pause"],
  [".", "step to the next event"],
  ["← →", "back and forth in time"],
  ["T", "the first timeout"],
  ["Home", "back to the beginning"],
  ["F", "follow a request; again: the next one; Esc: nobody"],
  ["?", "this list"],
];

/** What the explorer's drawing does by hand, and by key. */
export const HAND_KEYS = [
  ["M", "move a report's slow call behind the push, or back (or drag it)"],
  ["N", "move a page's lookup likewise"],
  ["+ −", "a thread more, or fewer (or drag one in, or out)"],
  ["> <", "a slot from the threads to the workers, or back"],
  ["] [", "the line of the timeout up, or down (or pull it)"],
  ["P", "the projector's view, or back"],
  ["K", "there: reveal the next knob"],
  ["S", "a surge of ten seconds (or hold the computer)"],
];

/** What a control does with a key by itself. */
function wants(target, key) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select, input:not([type=range])")) return true;
  if (target.matches("button, summary, a")) return key === " " || key === "Enter";
  return target.matches("input[type=range]") && (key.startsWith("Arrow") || key === "Home");
}

/** What each key does to a player. */
const ACTS = {
  " ": (player) => player.play(),
  ".": (player) => player.step(),
  t: (player) => player.toFirstTimeout(),
  Home: (player) => player.moveTo(0),
  ArrowRight: (player) => player.moveBy(1),
  ArrowLeft: (player) => player.moveBy(-1),
  "?": (player) => player.tellKeys(),
  f: (player) => player.followNext(),
  Escape: (player) => player.follow(-1),
  m: (player) => player.move("report"),
  n: (player) => player.move("page"),
  "+": (player) => player.options.hands?.slots("more threads"),
  "-": (player) => player.options.hands?.slots("fewer threads"),
  ">": (player) => player.options.hands?.slots("lend"),
  "<": (player) => player.options.hands?.slots("take back"),
  "]": (player) => player.options.hands?.lift(1),
  "[": (player) => player.options.hands?.lift(-1),
  s: (player) => player.options.hands?.pour(),
  p: (player) => player.present(),
  k: (player) => player.nextKnob(),
};

/**
 * Let a player hear the keys that nothing else in `where` wants; returns how to stop it.
 * @param {EventTarget} where
 * @param {import("player").Player} player
 */
export function listen(where, player) {
  const heard = (/** @type {any} */ event) => {
    const act = ACTS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (wants(event.target, event.key)) return;
    event.preventDefault();
    act(player);
  };
  where.addEventListener("keydown", heard);
  return () => where.removeEventListener("keydown", heard);
}
