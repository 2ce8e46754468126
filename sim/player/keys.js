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

/**
 * Let keys do what `acts` says by their name; returns how to stop it.
 * @param {EventTarget} where
 * @param {Record<string, () => void>} acts
 */
export function listen(where, acts) {
  const heard = (/** @type {any} */ event) => {
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (wants(event.target, event.key)) return;
    event.preventDefault();
    act();
  };
  where.addEventListener("keydown", heard);
  return () => where.removeEventListener("keydown", heard);
}
