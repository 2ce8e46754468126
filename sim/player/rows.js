// Tables that grow: a row per request, or per run of a job; a column is a typed array.

/** Columns in which nothing has happened yet, by what they hold. */
export const instants = (room) => new Float64Array(room).fill(Number.NaN);
export const numbers = (room) => new Int32Array(room).fill(-1);
export const codes = (room) => new Int8Array(room).fill(-1);
export const counts = (room) => new Uint32Array(room);
export const times = (room) => new Float64Array(room); // of what is known of each row from its beginning
export const ids = (room) => new Int32Array(room);
export const flags = (room) => new Uint8Array(room);

/**
 * So many rows of columns that have room for more.
 * @template {Record<string, any>} T
 * @param {T} columns
 * @param {number} count
 */
export function firstOf(columns, count) {
  const first = Object.entries(columns).map(([name, column]) => [name, column.subarray(0, count)]);
  return /** @type {T} */ (Object.fromEntries(first));
}

export class Rows {
  count = 0;
  /** @type {Record<string, any>} the columns; others when the table has grown */
  of;
  #make;
  #room;

  /**
   * @param {(room: number) => Record<string, any>} make blank columns: a literal, since V8 is slow with others
   * @param {number} room rows to begin with
   */
  constructor(make, room) {
    this.#make = make;
    this.#room = Math.max(room, 16);
    this.of = make(this.#room);
  }

  /** A new row's number. */
  add() {
    if (this.count === this.#room) this.#grow();
    return this.count++;
  }

  /** The columns, as long as there are rows: copies, so that the room beyond is given back. */
  columns() {
    if (this.count === this.#room) return this.of;
    return Object.fromEntries(Object.entries(this.of).map(([name, column]) => [name, column.slice(0, this.count)]));
  }

  #grow() {
    this.#room += this.#room >> 1;
    const longer = this.#make(this.#room);
    for (const [name, column] of Object.entries(this.of)) longer[name].set(column);
    this.of = longer;
  }
}
