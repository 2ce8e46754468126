// The explorer's state in a link: #preset=quiet&threads=8. Only numbers within their bounds come in.
import { isSeed } from "seeds";

const WRITE_EVERY = 500; // ms; browsers drop a burst of writes

/** The state in a fragment: values of known fields that are numbers within bounds; everything else is ignored. */
export function readFragment(text, presets, bounds) {
  const found = new URLSearchParams(text.replace(/^#/, ""));
  const state = {};
  if (presets.includes(found.get("preset"))) state.preset = found.get("preset");
  if (isSeed(found.get("seed") ?? "")) state.seed = found.get("seed");
  for (const [name, value] of found) {
    const bound = Object.hasOwn(bounds, name) ? bounds[name] : null;
    const number = /^-?\d{1,9}(\.\d{1,20})?$/.test(value) ? Number(value) : NaN;
    if (bound && number >= bound.min && number <= bound.max && (!bound.whole || Number.isInteger(number)))
      state[name] = number;
  }
  return state;
}

export function toFragment(state) {
  return `#${new URLSearchParams(Object.entries(state).map(([name, value]) => [name, String(value)])).toString()}`;
}

/** A function that writes a fragment into the address bar, at most twice a second, the last one always. */
export function fragmentWriter() {
  /** @type {string | null} */
  let wanted = null;
  let [waits, writtenAt] = [false, -Infinity];
  const write = () => {
    waits = false;
    writtenAt = performance.now();
    try {
      history.replaceState(null, "", wanted);
    } catch {
      // a frame without an address of its own (srcdoc) keeps its state for itself
    }
  };
  addEventListener("hashchange", () => {
    wanted = location.hash; // a link is followed: what waits is not written over it
  });
  return (fragment) => {
    wanted = fragment;
    if (waits) return;
    waits = true;
    setTimeout(write, Math.max(0, writtenAt + WRITE_EVERY - performance.now()));
  };
}
