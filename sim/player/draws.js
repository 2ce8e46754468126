// The workload of a scenario from its unit draws, as Python draws it: only + - * / and rounding are needed here.
import { toGrid } from "grid";

/**
 * The requests that arrive before `duration`, as columns.
 * `draws`: hazard (cumulated unit exponentials), kind (unit draws), external (seconds at the draws), and of a log web;
 * `scenario`: rate_steps [[from_at, rate], ...], report_fraction, external_factor, duration, hop_times.
 */
export function drawWorkload(draws, scenario) {
  const arrivedAt = arrivals(draws.hazard, scenario.rate_steps, scenario.duration);
  const count = arrivedAt.length;
  const isReport = new Uint8Array(count);
  const externalTime = new Float64Array(count);
  for (let id = 0; id < count; id++) {
    isReport[id] = draws.kind[id] < scenario.report_fraction ? 1 : 0;
    externalTime[id] = isReport[id] ? toGrid(draws.external[id] * scenario.external_factor) : 0;
  }
  return {
    arrived_at: arrivedAt,
    is_report: isReport,
    external_time: externalTime,
    web_time: draws.web?.slice(0, count) ?? null,
    hop_times: scenario.hop_times,
    ends_at: scenario.duration,
    from_file: false,
  };
}

/** When the expected number of arrivals reaches each value of `hazard`: the inverse of a piecewise straight line. */
function arrivals(hazard, steps, duration) {
  const reached = [0];
  for (let k = 1; k < steps.length; k++)
    reached.push(reached[k - 1] + steps[k - 1][1] * (steps[k][0] - steps[k - 1][0]));
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
