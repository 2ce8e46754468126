// Unit draws made from what they are for: the same as those of tests/page_lab.py.
const mixed = (hash, number) => {
  let h = Math.imul(hash ^ number, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** `draw(stream, k, n)` of a seed; in quarters, so that much is drawn alike, or not. */
export const luckOf =
  ({ seed, in_quarters: inQuarters }) =>
  (stream, k, n) => {
    const drawn = [stream, k, n].reduce(mixed, mixed(seed, 1)) / 2 ** 32;
    return inQuarters ? Math.floor(drawn * 4) / 4 : drawn;
  };
