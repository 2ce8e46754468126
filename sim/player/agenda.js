// What is going to end, and when: a binary heap over instants. At one instant the order is that of the numbers.

const BITS = 27; // one number says whom an end is about in so many bits, and above them what it is: 0 to 15
const WHOM = 2 ** BITS - 1;

export class Agenda {
  size = 0;
  #at = new Float64Array(64).fill(Infinity);
  #which = new Int32Array(64);

  /** The instant of what ends next; Infinity when nothing is under way. */
  get next() {
    return this.#at[0];
  }

  /** `what` (a small number) happens to `who` (a request, a job's run, ...) at `at`. */
  add(at, what, who) {
    if (this.size === this.#at.length) this.#grow();
    const ats = this.#at;
    const whiches = this.#which;
    const which = (what << BITS) | who;
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const later = ats[parent];
      if (later < at || (later === at && whiches[parent] < which)) break;
      ats[hole] = later;
      whiches[hole] = whiches[parent];
      hole = parent;
    }
    ats[hole] = at;
    whiches[hole] = which;
  }

  /** Whom the next end is about, and what it is. */
  get who() {
    return this.#which[0] & WHOM;
  }

  get what() {
    return this.#which[0] >> BITS;
  }

  /** Strike out the next end. */
  drop() {
    const last = --this.size;
    const ats = this.#at;
    const whiches = this.#which;
    const at = ats[last];
    const which = whiches[last];
    ats[last] = Infinity;
    if (last === 0) return;
    let hole = 0;
    for (let child = 1; child < last; child = 2 * hole + 1) {
      const other = child + 1;
      if (other < last && (ats[other] < ats[child] || (ats[other] === ats[child] && whiches[other] < whiches[child])))
        child = other;
      if (at < ats[child] || (at === ats[child] && which < whiches[child])) break;
      ats[hole] = ats[child];
      whiches[hole] = whiches[child];
      hole = child;
    }
    ats[hole] = at;
    whiches[hole] = which;
  }

  #grow() {
    const [at, which] = [this.#at, this.#which];
    this.#at = new Float64Array(2 * at.length).fill(Infinity);
    this.#which = new Int32Array(2 * at.length);
    this.#at.set(at);
    this.#which.set(which);
  }
}
