// The workload of a scenario from its unit draws, request for request as Python draws it (`sim.workload`).
import { chancesOf } from "chances";
import { columns } from "codec";
import { toGrid } from "grid";
import { STREAMS } from "mishaps";
import { draw } from "pcg";
import { quantile } from "quantiles";

const [ARRIVALS, KINDS, EXTERNAL_TIMES] = [0, 1, 2]; // streams of a seed: request n takes the n-th draw of each

/** The draws of one seed, made as far as they are asked for: hazard (cumulated unit exponentials), kind, external. */
export class Draws {
  hazard = new Float64Array(0);
  kind = new Float64Array(0);
  #external = new Float64Array(0);
  chances; // the luck of what goes wrong
  #streams;

  /** @param {number | bigint | string} seed */
  constructor(seed) {
    this.#streams = [ARRIVALS, KINDS, EXTERNAL_TIMES].map((stream) => draw(seed, stream));
    this.chances = chancesOf(seed);
  }

  /** Go on until there are more arrivals than the expected number that the hazard has reached by the end. */
  reach(expected) {
    while (!(this.hazard.length && this.hazard[this.hazard.length - 1] > expected))
      this.#add(Math.ceil(Math.max(expected - this.hazard.length, 0) + 5 * Math.sqrt(expected)) + 20);
  }

  /** Seconds of the slow call of request `id`, should it be a report. */
  external(id, secondsOf) {
    return secondsOf(this.#external[id]);
  }

  #add(count) {
    const [arrivals, kinds, externalTimes] = this.#streams;
    const from = this.hazard.length;
    this.hazard = longer(this.hazard, count, arrivals);
    this.kind = longer(this.kind, count, kinds);
    this.#external = longer(this.#external, count, externalTimes);
    let sum = from ? this.hazard[from - 1] : 0;
    for (let id = from; id < this.hazard.length; id++) {
      sum += -Math.log1p(-this.hazard[id]);
      this.hazard[id] = sum;
    }
  }
}

function longer(column, count, stream) {
  const made = new Float64Array(column.length + count);
  made.set(column);
  stream.fill(made.subarray(column.length));
  return made;
}

/** The draws of a log: columns that give its requests back, and end with them. */
function given(sent) {
  const { hazard, kind, external, web } = columns(sent);
  return { hazard, kind, web, external: (id, times) => times(external[id]), reach() {}, chances: chancesOf(0) };
}

/** The draws of a preset with a seed; a log has one luck only. */
export const drawsOf = (preset, seed) => (preset.draws ? given(preset.draws) : new Draws(seed));

/**
 * The requests that arrive before `duration`, as columns.
 * `draws`: those of a seed or of a log; `scenario`: rate_steps [[from_at, rate], ...], report_fraction,
 * external_time (a distribution; of a log external_factor, on its own times), duration, hop_times.
 */
export function drawWorkload(draws, scenario) {
  const arrivedAt = arrivals(draws, scenario.rate_steps, scenario.duration);
  const count = arrivedAt.length;
  const isReport = new Uint8Array(count);
  const externalTime = new Float64Array(count);
  const { external_time: time, external_factor: factor } = scenario;
  const secondsOf = time ? quantile(time) : (own) => own * factor;
  for (let id = 0; id < count; id++) {
    isReport[id] = draws.kind[id] < scenario.report_fraction ? 1 : 0;
    externalTime[id] = isReport[id] ? toGrid(draws.external(id, secondsOf)) : 0;
  }
  const queue = scenario.queues?.length ? intoQueues(draws, scenario.queues, isReport, externalTime) : null;
  return {
    arrived_at: arrivedAt,
    is_report: isReport,
    external_time: externalTime,
    web_time: draws.web?.slice(0, count) ?? null,
    hop_times: scenario.hop_times,
    ends_at: scenario.duration,
    from_file: false,
    queue,
    chances: draws.chances,
  };
}

/** The queue of each report's job, by the queues' shares; a queue may have slow calls of its own. */
function intoQueues(draws, queues, isReport, externalTime) {
  const own = queues.map(({ external_time: time }) => time && quantile(time));
  let sum = 0;
  const ends = queues.slice(0, -1).map(({ share }) => {
    sum += share;
    return sum;
  });
  const queue = new Int32Array(isReport.length);
  for (let id = 0; id < isReport.length; id++) {
    const drawn = draws.chances(STREAMS.queue, 0, id);
    queue[id] = ends.filter((end) => end <= drawn).length;
    if (isReport[id] && own[queue[id]]) externalTime[id] = toGrid(draws.external(id, own[queue[id]]));
  }
  return queue;
}

/** How many are expected by the beginning of each step of the rate, and by `duration`. */
function reachedBy(steps, duration) {
  const reached = [0];
  for (let k = 1; k < steps.length; k++)
    reached.push(reached[k - 1] + steps[k - 1][1] * (steps[k][0] - steps[k - 1][0]));
  const [from, rate] = steps[steps.length - 1];
  return { reached, expected: reached[reached.length - 1] + rate * Math.max(0, duration - from) };
}

/** When the expected number of arrivals reaches each value of the hazard: the inverse of a piecewise straight line. */
function arrivals(draws, steps, duration) {
  const { reached, expected } = reachedBy(steps, duration);
  draws.reach(expected);
  const { hazard } = draws;
  const arrivedAt = new Float64Array(hazard.length);
  let count = 0;
  for (let k = 0; count < hazard.length; count++) {
    while (k + 1 < steps.length && reached[k + 1] < hazard[count]) k++;
    const at = toGrid(steps[k][0] + (hazard[count] - reached[k]) / steps[k][1]);
    if (!(at < duration)) break;
    arrivedAt[count] = at;
  }
  return arrivedAt.slice(0, count);
}
