// What somebody has done, kept in this browser as long as it lets us; what is stored there is not trusted.
import { control, element, say } from "dom";

const MOST = 100; // things under one key

export class Kept {
  onChange = () => {};
  refused = false; // something was stored here that could not have been kept by us
  lasts = true; // the browser lets us keep it
  #key;
  #isSound;
  #all;

  /**
   * @param {string} what is kept: "guesses"
   * @param {(value: any) => boolean} isSound whether something could have been kept by us
   */
  constructor(what, isSound) {
    this.#key = `request-cycles: ${what}`;
    this.#isSound = isSound;
    this.#all = this.#read();
  }

  get names() {
    return Object.keys(this.#all);
  }

  get(name) {
    return this.#all[name] ?? null;
  }

  /** Keep a value under a name; null: no more. */
  set(name, value) {
    if (value) this.#all[name] = value;
    else delete this.#all[name];
    this.#write();
  }

  clear() {
    this.#all = {};
    this.refused = false;
    this.#write();
  }

  #write() {
    try {
      if (this.names.length) localStorage.setItem(this.#key, JSON.stringify(this.#all));
      else localStorage.removeItem(this.#key);
      this.lasts = true;
    } catch {
      this.lasts = false; // a frame without an origin, or a browser that has no room or is told to keep nothing
    }
    this.onChange();
  }

  #read() {
    const there = stored(this.#key);
    const good = Object.entries(Object(there))
      .slice(0, MOST)
      .filter(([, value]) => this.#isSound(value));
    this.refused = JSON.stringify(Object.fromEntries(good)) !== JSON.stringify(there);
    return Object.fromEntries(good);
  }
}

/** What this browser keeps under a key; null for what is no JSON. */
export function stored(key) {
  try {
    return parsed(localStorage.getItem(key) ?? "{}");
  } catch {
    return {}; // a page or a frame without an origin keeps nothing
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A line that says what is kept here, and a button that forgets it. `onForget` is called when it has. */
export function keptLine(stores, onForget) {
  const strange = element("span", {}, "Something else stood there in our place; it was not read. ");
  const forget = control("button", { type: "button" }, "Forget them");
  const where = element("span");
  const line = element("p", { class: "sim-kept", hidden: "" }, where, strange, forget);
  const look = () => {
    const lasts = stores.every((kept) => kept.lasts);
    say(where, `What you guessed and solved stays in this ${lasts ? "browser" : "page, as long as it is open"}. `);
    strange.hidden = !stores.some((kept) => kept.refused);
    line.hidden = strange.hidden && stores.every((kept) => !kept.names.length);
  };
  for (const kept of stores) kept.onChange = look;
  forget.addEventListener("click", () => {
    for (const kept of stores) kept.clear();
    onForget();
  });
  look();
  return line;
}
