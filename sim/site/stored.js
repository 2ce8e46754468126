// What somebody predicted, kept in this browser as long as it lets us; what is found there is not trusted.
import { element } from "dom";
import { stored } from "kept";

const KEY = "request-cycles: lessons";
const [MOST, LONGEST] = [200, 1000]; // predictions, and signs of a reason

const read = () => sound(stored(KEY));

/** Say something above the page's text. */
function sayAbove(told) {
  document.querySelector("main")?.prepend(element("p", { class: "sim-told", role: "status" }, told));
}

/** Say it where something stands in our place that cannot have been kept by us. */
export function sayWhatIsStrange() {
  const there = stored(KEY);
  if (JSON.stringify(sound(there)) === JSON.stringify(there)) return;
  sayAbove("Something else stood where this browser keeps your predictions; it was not read.");
}

let isTold = false;

function write(all) {
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    if (!isTold) sayAbove("This browser keeps nothing here: your predictions last as long as this page is open.");
    isTold = true;
  }
}

/** Of what was stored, what could have been committed here. */
export function sound(there) {
  const good = Object.entries(Object(there))
    .slice(0, MOST)
    .filter(([, kept]) => isSound(kept));
  return Object.fromEntries(good.map(([name, { committed, seen }]) => [name, { committed, seen }]));
}

function isSound(kept) {
  if (typeof kept?.seen !== "boolean") return false;
  const { committed } = kept;
  if (committed === null) return true;
  return (
    Number.isFinite(committed?.number) && typeof committed.reason === "string" && committed.reason.length <= LONGEST
  );
}

/** Forget all predictions of all lessons. */
export function forget() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // there was nothing to forget
  }
}

/** A prediction as the question and the answer of a notebook know it, kept here and not in a kernel. */
export class Kept {
  #name;
  #values;
  /** @type {Record<string, Set<() => void>>} */
  #heard = {};

  /**
   * @param {string} name
   * @param {Record<string, any>} asked what does not change
   */
  constructor(name, asked) {
    this.#name = name;
    this.#values = { ...asked, ...(read()[name] ?? { committed: null, seen: false }) };
  }

  get(field) {
    return this.#values[field];
  }

  set(field, value) {
    this.#values[field] = value;
    for (const tell of this.#heard[`change:${field}`] ?? []) tell();
  }

  save_changes() {
    const { committed, seen } = this.#values;
    write({ ...read(), [this.#name]: { committed, seen } });
  }

  on(change, tell) {
    this.#heard[change] ??= new Set();
    this.#heard[change].add(tell);
  }

  off(change, tell) {
    this.#heard[change]?.delete(tell);
  }
}
