// What is going to end, and when: a binary heap over instants. At one instant the order is that of the numbers.

export class Agenda {
  size = 0;
  #at = new Float64Array(64).fill(Infinity);
  #what = new Int32Array(64);
  #who = new Int32Array(64);

  /** The instant of what ends next; Infinity when nothing is under way. */
  get next() {
    return this.#at[0];
  }

  /** `what` (a small number) happens to `who` (a request, a job's run, ...) at `at`. */
  add(at, what, who) {
    if (this.size === this.#at.length) this.#grow();
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#before(at, what, who, parent)) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#put(hole, at, what, who);
  }

  /** Whom the next end is about, and what it is. */
  get who() {
    return this.#who[0];
  }

  get what() {
    return this.#what[0];
  }

  /** Strike out the next end. */
  drop() {
    const last = --this.size;
    const [at, what, who] = [this.#at[last], this.#what[last], this.#who[last]];
    this.#at[last] = Infinity;
    if (last === 0) return;
    let hole = 0;
    for (let child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && this.#before(this.#at[child + 1], this.#what[child + 1], this.#who[child + 1], child))
        child++;
      if (this.#before(at, what, who, child)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#put(hole, at, what, who);
  }

  #before(at, what, who, other) {
    if (at !== this.#at[other]) return at < this.#at[other];
    if (what !== this.#what[other]) return what < this.#what[other];
    return who < this.#who[other];
  }

  #move(from, to) {
    this.#put(to, this.#at[from], this.#what[from], this.#who[from]);
  }

  #put(place, at, what, who) {
    this.#at[place] = at;
    this.#what[place] = what;
    this.#who[place] = who;
  }

  #grow() {
    const [at, what, who] = [this.#at, this.#what, this.#who];
    this.#at = new Float64Array(2 * at.length).fill(Infinity);
    this.#what = new Int32Array(2 * at.length);
    this.#who = new Int32Array(2 * at.length);
    this.#at.set(at);
    this.#what.set(what);
    this.#who.set(who);
  }
}
