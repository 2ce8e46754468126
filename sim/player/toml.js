// TOML as Python's tomllib reads it, but for dates, which no scenario has: whole numbers become BigInt, so that 8 and
// 8.0 differ as they do there, and tables have no prototype, so that a key cannot be mistaken for anything else.
import { Refused } from "refused";

export class NotToml extends Refused {}

const DEEPEST = 50; // lists and tables in each other
const LONGEST_NUMBER = 4000; // digits
const SPACE = /[ \t]*/y;
const BLANKS = /(?:[ \t\n]|#[^\n]*)*/y;
const LINE_END = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const BARE = /[A-Za-z0-9_-]+/y;
const BASIC = /"(?:[^"\\\n]|\\.)*"/y;
const LITERAL = /'[^'\n]*'/y;
const LONG = /"""\n?(?:[^"\\]|\\[\s\S]|"(?!"")|"(?="""))*"""/y;
const LONG_LITERAL = /'''\n?(?:[^']|'(?!'')|'(?='''))*'''/y;
const DATE = /\d{4}-\d\d|\d\d:\d\d/y;
const FLOAT = /[+-]?(?:inf|nan|(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*(?:[eE][+-]?\d(?:_?\d)*)?|[eE][+-]?\d(?:_?\d)*))/y;
const WHOLE = /0x[\dA-Fa-f](?:_?[\dA-Fa-f])*|0o[0-7](?:_?[0-7])*|0b[01](?:_?[01])*|[+-]?(?:0|[1-9](?:_?\d)*)/y;
const ESCAPE = /\\(?:u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|([ \t]*\n[ \t\n]*)|([\s\S]))/g;
const ESCAPED = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" };
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/;

const blank = () => Object.create(null);
const isTable = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function unescaped(text) {
  return text.replace(ESCAPE, (_, short, long, folded, one) => {
    if (folded) return "";
    if (one) return ESCAPED[one] ?? fail(`\\${one} in a text`);
    const code = Number.parseInt(short ?? long, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) fail(`no such character: ${short ?? long}`);
    return String.fromCodePoint(code);
  });
}

/** @returns {never} */
function fail(what) {
  throw new NotToml(what);
}

class Reader {
  #text;
  #at = 0;
  #root = blank();
  #table = this.#root; // that of the last header
  #headed = new WeakSet([this.#root]); // tables that a header, or a value, has made: no other header may
  #lists = new WeakSet(); // lists that [[headers]] have made
  #dotted = new WeakSet(); // tables that a name with dots has made
  #closed = new WeakSet(); // what was written in place: nothing may be added to it

  constructor(text) {
    this.#text = text;
  }

  /** Which line is being read. */
  get line() {
    return this.#text.slice(0, this.#at).split("\n").length;
  }

  read() {
    for (this.#take(BLANKS); this.#at < this.#text.length; this.#take(BLANKS)) {
      if (this.#next("[[")) this.#listHeader();
      else if (this.#next("[")) this.#header();
      else this.#put(this.#table);
      if (this.#take(LINE_END) === null) fail("more on a line than belongs there");
    }
    return this.#root;
  }

  /** What matches here, or null. */
  #take(pattern) {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found ? found[0] : null;
  }

  /** Whether these characters come next; then they are read. */
  #next(sign) {
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    return true;
  }

  #must(sign) {
    if (!this.#next(sign)) fail(`no ${sign} where one belongs`);
  }

  #keys() {
    const keys = [];
    do {
      this.#take(SPACE);
      keys.push(this.#take(BARE) ?? this.#short() ?? fail("no name where one belongs"));
      this.#take(SPACE);
    } while (this.#next("."));
    return keys.length > 100 ? fail("too many dots") : keys;
  }

  /** A text on one line, or null. */
  #short() {
    const basic = this.#take(BASIC);
    if (basic !== null) return unescaped(basic.slice(1, -1));
    return this.#take(LITERAL)?.slice(1, -1) ?? null;
  }

  /** The table under these names, made where there is none. */
  #down(table, keys) {
    return keys.reduce((from, key) => {
      from[key] ??= blank();
      const next = this.#lists.has(from[key]) ? from[key].at(-1) : from[key];
      return isTable(next) && !this.#closed.has(next) ? next : fail(`${key} is no table`);
    }, table);
  }

  #header() {
    const keys = this.#keys();
    this.#must("]");
    this.#table = this.#down(this.#root, keys);
    if (this.#headed.has(this.#table) || this.#dotted.has(this.#table)) fail(`${keys.join(".")} twice`);
    this.#headed.add(this.#table);
  }

  #listHeader() {
    const keys = this.#keys();
    this.#must("]]");
    const last = keys.pop() ?? "";
    const table = this.#down(this.#root, keys);
    table[last] ??= this.#newList();
    if (!this.#lists.has(table[last])) fail(`${last} twice`);
    this.#table = blank();
    this.#headed.add(this.#table);
    table[last].push(this.#table);
  }

  #newList() {
    /** @type {any[]} */
    const list = [];
    this.#lists.add(list);
    return list;
  }

  /** name = value */
  #put(table, depth = 0) {
    const keys = this.#keys();
    this.#must("=");
    this.#take(SPACE);
    const last = keys.pop() ?? "";
    const within = keys.reduce((from, key) => {
      if (key in from && this.#headed.has(from[key])) fail(`${key} twice`);
      const next = this.#down(from, [key]);
      this.#dotted.add(next);
      return next;
    }, table);
    if (last in within) fail(`${last} twice`);
    within[last] = this.#value(depth);
  }

  #value(depth) {
    if (depth > DEEPEST) fail("too many lists in each other");
    if (this.#next("[")) return this.#list(depth);
    if (this.#next("{")) return this.#inline(depth);
    return this.#string() ?? this.#word() ?? this.#number();
  }

  #string() {
    const long = this.#take(LONG);
    if (long !== null) return unescaped(long.slice(3, -3).replace(/^\n/, ""));
    const literal = this.#take(LONG_LITERAL);
    return literal === null ? this.#short() : literal.slice(3, -3).replace(/^\n/, "");
  }

  #word() {
    if (this.#next("true")) return true;
    return this.#next("false") ? false : null;
  }

  #number() {
    DATE.lastIndex = this.#at;
    if (DATE.test(this.#text)) fail("a date");
    const float = this.#take(FLOAT)?.replaceAll("_", "");
    if (float !== undefined) return Number(float.replace("inf", "Infinity").replace("nan", "NaN"));
    const whole = this.#take(WHOLE)?.replaceAll("_", "") ?? fail("no value where one belongs");
    if (whole.length > LONGEST_NUMBER) fail("a number of thousands of digits");
    const size = BigInt(whole.replace(/^[+-]/, ""));
    return whole.startsWith("-") ? -size : size;
  }

  #list(depth) {
    /** @type {any[]} */
    const made = [];
    for (this.#take(BLANKS); !this.#next("]"); this.#take(BLANKS)) {
      made.push(this.#value(depth + 1));
      this.#take(BLANKS);
      if (!this.#next(",")) {
        this.#must("]");
        break;
      }
    }
    return made;
  }

  #inline(depth) {
    const made = blank();
    this.#take(SPACE);
    if (!this.#next("}")) {
      do {
        this.#put(made, depth + 1);
        this.#take(SPACE);
      } while (this.#next(","));
      this.#must("}");
    }
    this.#closed.add(made);
    return made;
  }
}

/** The table that a text in TOML says; throws NotToml, which names the line. */
export function parse(text) {
  const lines = text.replaceAll("\r\n", "\n");
  const reader = new Reader(lines);
  try {
    if (CONTROLS.test(lines)) fail("a character that no text has");
    return reader.read();
  } catch (error) {
    if (!(error instanceof NotToml)) throw error;
    throw new NotToml(`not TOML: line ${reader.line}: ${error.message}`);
  }
}

/** A value as TOML writes it, on one line. */
export function written(value) {
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  if (!isTable(value)) return typeof value === "string" ? JSON.stringify(value) : String(value);
  const parts = Object.entries(value).map(([name, part]) => `${name} = ${written(part)}`);
  return parts.length ? `{ ${parts.join(", ")} }` : "{}";
}
