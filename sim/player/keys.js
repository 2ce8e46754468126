// Keys that work wherever nothing else wants them: in the page, or while the focus is in the widget.

export const KEYS = [
  ["Space", "play or pause"],
  [".", "step to the next event"],
  ["← →", "back and forth in time"],
  ["T", "the first timeout"],
  ["Home", "back to the beginning"],
  ["?", "this list"],
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
