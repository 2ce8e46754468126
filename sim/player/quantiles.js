// How long the slow call takes: the distributions of `external_time` as Python has them (`sim.distributions`), each by
// inverse transform of a unit draw.
import { normalQuantile } from "normal";

const Z95 = 1.6448536269514722; // the 95th percentile of the standard normal distribution
const BELOW_ONE = 1 - 2 ** -53;

/** By name: a function of the distribution's fields that gives the function from a unit draw to seconds. */
const QUANTILES = {
  constant:
    ({ value }) =>
    () =>
      value,
  uniform:
    ({ low, high }) =>
    (u) =>
      low + u * (high - low),
  exponential:
    ({ mean }) =>
    (u) =>
      mean * -Math.log1p(-u),
  lognormal({ mean, p95 }) {
    const sigma = Z95 - Math.sqrt(Z95 ** 2 - 2 * Math.log(p95 / mean));
    const mu = Math.log(mean) - sigma ** 2 / 2;
    return (u) => Math.exp(mu + sigma * normalQuantile(u));
  },
  weibull:
    ({ scale, shape }) =>
    (u) =>
      scale * (-Math.log1p(-u)) ** (1 / shape),
  empirical:
    ({ values }) =>
    (u) =>
      values[Math.floor(u * values.length)],
  mixture({ parts }) {
    const whole = parts.reduce((sum, { weight }) => sum + weight, 0);
    const shares = parts.map(({ weight }) => weight / whole);
    const inner = parts.map(({ time }) => quantile(time));
    let sum = 0;
    const ends = shares.map((share) => {
      sum += share;
      return sum;
    });
    // one draw serves twice: where it falls chooses the part, and how far into the part's share is the part's draw
    return (u) => {
      const found = ends.findIndex((end) => u < end);
      const chosen = found < 0 ? ends.length - 1 : found;
      const within = (u - (ends[chosen] - shares[chosen])) / shares[chosen];
      return inner[chosen](Math.min(Math.max(within, 0), BELOW_ONE));
    };
  },
};

/** The seconds for a unit draw: `distribution` is {distribution: its name, ...its fields}. */
export function quantile(distribution) {
  return QUANTILES[distribution.distribution](distribution);
}
