// The luck of what goes wrong by seed, as Python draws it (sim/draws.py): the n-th unit draw of a stream's number k.
import { draw } from "pcg";

const AT_ONCE = 256;

/** A stream whose draws are kept, so that any of them can be asked for again. */
class Kept {
  #stream;
  #drawn = new Float64Array(0);

  constructor(seed, stream, k) {
    this.#stream = k ? draw(seed, stream, k) : draw(seed, stream);
  }

  at(n) {
    while (n >= this.#drawn.length) this.#more();
    return this.#drawn[n];
  }

  #more() {
    const longer = new Float64Array(this.#drawn.length + AT_ONCE);
    longer.set(this.#drawn);
    this.#stream.fill(longer.subarray(this.#drawn.length));
    this.#drawn = longer;
  }
}

/** @returns {Draw} the draws of a seed, made when they are asked for */
export function chancesOf(seed) {
  const kept = new Map();
  return (stream, k, n) => {
    const name = stream + 16 * k;
    if (!kept.has(name)) kept.set(name, new Kept(seed, stream, k));
    return kept.get(name).at(n);
  };
}
