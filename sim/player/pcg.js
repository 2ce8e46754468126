// numpy's luck, bit by bit: SeedSequence and PCG64, so that a seed has the same draws here as in Python.
// M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number
// Generation", 2014; the mixing of seeds is numpy's (M. E. O'Neill, "Developing a seed_seq Alternative", 2015).

const POOL = 4; // words of 32 bits
const AT_ONCE = 256;

/** The words of a whole number, the lowest first. */
function wordsOf(number) {
  const words = [];
  for (let rest = BigInt(number); rest > 0n || !words.length; rest >>= 32n) words.push(Number(rest & 0xffffffffn));
  return words;
}

/** A hash whose constant moves on at every use. */
function hasher(constant, multiplier) {
  return (word) => {
    const mixed = word ^ constant;
    constant = Math.imul(constant, multiplier);
    const hashed = Math.imul(mixed, constant);
    return hashed ^ (hashed >>> 16);
  };
}

function mix(x, y) {
  const mixed = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y);
  return mixed ^ (mixed >>> 16);
}

/** The pool of words that a seed and the way to a stream are mixed into. */
function pool(seed, way) {
  const own = wordsOf(seed);
  while (own.length < POOL) own.push(0);
  const words = [...own, ...way.flatMap(wordsOf)];
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const mixed = words.slice(0, POOL).map(hash);
  for (let from = 0; from < POOL; from++)
    for (let to = 0; to < POOL; to++) if (from !== to) mixed[to] = mix(mixed[to], hash(mixed[from]));
  for (const word of words.slice(POOL)) for (let to = 0; to < POOL; to++) mixed[to] = mix(mixed[to], hash(word));
  return mixed;
}

/** Where the generator begins, and what it adds at every step, of 128 bits each. */
function start(seed, way) {
  const hash = hasher(0x8b51f9dd, 0x58f38ded);
  const mixed = pool(seed, way);
  const words = Array.from({ length: 8 }, (_, k) => BigInt(hash(mixed[k % POOL]) >>> 0));
  // upper half first
  const wide = (k) => [1, 0, 3, 2].reduce((number, place) => (number << 32n) | words[k + place], 0n);
  return { from: wide(0), adds: BigInt.asUintN(128, (wide(4) << 1n) | 1n) };
}

// A number of 128 bits is six limbs of 24 bits, the lowest first (the last has 8): their products are exact in float64.
const LIMBS = 6;
const LIMB = 2 ** 24;
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

const limbsOf = (number) => Array.from({ length: LIMBS }, (_, k) => Number((number >> BigInt(24 * k)) & 0xffffffn));
const [M0, M1, M2, M3, M4, M5] = limbsOf(MULTIPLIER);

const carry = (sum) => Math.floor(sum / LIMB);
const limb = (sum) => sum - LIMB * Math.floor(sum / LIMB);

/** One stream of unit draws. */
class Pcg64 {
  #state;
  #adds;

  constructor(seed, way) {
    const { from, adds } = start(seed, way);
    this.#adds = limbsOf(adds);
    this.#state = limbsOf(BigInt.asUintN(128, (from + adds) * MULTIPLIER + adds));
  }

  /** Fill a column with the next numbers uniform on [0, 1). */
  fill(column) {
    const [a0, a1, a2, a3, a4, a5] = this.#adds;
    let [s0, s1, s2, s3, s4, s5] = this.#state;
    for (let k = 0; k < column.length; k++) {
      const t0 = s0 * M0 + a0;
      const t1 = s0 * M1 + s1 * M0 + a1 + carry(t0);
      const t2 = s0 * M2 + s1 * M1 + s2 * M0 + a2 + carry(t1);
      const t3 = s0 * M3 + s1 * M2 + s2 * M1 + s3 * M0 + a3 + carry(t2);
      const t4 = s0 * M4 + s1 * M3 + s2 * M2 + s3 * M1 + s4 * M0 + a4 + carry(t3);
      const t5 = s0 * M5 + s1 * M4 + s2 * M3 + s3 * M2 + s4 * M1 + s5 * M0 + a5 + carry(t4);
      s0 = limb(t0);
      s1 = limb(t1);
      s2 = limb(t2);
      s3 = limb(t3);
      s4 = limb(t4);
      s5 = limb(t5) & 255;
      const low = s0 ^ (s1 << 24) ^ (s2 >>> 16) ^ (s3 << 8);
      const high = (s1 >>> 8) ^ (s2 << 16) ^ s4 ^ (s5 << 24);
      column[k] = unit(low, high, s5 >>> 2);
    }
    this.#state = [s0, s1, s2, s3, s4, s5];
    return column;
  }
}

/** The upper 53 of 64 bits, turned to the right by so many places, as a number on [0, 1). */
function unit(low, high, turn) {
  const right = turn & 32 ? high : low;
  const left = turn & 32 ? low : high;
  const by = turn & 31;
  if (!by) return ((left >>> 0) * 2 ** 21 + (right >>> 11)) / 2 ** 53;
  const upper = (left >>> by) | (right << (32 - by));
  const lower = (right >>> by) | (left << (32 - by));
  return ((upper >>> 0) * 2 ** 21 + (lower >>> 11)) / 2 ** 53;
}

/**
 * A stream of a seed: `fill(column)` fills a column with its next unit draws, `next()` gives one.
 * `stream` is a number of `sim.workload` or `sim.draws`; where there is one for each k (retry, call), `k` is its.
 * @param {number | bigint | string} seed
 * @param {number} stream
 * @param {number} [k]
 */
export function draw(seed, stream, k) {
  const generator = new Pcg64(seed, k === undefined ? [stream] : [stream, k]);
  const held = new Float64Array(AT_ONCE);
  let given = AT_ONCE;
  return {
    fill: (column) => generator.fill(column),
    next() {
      if (given === AT_ONCE) [given] = [0, generator.fill(held)];
      return held[given++];
    },
  };
}
