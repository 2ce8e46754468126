// Where a request on a thread is while few cores compute for all: at its hops, or waiting for a core before one of
// them.

const beyond = [Infinity, Infinity];

/**
 * Hops that compute, in one stretch: they take their time from the turns [from, until] at the cores, which it uses up.
 */
function stretch(hops, begins, turns) {
  const reached = [];
  let at = begins;
  let [from, until] = turns.shift() ?? beyond;
  for (const { hop, seconds } of hops) {
    for (let left = seconds; ; [from, until] = turns.shift() ?? beyond) {
      if (at < from) reached.push({ hop, at, until: from, waits: true });
      at = Math.max(at, from);
      if (at === Infinity) return reached;
      const part = Math.min(left, until - at);
      reached.push({ hop, at, until: at + part, waits: false });
      at += part;
      left -= part;
      if (!(left > 0)) break;
    }
  }
  return reached;
}

/** The slow call ends at the latest when the request has a core again; a failing one takes a time of its own. */
function callEnds(at, seconds, fails, [from] = beyond) {
  return fails && from < Infinity ? from : Math.min(at + seconds, from);
}

/** The hops of a way, those that compute together in one list. */
function stretchesOf(hops) {
  const found = [];
  for (const hop of hops) {
    if (hop.computes && found.at(-1)?.[0].computes) found.at(-1).push(hop);
    else found.push([hop]);
  }
  return found;
}

/**
 * The hops [{hop, seconds, computes}] of a way that begins at `start`, as {hop, at, until, waits}: where it waits for a
 * core it stands before the hop that comes. `turns`: those of the request at the cores, [from, until] in their order.
 */
export function hopsOnCores(hops, start, turns, fails = false) {
  /** @type {any[]} */
  const reached = [];
  const rest = turns.slice();
  let at = start;
  for (const each of stretchesOf(hops)) {
    const [{ hop, seconds, computes }] = each;
    const until = hop === "external" ? callEnds(at, seconds, fails, rest[0]) : at + seconds;
    reached.push(...(computes ? stretch(each, at, rest) : [{ hop, at, until, waits: false }]));
    at = reached.at(-1)?.until ?? at;
  }
  const [from] = rest[0] ?? [at]; // once more, for no time: the answer is written
  if (at < from) reached.push({ hop: hops.at(-1)?.hop, at, until: from, waits: true });
  return reached;
}

/** Of each request its turns at the cores, in their order. */
export function turnsByRequest({ request_id: requestId, taken_at: takenAt, left_at: leftAt }) {
  const turns = new Map();
  for (let row = 0; row < requestId.length; row++) {
    const own = turns.get(requestId[row]) ?? [];
    own.push([takenAt[row], leftAt[row]]);
    turns.set(requestId[row], own);
  }
  return turns;
}
