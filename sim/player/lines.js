// Several lines for the jobs of one: the quick jobs and the slow ones, taken in one of several ways (R19).
// In Python the same stands in sim/player/lines.py.

const WEIGHT = 5; // how many times as often the quick line is chosen
const OWN = 0.4; // of the workers, the share that is kept for the quick line

/** What the knob says: all in one line, and the ways to take from two. */
export const WAYS = ["one line", "quick jobs first", `quick ${WEIGHT} : 1`, "quick: own workers"];

/** Whether there are quick and slow jobs to part: a mixture of two constant times. */
export const canPart = ({ external_time: time, fixed }) =>
  !fixed.queues?.length && time?.distribution === "mixture" && isTwofold(time.parts);

const isTwofold = (parts) => parts.length === 2 && parts.every(({ time }) => time.distribution === "constant");

/**
 * The scenario's queues and its shared workers for a way to take jobs: {queues, workers}.
 * `own`: the queues that it has anyhow; `time`: how long its slow calls take.
 */
export function linesOf(way, own, time, workers) {
  if (own?.length || !way) return { queues: own ?? [], workers };
  const sum = time.parts.reduce((total, { weight }) => total + weight, 0);
  const parts = time.parts.slice().sort((a, b) => a.time.value - b.time.value);
  const queues = parts.map(({ weight, time: external_time }, n) => ({
    name: ["quick", "slow"][n],
    share: weight / sum,
    external_time,
    weight: way === 2 ? [WEIGHT, 1][n] : null,
    workers: null,
  }));
  if (way < 3) return { queues, workers };
  const kept = Math.max(1, Math.floor(OWN * workers));
  queues[0].workers = kept;
  return { queues, workers: Math.max(1, workers - kept) };
}
