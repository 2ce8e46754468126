// Who waits, and which slots are free.

/** A line: first come, first served. It is a ring, so that a job that is put back can go to its head. */
export class Line {
  length = 0;
  #ring = new Int32Array(64);
  #head = 0;

  /** Who is next; only of a line in which somebody stands. */
  get first() {
    return this.#ring[this.#head];
  }

  join(id) {
    if (this.length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.length++) & (this.#ring.length - 1)] = id;
  }

  /** Who stands in this place, counted from the head. */
  at(place) {
    return this.#ring[(this.#head + place) & (this.#ring.length - 1)];
  }

  /** By their numbers among those who stand in place `from` or later. */
  joinInOrder(id, from = 0) {
    let place = this.length;
    this.join(id);
    for (; place > from && this.at(place - 1) > id; place--) this.#put(place, this.at(place - 1));
    this.#put(place, id);
  }

  #put(place, id) {
    this.#ring[(this.#head + place) & (this.#ring.length - 1)] = id;
  }

  /** Out of the line, wherever they stand; nothing if they do not. */
  drop(id) {
    let place = 0;
    while (place < this.length && this.at(place) !== id) place++;
    if (place === this.length) return;
    for (this.length--; place < this.length; place++) this.#put(place, this.at(place + 1));
  }

  /** At the head of the line. */
  putBack(id) {
    if (this.length === this.#ring.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = id;
    this.length++;
  }

  leave() {
    const id = this.#ring[this.#head];
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.length--;
    return id;
  }

  #grow() {
    const longer = new Int32Array(2 * this.#ring.length);
    for (let k = 0; k < this.length; k++) longer[k] = this.#ring[(this.#head + k) & (this.#ring.length - 1)];
    this.#ring = longer;
    this.#head = 0;
  }
}

/** The slots of a pool. The free ones stand in a ring, longest idle first, ties by lowest number (R10). */
export class Slots {
  free;
  size;
  idleTime = 0;
  #ring;
  #head = 0;
  #since;

  constructor(size) {
    this.free = this.size = size;
    this.#ring = Int32Array.from({ length: size }, (_, slot) => slot);
    this.#since = new Float64Array(size);
  }

  /** The slot that is taken next; only where one is free. */
  get first() {
    return this.#ring[this.#head];
  }

  /** Occupy the first free slot at `at`. */
  take(at) {
    const slot = this.#ring[this.#head];
    this.#head = this.#wrap(this.#head + 1);
    this.free--;
    this.idleTime += at - this.#since[slot];
    return slot;
  }

  /** The slot is free from `at` on: behind all others, but for those of the same instant with a higher number. */
  give(slot, at) {
    this.#since[slot] = at;
    let place = this.free++;
    for (; place > 0; place--) {
      const other = this.#ring[this.#wrap(this.#head + place - 1)];
      if (this.#since[other] < at || other < slot) break;
      this.#ring[this.#wrap(this.#head + place)] = other;
    }
    this.#ring[this.#wrap(this.#head + place)] = slot;
  }

  /** From `at` on no slot is free, whatever is given back. */
  close(at) {
    this.idleTime = this.idleUntil(at);
    this.free = 0;
  }

  /** All slots are free since `at`. */
  open(at) {
    this.free = this.#ring.length;
    this.#head = 0;
    this.#ring.forEach((_, slot) => {
      this.#ring[slot] = slot;
    });
    this.#since.fill(at);
  }

  /** Idle slot-seconds up to `end`, gathered gap by gap. */
  idleUntil(end) {
    let sum = this.idleTime;
    for (let k = 0; k < this.free; k++) sum += end - this.#since[this.#ring[this.#wrap(this.#head + k)]];
    return sum;
  }

  #wrap(place) {
    return place < this.#ring.length ? place : place - this.#ring.length;
  }
}
