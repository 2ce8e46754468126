// Several queues of jobs, and the pools of workers that take from them (R19).
import { STREAMS } from "mishaps";
import { Line, Slots } from "pools";

/** A pool for these queues, its workers numbered from `first` on. */
const poolOf = (queues, first, size) => ({
  queues: queues.map(({ number }) => number),
  weights: queues.length > 1 && queues[0].weight ? queues.map(({ weight }) => weight) : null,
  first,
  slots: new Slots(size),
  size,
});

/** The shared pool, if there is one, then those of queues with workers of their own. */
function poolsOf(queues, workers) {
  const numbered = queues.map((queue, number) => ({ ...queue, number }));
  const shared = numbered.filter((queue) => !queue.workers);
  const pools = shared.length ? [poolOf(shared, 0, workers)] : [];
  let first = shared.length ? workers : 0;
  for (const queue of numbered.filter((each) => each.workers)) {
    pools.push(poolOf([queue], first, queue.workers));
    first += queue.workers;
  }
  return pools;
}

/** How many workers there are in all pools. */
export function workersOf({ queues, workers }) {
  if (!queues?.length) return workers;
  return poolsOf(queues, workers).reduce((sum, { size }) => sum + size, 0);
}

export class Queues {
  waiting = 0; // jobs in all of them
  pools;
  #lines;
  #draw;
  #drawn = 0;

  constructor(scenario, draw) {
    const queues = scenario.queues?.length ? scenario.queues : [{ name: "default" }];
    this.pools = poolsOf(queues, scenario.workers);
    this.#lines = queues.map(() => new Line());
    this.#draw = draw;
  }

  get workers() {
    return this.pools.reduce((sum, { size }) => sum + size, 0);
  }

  join(queue, id) {
    this.#lines[queue].join(id);
    this.waiting++;
  }

  /** To the head of a queue. */
  putBack(queue, id) {
    this.#lines[queue].putBack(id);
    this.waiting++;
  }

  leave(queue) {
    this.waiting--;
    return this.#lines[queue].leave();
  }

  /** The queue that a free slot of the pool takes from; -1 when all of them are empty. */
  choose({ queues, weights }) {
    if (weights) return this.#byWeight(queues, weights);
    for (const queue of queues) if (this.#lines[queue].length) return queue;
    return -1;
  }

  #byWeight(queues, weights) {
    const full = queues.flatMap((queue, n) => (this.#lines[queue].length ? [{ queue, weight: weights[n] }] : []));
    if (full.length < 2) return full[0]?.queue ?? -1;
    const sum = full.reduce((total, { weight }) => total + weight, 0);
    let rest = this.#draw(STREAMS.handOut, 0, this.#drawn++) * sum;
    for (const { queue, weight } of full) {
      if (rest < weight) return queue;
      rest -= weight;
    }
    return full[full.length - 1].queue;
  }

  /** A worker's slot is free from t on. */
  give(worker, t) {
    const pool = /** @type {any} */ (this.pools.findLast(({ first }) => first <= worker));
    pool.slots.give(worker - pool.first, t);
  }

  close(t) {
    for (const { slots } of this.pools) slots.close(t);
  }

  open(t) {
    for (const { slots } of this.pools) slots.open(t);
  }
}
