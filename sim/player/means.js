// How long a slow call takes on average: the means of the distributions (`sim.distributions`).

// Lanczos' approximation of the gamma function, with g = 7 and these nine coefficients; for numbers from 0.5 on
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** The gamma function for a number from 1 on. */
export function gamma(x) {
  const sum = LANCZOS.slice(1).reduce((before, each, k) => before + each / (x + k), LANCZOS[0]);
  const t = x + 6.5;
  return Math.sqrt(2 * Math.PI) * t ** (x - 0.5) * Math.exp(-t) * sum;
}

const MEANS = {
  constant: ({ value }) => value,
  uniform: ({ low, high }) => (low + high) / 2,
  exponential: ({ mean }) => mean,
  lognormal: ({ mean }) => mean,
  weibull: ({ scale, shape }) => scale * gamma(1 + 1 / shape),
  empirical: ({ values }) => values.reduce((sum, value) => sum + value, 0) / values.length,
  mixture({ parts }) {
    const whole = parts.reduce((sum, { weight }) => sum + weight, 0);
    return parts.reduce((sum, { weight, time }) => sum + (weight / whole) * meanOf(time), 0);
  },
};

/** Seconds. */
export const meanOf = (distribution) => MEANS[distribution.distribution](distribution);
